// ajv's errors, told to the author of the file: one diagnostic a fault, at the key or value that is wrong, without the
// validator's own vocabulary. A schema speaks through `title` ("is not TITLE") and `description` (the help).
import type { ErrorObject } from 'ajv/dist/2020.js'
import type { DiagnosticCode } from '../diagnostic/catalogue.ts'
import { type Diagnostic, diagnostic, type Label } from '../diagnostic/diagnostic.ts'
import { nearest } from '../diagnostic/suggest.ts'
import { collapseErrors } from './collapse-errors.ts'
import { formatPath, labelAt, labelAtKey, nodeAt, type Path, type Place } from './place.ts'

/** How faults of one kind of value are told. */
export interface Wording {
  /** Of every fault but unknown keys; by the kind of the fault where absent. */
  readonly code?: DiagnosticCode
  readonly unknownKey?: (key: string, path: Path) => { code: DiagnosticCode; message: string }
  /** Names the value at a path below the place. */
  readonly subject?: (path: Path) => string
  readonly related?: readonly Label[]
}

/** A file with thousands of faults is not read to the end by anyone. */
const MAX_FAULTS = 100

export function schemaFaults(
  errors: readonly ErrorObject[],
  place: Place,
  wording: Wording = {},
): Diagnostic[] {
  const collapsed = collapseErrors(errors.slice(0, 10 * MAX_FAULTS))
  const suggested = new Set<string>()
  const faults: Diagnostic[] = []
  // Unknown keys first: `nmae` explains why `name` is missing.
  for (const error of collapsed.filter(isUnknownKey)) {
    const { fault, suggestion } = unknownKey(error, place, wording)
    if (suggestion !== undefined) suggested.add(`${error.instancePath}/${suggestion}`)
    faults.push(fault)
  }
  for (const error of collapsed) {
    if (isUnknownKey(error)) continue
    if (
      error.keyword === 'required' &&
      suggested.has(`${error.instancePath}/${String(error.params['missingProperty'])}`)
    ) {
      continue
    }
    faults.push(describe(error, place, wording))
  }
  return faults
    .toSorted((a, b) => (a.primary?.span.start ?? 0) - (b.primary?.span.start ?? 0))
    .slice(0, MAX_FAULTS)
}

export function didYouMean(suggestion: string | undefined): string | undefined {
  return suggestion === undefined ? undefined : `did you mean \`${suggestion}\`?`
}

function isUnknownKey(error: ErrorObject): boolean {
  return error.keyword === 'additionalProperties'
}

function unknownKey(error: ErrorObject, place: Place, wording: Wording) {
  const path = pathOf(error, place)
  const key = String(error.params['additionalProperty'])
  const known = Object.keys(propertiesOf(error))
  const suggestion = nearest(key, known)
  const { code, message } = wording.unknownKey?.(key, path) ?? {
    code: 'bundle/unknown-key',
    message: `unknown key \`${key}\`${inWhat(path, place)}`,
  }
  const fault = diagnostic(code, message, {
    primary: labelAtKey(place, path, key, didYouMean(suggestion)),
    ...(wording.related === undefined ? {} : { related: wording.related }),
    ...(suggestion !== undefined || known.length === 0 || known.length > 12
      ? {}
      : { help: `known: ${backticked(known)}` }),
  })
  return { fault, suggestion }
}

function inWhat(path: Path, place: Place): string {
  const where = formatPath([...place.path, ...path])
  return where === '' ? '' : ` in \`${where}\``
}

function describe(error: ErrorObject, place: Place, wording: Wording): Diagnostic {
  const path = pathOf(error, place)
  const where = formatPath([...place.path, ...path])
  const subject = wording.subject?.(path) ?? (where === '' ? 'the document' : `\`${where}\``)
  const { code, message, help, label } = tell(error, subject, place, path)
  return diagnostic(wording.code ?? code, message, {
    primary: label ?? labelAt(place, path),
    ...(wording.related === undefined ? {} : { related: wording.related }),
    ...(help === undefined ? {} : { help }),
  })
}

interface Telling {
  readonly code: DiagnosticCode
  readonly message: string
  readonly help?: string
  readonly label?: Label
}

