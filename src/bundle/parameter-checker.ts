// A policy's parameters against the policy's own JSON Schema. Both may come from a bundle that nobody vouches for, so the
// work is bounded: no references (so no recursion), sizes, linear regular expressions, a linear `uniqueItems`.
import type { Ajv2020, ErrorObject, ValidateFunction } from 'ajv/dist/2020.js'
import { isRegex } from '../builtins/regex-cache.ts'
import { type Diagnostic, diagnostic } from '../diagnostic/diagnostic.ts'
import { ajv } from './ajv.ts'
import type { Json, JsonObject } from './bundle.ts'
import { canonicalJson } from './canonical-json.ts'
import { isJsonObject } from './is-json-object.ts'
import { compileRegex, type RegexBudget, RegexBudgetError } from './linear-regex.ts'
import { labelAt, type Path, type Place } from './place.ts'
import { schemaFaults } from './schema-faults.ts'
import { parameterSchemaValidator } from './validators.ts'

/** In characters of JSON. The richest schema of the policies we know has 3,000. */
const MAX_SCHEMA_LENGTH = 16 * 1024
/** In characters of JSON, a binding. Room for two thousand registries. */
const MAX_PARAMETERS_LENGTH = 64 * 1024
/** Schemas and parameters nested deeper are a way to exhaust the stack. */
const MAX_DEPTH = 32
/** Schema × parameters, in characters, over a bundle: a value meets each keyword of its schema at most once. Seconds. */
const MAX_WORK = 2 ** 30
/** What regular expressions may spend over a bundle; a second or so. */
const MAX_REGEX_UNITS = 160_000_000

export interface ParameterFaults {
  readonly errors: readonly ErrorObject[]
  /** Set where the parameters are past a limit instead. */
  readonly limit?: string
}

export interface ParameterChecker {
  /** Gives a copy with the defaults applied, or what is wrong. */
  check(parameters: JsonObject): { parameters: JsonObject } | ParameterFaults
}

/** The schema of a policy without parameters. */
export const NO_PARAMETERS: JsonObject = { type: 'object', additionalProperties: false }
const NO_PARAMETERS_TEXT = JSON.stringify(NO_PARAMETERS)

/** Makes the checkers of one bundle, which share its budget. */
export class ParameterCheckers {
  readonly #budget: RegexBudget = { units: MAX_REGEX_UNITS }
  #ajv: Ajv2020 | undefined
  /** By the text of their schema: most policies take no parameters, and have the same. */
  readonly #checkers = new Map<string, ParameterChecker>([
    [NO_PARAMETERS_TEXT, { check: (given) => this.#checkNone(given) }],
  ])
  #work = 0

  /** Gives the checker of a policy, or what is wrong with its schema; `place` is where the schema lies. */
  compile(
    policy: string,
    schema: JsonObject,
    place: Place,
  ): { checker?: ParameterChecker; diagnostics: Diagnostic[] } {
    const invalid = (message: string, path: Path = []) =>
      diagnostic('bundle/invalid-policy', message, { primary: labelAt(place, path) })
    const text = JSON.stringify(schema)
    const known = this.#checkers.get(text)
    if (known !== undefined) return { checker: known, diagnostics: [] }
    const limit = findLimit(schema, text.length, MAX_SCHEMA_LENGTH)
    if (limit !== undefined) {
      return { diagnostics: [invalid(`the parameter schema of policy \`${policy}\` ${limit}`)] }
    }
    const isSchema = parameterSchemaValidator()
    if (!isSchema(schema)) {
      const faults = schemaFaults(isSchema.errors ?? [], place, {
        code: 'bundle/invalid-policy',
        unknownKey: (key) => ({
          code: 'bundle/invalid-policy',
          message: `\`${key}\` is not a keyword that parameter schemas may have`,
        }),
        subject: (path) =>
          path.length === 0
            ? `the parameter schema of policy \`${policy}\``
            : `\`${path.join('.')}\` in the parameter schema`,
      })
      return { diagnostics: faults }
    }
    try {
      const validate = this.#compile(schema)
      const diagnostics = this.#checkDefaults(schema, []).map(({ path, message }) =>
        invalid(message, path),
      )
      if (diagnostics.length > 0) return { diagnostics }
      const checker = {
        check: (given: JsonObject) => this.#check(validate, given, text.length),
      }
      this.#checkers.set(text, checker)
      return { checker, diagnostics: [] }
    } catch (error) {
      // ajv's strict mode: a combination of keywords that says less than it seems to.
      const reason = error instanceof Error ? error.message : String(error)
      const message = `the parameter schema of policy \`${policy}\` cannot be used: ${reason}`
      return { diagnostics: [invalid(message)] }
    }
  }

  /** Where nothing is given, nothing needs ajv. */
  #checkNone(given: JsonObject): { parameters: JsonObject } | ParameterFaults {
    if (Object.keys(given).length === 0) return { parameters: {} }
    return this.#check(this.#compile(NO_PARAMETERS), given, NO_PARAMETERS_TEXT.length)
  }

  #compile(schema: JsonObject): ValidateFunction {
    this.#ajv ??= makeAjv(this.#budget)
    return this.#ajv.compile(schema)
  }

  #check(
    validate: ValidateFunction,
    given: JsonObject,
    schemaLength: number,
  ): { parameters: JsonObject } | ParameterFaults {
    const text = JSON.stringify(given)
    const limit = findLimit(given, text.length, MAX_PARAMETERS_LENGTH)
    if (limit !== undefined) return { errors: [], limit }
    this.#work += schemaLength * text.length
    if (this.#work > MAX_WORK) {
      return { errors: [], limit: 'are too large, all bindings of the bundle taken together' }
    }
    const parameters = copy(given)
    try {
      if (validate(parameters)) return { parameters }
    } catch (error) {
      if (error instanceof RegexBudgetError) return { errors: [], limit: `have ${error.message}` }
      throw error
    }
    return { errors: validate.errors ?? [] }
  }

  /** Defaults that their own schemas refuse, or that are never applied. */
  #checkDefaults(schema: Json | undefined, path: Path): { path: Path; message: string }[] {
    if (!isJsonObject(schema)) return []
    const faults: { path: Path; message: string }[] = []
    if (schema['default'] !== undefined) {
      const value = copy({ value: schema['default'] })
      const validate = this.#compile({ type: 'object', properties: { value: schema } })
      if (!validate(value)) {
        const message = `the default of parameter \`${nameOf(path)}\` does not fit its own schema`
        faults.push({ path: [...path, 'default'], message })
      }
    }
    for (const [name, property] of propertiesOf(schema)) {
      faults.push(...this.#checkDefaults(property, [...path, 'properties', name]))
    }
    faults.push(...this.#checkDefaults(schema['items'], [...path, 'items']))
    for (const key of CONDITIONS) {
      const at = findDefault(schema[key], [...path, key])
      if (at === undefined) continue
      const message = `a default below \`${key}\` is never applied`
      faults.push({ path: at, message })
    }
    return faults
  }
}

