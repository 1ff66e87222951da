// YAML for people to read, with comments, that any reader takes back as it was: strings that YAML 1.1 or 1.2 could take for
// something else are quoted.

/** A key that begins with `#` is a comment on the entry behind it, see `comment`. */
export interface YamlMap {
  readonly [key: string]: YamlValue
}

export type YamlValue = string | number | boolean | readonly YamlValue[] | YamlMap

const LINE_LENGTH = 100

// No number, date, boolean or null of any version of YAML, and no indicator.
const PLAIN = /^(?:(?:-{0,2}[A-Za-z/]|\.{1,2}\/)[\w./:@=+-]*|[0-9]+(?:m|h|[KMG]i))(?<!:)$/
const WORDS = /^(?:true|false|yes|no|on|off|y|n|null)$/i

/** An entry to spread into a map, before the one that it explains. */
export function comment(text: string): YamlMap {
  return { [`#${text}`]: '' }
}

/** A document without its separator, ending in a line break. */
export function writeYaml(value: YamlValue): string {
  return `${inlineForm(value) ?? blockLines(value).join('\n')}\n`
}

function blockLines(value: YamlValue): readonly string[] {
  if (isList(value)) return value.flatMap(itemLines)
  return typeof value === 'object' ? Object.entries(value).flatMap(entryLines) : []
}

function itemLines(item: YamlValue): readonly string[] {
  const inline = inlineForm(item)
  if (inline !== undefined) return [`- ${inline}`]
  const lines = blockLines(item)
  const start = lines.findIndex((line) => !line.startsWith('#'))
  return lines.map((line, index) => {
    if (index < start) return line
    return index === start ? `- ${line}` : indent(line)
  })
}

function entryLines([key, value]: readonly [string, YamlValue]): readonly string[] {
  if (key.startsWith('#')) {
    return key
      .slice(1)
      .split('\n')
      .map((line) => `# ${line}`)
  }
  const name = writeString(key)
  if (typeof value === 'string' && fitsBlockScalar(value)) {
    return [`${name}: |-`, ...value.split('\n').map(indent)]
  }
  const inline = inlineForm(value)
  return inline === undefined
    ? [`${name}:`, ...blockLines(value).map(indent)]
    : [`${name}: ${inline}`]
}

function indent(line: string): string {
  return line === '' ? '' : `  ${line}`
}

/** Scalars, what is empty, and short lists of scalars; undefined for the rest. */
function inlineForm(value: YamlValue): string | undefined {
  if (typeof value === 'string') return writeString(value)
  if (typeof value !== 'object') return String(value)
  if (!isList(value)) return Object.keys(value).length === 0 ? '{}' : undefined
  const items: string[] = []
  for (const item of value) {
    const text = typeof item === 'object' ? undefined : inlineForm(item)
    // In a flow a dash at the beginning reads badly, and some readers take it for an indicator.
    if (text === undefined || text.startsWith('-')) return undefined
    items.push(text)
  }
  const flow = `[${items.join(', ')}]`
  return flow.length > LINE_LENGTH ? undefined : flow
}

function writeString(text: string): string {
  return PLAIN.test(text) && !WORDS.test(text) ? text : quoteYaml(text)
}

/** A string of JSON is one of YAML, but for characters that YAML takes for line breaks or does not take at all. */
export function quoteYaml(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** Lines that a literal block keeps as they are. */
function fitsBlockScalar(text: string): boolean {
  return (
    text.includes('\n') &&
    text
      .split('\n')
      .every((line) => /^[\p{L}\p{N}\p{P}\p{S} ]*$/u.test(line) && line === line.trimEnd()) &&
    /^[^\s]/.test(text) &&
    !text.endsWith('\n')
  )
}

function isList(value: YamlValue): value is readonly YamlValue[] {
  return Array.isArray(value)
}
