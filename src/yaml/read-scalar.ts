// The value of a scalar, tags and styles considered; what the API server's reader would not take is reported.
import { getScalarValue, SCALAR_STYLE, type ScalarEvent } from 'js-yaml'

import type { DiagnosticCode } from '../diagnostic/catalogue.ts'
import { NOT_JSON, resolvePlain, resolveTagged } from './resolve-scalar.ts'
import type { ScalarValue } from './yaml-node.ts'

/** Takes a fault and where it lies in the text. */
export type ReportFault = (
  code: DiagnosticCode,
  message: string,
  start: number,
  end: number,
) => void

const SCALAR_TAGS: ReadonlySet<string> = new Set(['str', 'null', 'bool', 'int', 'float'])
const CORE_TAG = /^(?:!!|!<tag:yaml\.org,2002:)([a-z]+)>?$/
const ESCAPE = /\\(?:u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[^])/g
const FOREIGN_ESCAPE = /^\\(?:\/|u[dD][89a-fA-F]|U(?!00(?:0[0-9a-fA-F]|10))|U0000[dD][89a-fA-F])/

/** Returns the value that JSON will have; after a fault, one that stands for it. */
export function readScalar(
  text: string,
  event: ScalarEvent,
  inFlow: boolean,
  report: ReportFault,
): ScalarValue {
  const { valueStart, valueEnd, tagStart, tagEnd, style } = event
  const source = getScalarValue(text, event)
  let value: ScalarValue | typeof NOT_JSON | undefined
  if (tagStart >= 0) {
    const tag = text.slice(tagStart, tagEnd)
    const name = coreTagName(tag)
    if (name === undefined || !SCALAR_TAGS.has(name)) {
      report('yaml/unsupported-tag', unsupportedTag(tag), tagStart, tagEnd)
      return source
    }
    value = resolveTagged(name, source)
    if (value === undefined) {
      report('yaml/syntax', `the value does not fit its tag \`${tag}\``, tagStart, tagEnd)
      return source
    }
  } else if (style === SCALAR_STYLE.PLAIN) {
    value = resolvePlain(source)
    // `[?a]`: a key to the API server's reader.
    if (inFlow && source.startsWith('?')) {
      report('yaml/syntax', 'a value that begins with `?` lacks quotes', valueStart, valueEnd)
    }
  } else {
    if (style === SCALAR_STYLE.DOUBLE_QUOTED && !event.fast) checkEscapes(text, event, report)
    return source
  }
  if (value !== NOT_JSON) return value
  report('yaml/not-json', `\`${source}\` has no form in JSON`, valueStart, valueEnd)
  return null
}

/** Returns `str` for `!!str`, and undefined for a tag that is not one of YAML's own. */
export function coreTagName(tag: string): string | undefined {
  return CORE_TAG.exec(tag)?.[1]
}

export function unsupportedTag(tag: string): string {
  return `tag \`${tag}\` is not supported here`
}

/** The API server's reader takes neither `\/` nor half a character nor two halves for one. */
function checkEscapes(text: string, event: ScalarEvent, report: ReportFault): void {
  for (const { 0: escape, index } of text
    .slice(event.valueStart, event.valueEnd)
    .matchAll(ESCAPE)) {
    if (!FOREIGN_ESCAPE.test(escape)) continue
    const start = event.valueStart + index
    report(
      'yaml/syntax',
      `the API server does not know the escape \`${escape}\``,
      start,
      start + escape.length,
    )
  }
}
