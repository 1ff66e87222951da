// Reads YAML and JSON as the API server reads them, every value with its place.
import { parseEvents, YAMLException } from 'js-yaml'

import { type Diagnostic, diagnostic } from '../diagnostic/diagnostic.ts'
import type { SourceFile, Span } from '../source/source-file.ts'
import { type BuiltDocument, buildNodes, depthMessage } from './build-nodes.ts'
import { MAX_DEPTH } from './limits.ts'
import { readJsonStream } from './read-json.ts'
import { type Chunk, splitDocuments } from './split-documents.ts'
import { toValue, type YamlDocument, type YamlNode } from './yaml-node.ts'

export type { YamlDocument, YamlNode } from './yaml-node.ts'

export interface YamlFile {
  /** The documents that could be read, empty ones included. */
  readonly documents: readonly YamlDocument[]
  readonly diagnostics: readonly Diagnostic[]
  /** How many documents there are, those that could not be read included. */
  readonly total: number
}

/**
 * Reads every document of a file. One that is not YAML yields a diagnostic and no document, and hides none of the others;
 * one with a fault of meaning (a duplicate key, an unknown anchor) yields both.
 */
export function readYaml(file: SourceFile): YamlFile {
  const documents: YamlDocument[] = []
  const diagnostics: Diagnostic[] = []
  let total = 0
  for (const chunk of splitDocuments(file)) {
    const reading = readChunk(file, chunk)
    for (const { root, diagnostics: faults } of reading.documents) {
      documents.push(new LazyDocument(total++, root, root?.span ?? chunk.span))
      diagnostics.push(...faults)
    }
    if (reading.failure !== undefined) {
      diagnostics.push(reading.failure)
      total++
    }
  }
  return { documents, diagnostics, total }
}

class LazyDocument implements YamlDocument {
  readonly index: number
  readonly root: YamlNode | undefined
  readonly span: Span
  private cached: unknown = undefined

  constructor(index: number, root: YamlNode | undefined, span: Span) {
    this.index = index
    this.root = root
    this.span = span
  }

  get value(): unknown {
    if (this.cached === undefined) this.cached = this.root === undefined ? null : toValue(this.root)
    return this.cached
  }
}

interface ChunkReading {
  readonly documents: readonly BuiltDocument[]
  readonly failure?: Diagnostic
}

function readChunk(file: SourceFile, chunk: Chunk): ChunkReading {
  const { start, end } = chunk.span
  if (chunk.strayText !== undefined) {
    return {
      documents: [],
      failure: diagnostic('yaml/syntax', 'text after a document separator', {
        primary: { file, span: chunk.strayText },
        help: 'Begin the document on the next line: kubectl takes only a comment after `---`',
      }),
    }
  }
  const jsonStart = findJsonStart(file.text, start)
  if (jsonStart === undefined) return readYamlChunk(file, start, end)
  const json = readJsonStream(file, jsonStart, end)
  const roots = json.roots.map((root, index): BuiltDocument => {
    return { root, diagnostics: index === 0 ? json.diagnostics : [] }
  })
  if (json.failure === undefined) return { documents: roots }
  if (json.failure.tooDeep) return { documents: roots, failure: tooDeep(file, json.failure.offset) }
  const yaml = readYamlChunk(file, start, end)
  if (yaml.failure === undefined || roots.length === 0) return yaml
  const { offset, message } = json.failure
  const failure = diagnostic('yaml/syntax', message, {
    primary: { file, span: { start: offset, end: Math.min(offset + 1, end) } },
  })
  return { documents: roots, failure }
}

/** Returns where JSON may begin: at a `{` with nothing but space, and perhaps `---`, before it. */
function findJsonStart(text: string, start: number): number | undefined {
  const opening = /\uFEFF?\s*(?:---[ \t]*\r?\n\s*)?(?=\{)/y
  opening.lastIndex = start
  return opening.test(text) ? opening.lastIndex : undefined
}

// Line breaks to YAML 1.1, hence to the API server, and to nobody else: a comment could hide a key behind one.
const HIDDEN_BREAK = /[\u0085\u2028\u2029]/

function readYamlChunk(file: SourceFile, start: number, end: number): ChunkReading {
  const text = start === 0 && end === file.text.length ? file.text : file.text.slice(start, end)
  const hidden = HIDDEN_BREAK.exec(text)
  if (hidden !== null) {
    const at = start + hidden.index
    const name = hidden[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')
    return {
      documents: [],
      failure: diagnostic(
        'yaml/syntax',
        `U+${name} is a line break to the API server and to few others`,
        {
          primary: { file, span: { start: at, end: at + 1 } },
          help: `Write it as "\\u${name}" in double quotes`,
        },
      ),
    }
  }
  try {
    return { documents: buildNodes(file, start, text, parseEvents(text, { maxDepth: MAX_DEPTH })) }
  } catch (fault) {
    if (!(fault instanceof YAMLException)) throw fault
    return { documents: [], failure: syntaxFault(file, start, end, fault) }
  }
}

function syntaxFault(
  file: SourceFile,
  start: number,
  end: number,
  fault: YAMLException,
): Diagnostic {
  // A fault at the end of a document belongs to its last line, not to the next document's first.
  const lastLine = start + Math.max(0, file.text.slice(start, end).trimEnd().length - 1)
  const at = Math.min(start + (fault.mark?.position ?? 0), Math.max(lastLine, start))
  if (fault.reason.startsWith('nesting exceeded')) return tooDeep(file, at)
  const lineStart = file.text.lastIndexOf('\n', at - 1) + 1
  const indentation = /^[ ]*\t/.exec(file.text.slice(lineStart, Math.max(at, lineStart) + 1))
  if (indentation !== null) {
    const tab = lineStart + indentation[0].length - 1
    return diagnostic('yaml/syntax', 'a tab indents this line, YAML takes only spaces', {
      primary: { file, span: { start: tab, end: tab + 1 } },
    })
  }
  return diagnostic('yaml/syntax', fault.reason, {
    primary: { file, span: { start: at, end: Math.min(at + 1, end) } },
  })
}

function tooDeep(file: SourceFile, at: number): Diagnostic {
  return diagnostic('yaml/too-large', depthMessage(), {
    primary: { file, span: { start: at, end: at + 1 } },
  })
}