function makeAjv(budget: RegexBudget): Ajv2020 {
  const made = new (ajv().Ajv2020)({
    allErrors: true,
    verbose: true,
    useDefaults: true,
    strict: true,
    strictTypes: false,
    strictRequired: false,
    meta: false,
    validateSchema: false,
    addUsedSchema: false,
    // ajv prints this property into standalone code, which is never made here.
    code: {
      optimize: false,
      regExp: Object.assign((text: string) => compileRegex(text, budget), { code: '' }),
    },
    formats: { regex: isRegex },
  })
  // The stock one compares every item with every other.
  made.removeKeyword('uniqueItems')
  made.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    validate: (unique: boolean, items: readonly Json[]) =>
      !unique || new Set(items.map(canonicalJson)).size === items.length,
  })
  return made
}

/** Which of these schemas holds is only known once the value is. */
const CONDITIONS = ['allOf', 'anyOf', 'oneOf', 'not', 'if', 'then', 'else', 'contains'] as const

function findDefault(value: Json | undefined, path: Path): Path | undefined {
  if (Array.isArray(value)) {
    for (const [index, each] of value.entries()) {
      const found = findDefault(each, [...path, index])
      if (found !== undefined) return found
    }
  }
  if (!isJsonObject(value)) return undefined
  if (value['default'] !== undefined) return [...path, 'default']
  const children: [Path, Json | undefined][] = [
    ...propertiesOf(value).map(([name, each]): [Path, Json] => [['properties', name], each]),
    ...(['items', ...CONDITIONS] as const).map((key): [Path, Json | undefined] => [
      [key],
      value[key],
    ]),
  ]
  for (const [below, child] of children) {
    const found = findDefault(child, [...path, ...below])
    if (found !== undefined) return found
  }
  return undefined
}

function propertiesOf(schema: JsonObject): [string, Json][] {
  return isJsonObject(schema['properties']) ? Object.entries(schema['properties']) : []
}

function nameOf(path: Path): string {
  return path
    .flatMap((part, i) => (path[i - 1] === 'properties' ? [part] : part === 'items' ? ['*'] : []))
    .join('.')
}

function findLimit(value: Json, length: number, maxLength: number): string | undefined {
  if (length > maxLength) return `has ${length} characters, and ${maxLength} are allowed`
  if (depthOf(value) > MAX_DEPTH) return `is nested more than ${MAX_DEPTH} deep`
  return undefined
}

function depthOf(value: Json): number {
  if (typeof value !== 'object' || value === null) return 0
  let depth = 0
  for (const child of Object.values(value)) depth = Math.max(depth, depthOf(child))
  return depth + 1
}

function copy(value: JsonObject): JsonObject {
  return structuredClone(value)
}
