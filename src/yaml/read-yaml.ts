// Reads YAML and JSON as the API server reads them, every value with its place.
import { YAMLException } from 'js-yaml'

import { type Diagnostic, diagnostic } from '../diagnostic/diagnostic.ts'
import { positionAt, type SourceFile, type Span } from '../source/source-file.ts'
import { type BuiltDocument, buildNodes, depthMessage } from './build-nodes.ts'
import { readCommonStyle } from './common-style.ts'
import { parseText } from './parse-events.ts'
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

/** A separator and nothing else. */
const EMPTY = /^---[\r\n]*$/

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
  if (end - start < 6 && EMPTY.test(file.text.slice(start, end))) {
    return { documents: [{ root: undefined, diagnostics: [] }] }
  }
  const jsonStart = findJsonStart(file.text, start)
  if (jsonStart === undefined) return readYamlChunk(file, start, end)
  const json = readJsonStream(file, jsonStart, end)
  const roots = json.roots.map((root, index): BuiltDocument => {
    return { root, diagnostics: index === 0 ? json.diagnostics : [] }
  })
  if (json.failure === undefined) return { documents: roots }
  if (json.failure.tooDeep) return { documents: roots, failure: tooDeep(file, json.failure.offset) }
  if (!json.failure.decisive) {
    const yaml = readYamlChunk(file, start, end)
    if (yaml.failure === undefined || roots.length === 0) return yaml
  }
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

// Line breaks to YAML 1.1, hence to the API server, and to nobody else: a comment could hide a key behind one. Control
// characters the API server refuses, in comments as well.
// oxlint-disable-next-line no-control-regex -- these are what it is about
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028\u2029\ufffe\uffff]/

function readYamlChunk(file: SourceFile, start: number, end: number): ChunkReading {
  const text = start === 0 && end === file.text.length ? file.text : file.text.slice(start, end)
  const root = readCommonStyle(text, start)
  if (root !== undefined) return { documents: [{ root, diagnostics: [] }] }
  const forbidden = FORBIDDEN.exec(text)
  if (forbidden !== null)
    return { documents: [], failure: forbiddenCharacter(file, start, forbidden) }
  try {
    return { documents: buildNodes(file, start, parseText(text)) }
  } catch (fault) {
    if (!(fault instanceof YAMLException)) throw fault
    return { documents: [], failure: syntaxFault(file, start, end, fault) }
  }
}

function forbiddenCharacter(file: SourceFile, start: number, match: RegExpExecArray): Diagnostic {
  const at = start + match.index
  const name = match[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')
  const isBreak = /[\u0085\u2028\u2029]/.test(match[0])
  const message = isBreak
    ? `U+${name} is a line break to the API server and to few others`
    : `U+${name} is a control character, YAML has none`
  return diagnostic('yaml/syntax', message, {
    primary: { file, span: { start: at, end: at + 1 } },
    help: `Write it as "\\u${name}" in double quotes`,
  })
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
  const lineStart = file.lineStarts[positionAt(file, at).line - 1] ?? 0
  const tab = file.text.slice(lineStart, at + 1).indexOf('\t')
  if (tab !== -1) {
    const isIndentation = file.text.slice(lineStart, lineStart + tab).trim() === ''
    const message = isIndentation
      ? 'a tab indents this line'
      : `${fault.reason}, a tab being no space here`
    return diagnostic('yaml/syntax', message, {
      primary: { file, span: { start: lineStart + tab, end: lineStart + tab + 1 } },
      help: 'Use spaces: YAML takes no tabs where structure depends on it',
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