function tell(error: ErrorObject, subject: string, place: Place, path: Path): Telling {
  const { params } = error
  const invalid = (message: string, label?: Label): Telling => {
    const help = error.parentSchema?.['description']
    return {
      code: 'bundle/invalid-value',
      message,
      ...(typeof help === 'string' ? { help } : {}),
      ...(label === undefined ? {} : { label }),
    }
  }
  if (error.propertyName !== undefined) {
    const key = error.propertyName
    const label = labelAtKey(place, path, key)
    return invalid(
      `\`${key}\` in ${subject} is not ${titleOf(error, 'a key that is allowed')}`,
      label,
    )
  }
  switch (error.keyword) {
    case 'required':
      return {
        code: 'bundle/missing-key',
        message: `${subject} lacks \`${String(params['missingProperty'])}\``,
      }
    case 'dependentRequired':
      return {
        code: 'bundle/missing-key',
        message: `${subject} has \`${String(params['property'])}\` and so needs \`${String(params['missingProperty'])}\``,
      }
    case 'type':
      return {
        code: 'bundle/wrong-type',
        message: `${subject} must be ${typeNames(params['type'])}, got ${kindOf(error.data)}`,
      }
    case 'const':
      return tellChoice(error, subject, [params['allowedValue']], place, path)
    case 'enum':
      return tellChoice(error, subject, listOf(params['allowedValues']), place, path)
    case 'pattern':
      return invalid(
        `${subject} is not ${titleOf(error, `of the form \`${String(params['pattern'])}\``)}, got ${show(error.data)}`,
      )
    case 'format':
      return invalid(
        `${subject} is not a regular expression that RE2 accepts, got ${show(error.data)}`,
      )
    case 'minLength':
      return invalid(`${subject} must have at least ${counted(params['limit'], 'character')}`)
    case 'maxLength':
      return invalid(`${subject} must have at most ${counted(params['limit'], 'character')}`)
    case 'minItems':
      return invalid(`${subject} must have at least ${counted(params['limit'], 'item')}`)
    case 'maxItems':
      return invalid(`${subject} must have at most ${counted(params['limit'], 'item')}`)
    case 'minProperties':
      return invalid(`${subject} must have at least ${counted(params['limit'], 'key')}`)
    case 'maxProperties':
      return invalid(`${subject} must have at most ${counted(params['limit'], 'key')}`)
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
      return invalid(
        `${subject} must be ${String(params['comparison'])} ${String(params['limit'])}, got ${show(error.data)}`,
      )
    case 'multipleOf':
      return invalid(
        `${subject} must be a multiple of ${String(params['multipleOf'])}, got ${show(error.data)}`,
      )
    case 'uniqueItems': {
      const index = firstRepeat(error.data)
      const label = index === undefined ? undefined : labelAt(place, [...path, index])
      return invalid(`${subject} has an item twice`, label)
    }
    case 'contains':
      return invalid(`${subject} lacks an item that its schema demands`)
    case 'not':
    case 'false schema':
      return invalid(`${subject} is not allowed, got ${show(error.data)}`)
    case 'anyOf':
      return invalid(`${subject} fits none of the forms allowed: ${forms(error)}`)
    case 'oneOf':
      return invalid(`${subject} must fit exactly one of the forms allowed: ${forms(error)}`)
    default:
      return invalid(`${subject} ${error.message ?? 'is not valid'}`)
  }
}

function tellChoice(
  error: ErrorObject,
  subject: string,
  allowed: readonly unknown[],
  place: Place,
  path: Path,
): Telling {
  const shown = allowed.map(show).join(', ')
  const words = allowed.filter((each) => typeof each === 'string')
  const suggestion = typeof error.data === 'string' ? nearest(error.data, words) : undefined
  return {
    code: 'bundle/invalid-value',
    message: `${subject} must be ${allowed.length === 1 ? shown : `one of ${shown}`}, got ${show(error.data)}`,
    label: labelAt(place, path, didYouMean(suggestion)),
  }
}

function forms(error: ErrorObject): string {
  return listOf(error.schema)
    .map((each) => {
      if (!isRecord(each)) return 'another'
      if (typeof each['title'] === 'string') return each['title']
      return each['type'] === undefined ? 'another' : typeNames(each['type'])
    })
    .join(', or ')
}

function titleOf(error: ErrorObject, otherwise: string): string {
  const title = error.parentSchema?.['title']
  return typeof title === 'string' ? title : otherwise
}

function propertiesOf(error: ErrorObject): Record<string, unknown> {
  const properties: unknown = error.parentSchema?.['properties']
  return isRecord(properties) ? properties : {}
}

/** ajv's JSON pointer; whether a part is an index, only the value can tell. */
function pathOf(error: ErrorObject, place: Place): Path {
  const path: (string | number)[] = []
  let node = nodeAt(place.root, place.path)
  for (const part of error.instancePath.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~')
    const step =
      node?.kind === 'list' || (node === undefined && /^\d+$/.test(key)) ? Number(key) : key
    path.push(step)
    node = typeof step === 'number' ? node?.items?.[step] : node?.entries?.get(step)
  }
  return path
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  object: 'a map',
  array: 'a list',
  string: 'a string',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  null: 'null',
}

function typeNames(types: unknown): string {
  return (Array.isArray(types) ? types : [types])
    .map((each) => TYPE_NAMES[String(each)] ?? String(each))
    .join(' or ')
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a map'
  return typeof value === 'string' ? 'a string' : `the ${typeof value} ${show(value)}`
}

function show(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (isRecord(value)) return 'a map'
  const text = typeof value === 'string' ? value : String(value)
  const short = text.length > 60 ? `${text.slice(0, 60)}…` : text
  return typeof value === 'string' && value === ''
    ? 'an empty string'
    : `\`${short.replaceAll(/[\s\p{Cc}]/gu, ' ')}\``
}

function counted(limit: unknown, unit: string): string {
  return `${String(limit)} ${unit}${limit === 1 ? '' : 's'}`
}

function backticked(words: readonly string[]): string {
  return words.map((each) => `\`${each}\``).join(', ')
}

function firstRepeat(value: unknown): number | undefined {
  const seen = new Set<string>()
  for (const [index, item] of listOf(value).entries()) {
    const text = JSON.stringify(item)
    if (seen.has(text)) return index
    seen.add(text)
  }
  return undefined
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
