// Text encodings: hex, base64url without padding, URL queries, and JSON with options.

import type { Builtin } from './builtin.ts'
import { asItems, asObject, asString, asStrings } from './operands.ts'
import { UnsupportedCall } from './unsupported-call.ts'
import { compareStrings, regoArray, regoObject, type RegoValue } from './rego-value.ts'

/** `hex.encode(text)`. */
export const hexEncode: Builtin = ([value], context) => {
  const text = asString(value)
  if (text === undefined) return undefined
  context.charge(text.length)
  return Buffer.from(text).toString('hex')
}

/** `hex.decode(text)`. */
export const hexDecode: Builtin = ([value], context) => {
  const text = asString(value)
  if (text === undefined || text.length % 2 === 1 || !/^[0-9a-fA-F]*$/.test(text)) return undefined
  context.charge(text.length)
  return decodeUtf8(Buffer.from(text, 'hex'))
}

/** `base64url.encode_no_pad(text)`. */
export const base64UrlEncodeNoPad: Builtin = ([value], context) => {
  const text = asString(value)
  if (text === undefined) return undefined
  context.charge(text.length)
  return Buffer.from(text).toString('base64url')
}

/** `urlquery.encode(text)`. */
export const urlQueryEncode: Builtin = ([value], context) => {
  const text = asString(value)
  if (text === undefined) return undefined
  context.charge(text.length)
  return escapeQuery(text)
}

/** `urlquery.decode(text)`. */
export const urlQueryDecode: Builtin = ([value], context) => {
  const text = asString(value)
  if (text === undefined) return undefined
  context.charge(text.length)
  return unescapeQuery(text)
}

/** `urlquery.encode_object(object)`: keys in order; a value is a string, or several. */
export const urlQueryEncodeObject: Builtin = ([value], context) => {
  const object = asObject(value)
  if (object === undefined) return undefined
  const pairs: [key: string, value: string][] = []
  for (const [key, item] of object.entries) {
    const values = typeof item === 'string' ? [item] : asStrings(item)
    if (typeof key !== 'string' || values === undefined) return undefined
    for (const text of values) pairs.push([key, text])
  }
  context.charge(pairs.reduce((sum, [key, text]) => sum + key.length + text.length, 0))
  return pairs.map(([key, text]) => `${escapeQuery(key)}=${escapeQuery(text)}`).join('&')
}

/** `urlquery.decode_object(text)`: each key with the array of its values. */
export const urlQueryDecodeObject: Builtin = ([value], context) => {
  const query = asString(value)
  if (query === undefined) return undefined
  context.charge(query.length)
  const values = new Map<string, string[]>()
  for (const part of query.split('&')) {
    if (part.includes(';')) return undefined
    if (part === '') continue
    const equals = part.indexOf('=')
    const key = unescapeQuery(equals < 0 ? part : part.slice(0, equals))
    const text = unescapeQuery(equals < 0 ? '' : part.slice(equals + 1))
    if (key === undefined || text === undefined) return undefined
    const known = values.get(key)
    if (known === undefined) values.set(key, [text])
    else known.push(text)
  }
  return regoObject(Array.from(values, ([key, texts]) => [key, regoArray(texts)] as const))
}

/** Go's url.QueryEscape: everything but letters, digits and `-_.~` as `%XX`, a space as `+`. */
function escapeQuery(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+')
}

function unescapeQuery(text: string): string | undefined {
  if (/%(?![0-9a-fA-F]{2})/.test(text)) return undefined
  const spaced = text.replaceAll('+', ' ')
  if (!spaced.includes('%')) return spaced
  const hex = spaced.replace(/%([0-9a-fA-F]{2})|[^%]+/g, (plain, escaped?: string) =>
    escaped === undefined ? Buffer.from(plain).toString('hex') : escaped,
  )
  return decodeUtf8(Buffer.from(hex, 'hex'))
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Bytes that are no UTF-8 are a string to OPA, but none here. */
function decodeUtf8(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes)
  } catch {
    throw new UnsupportedCall('the decoded bytes are not UTF-8')
  }
}

interface JsonStyle {
  readonly prefix: string
  readonly indent: string
}

/** `json.marshal_with_options(value, {"pretty", "indent", "prefix"})`. */
export const jsonMarshalWithOptions: Builtin = ([value, options], context) => {
  const given = asObject(options)
  if (given === undefined || value === undefined) return undefined
  let { prefix, indent }: JsonStyle = { prefix: '', indent: '\t' }
  let isPretty: boolean | undefined
  for (const [key, option] of given.entries) {
    if (key === 'pretty' && typeof option === 'boolean') isPretty = option
    else if (key === 'prefix' && typeof option === 'string') prefix = option
    else if (key === 'indent' && typeof option === 'string') indent = option
    else return undefined
  }
  isPretty ??= given.entries.length > 0
  const charge = (units: number): void => context.charge(units)
  if (!isPretty) return writeJson(value, undefined, '', charge)
  return prefix + writeJson(value, { prefix, indent }, `\n${prefix}`, charge)
}

/** JSON as Go's encoding/json writes it. `newline` holds the line break and the current indentation. */
function writeJson(
  value: RegoValue,
  style: JsonStyle | undefined,
  newline: string,
  charge: (units: number) => void,
): string {
  charge(newline.length + 8)
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') {
    charge(value.length)
    return quoteJson(value)
  }
  if (value.kind === 'number') return value.text
  const inner = newline + (style?.indent ?? '')
  const members = asItems(value)?.map((item) => writeJson(item, style, inner, charge))
  if (value.kind !== 'object') return bracket('[', members ?? [], ']', style, newline)
  const colon = style === undefined ? ':' : ': '
  const entries = value.entries
    .map(([key, item]) => [keyText(key), item] as const)
    .toSorted(([a], [b]) => compareStrings(a, b))
    .map(([key, item]) => quoteJson(key) + colon + writeJson(item, style, inner, charge))
  return bracket('{', entries, '}', style, newline)
}

/** A key that is no string is written as its JSON text. */
function keyText(key: RegoValue): string {
  return typeof key === 'string' ? key : writeJson(key, undefined, '', () => undefined)
}

function bracket(
  open: string,
  members: readonly string[],
  close: string,
  style: JsonStyle | undefined,
  newline: string,
): string {
  if (style === undefined || members.length === 0) return open + members.join(',') + close
  const inner = newline + style.indent
  return open + inner + members.join(`,${inner}`) + newline + close
}

/** Go writes `<`, `>`, `&` and the two line separators as escapes. */
function quoteJson(text: string): string {
  return JSON.stringify(text).replace(
    /[<>&\u2028\u2029]/g,
    (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
