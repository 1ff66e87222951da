// The settings of `serve` from where they may be said, the strongest first: flag, environment, file, default.
import { schemaFaults } from '../../bundle/schema-faults.ts'
import type { Place } from '../../bundle/place.ts'
import { validatorOf } from '../../bundle/validators.ts'
import type { Diagnostic } from '../../diagnostic/diagnostic.ts'
import { nearest } from '../../diagnostic/suggest.ts'
import type { SourceFile } from '../../source/source-file.ts'
import { readOneDocument } from '../../yaml/read-one-document.ts'
import type { Arguments } from '../command.ts'
import { LISTEN_ADDRESS } from './listen-address.ts'
import { expectChoice } from '../parse-arguments.ts'
import {
  defaultOf,
  flagOf,
  OBJECT_NAME,
  SETTING_NAMES,
  type SettingName,
  type Settings,
  type SettingValue,
  specOf,
  VARIABLE_PREFIX,
  variableOf,
} from './serve-settings.ts'
import { SERVER_CONFIGURATION_SCHEMA } from './server-configuration-schema.ts'
import { UsageError } from '../usage-error.ts'

export type Origin = 'flag' | 'environment' | 'file' | 'default'

export interface EffectiveSettings {
  readonly settings: Settings
  readonly origins: Readonly<Record<SettingName, Origin>>
  /** The configuration file's document, where there is one. */
  readonly place?: Place
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads every setting; every fault of the file comes back in one go.
 *
 * @throws {UsageError} for the first fault of a flag or a variable.
 */
export function readSettings(sources: {
  readonly args: Arguments
  readonly environment: Environment
  readonly file?: SourceFile
}): { effective?: EffectiveSettings; diagnostics: readonly Diagnostic[] } {
  const { args, environment, file } = sources
  const flags = readFlags(args)
  const variables = readVariables(environment)
  const read = file === undefined ? { written: {}, diagnostics: [] } : readConfiguration(file)
  const { written, place, diagnostics } = read
  if (written === undefined) return { diagnostics }

  const values: Partial<Record<SettingName, SettingValue>> = {}
  const origins: Partial<Record<SettingName, Origin>> = {}
  for (const name of SETTING_NAMES) {
    const said: readonly [Origin, SettingValue][] = [
      ['flag', flags[name]],
      ['environment', variables[name]],
      ['file', written[name]],
      ['default', defaultOf(name)],
    ]
    const [origin, value] = said.find(([, each]) => each !== undefined) ?? ['default', undefined]
    values[name] = value
    origins[name] = origin
  }
  return {
    effective: {
      // Each value was read or checked by what the table says of its name.
      settings: values as Settings,
      origins: origins as Record<SettingName, Origin>,
      ...(place === undefined ? {} : { place }),
    },
    diagnostics,
  }
}

const isConfiguration = validatorOf<Partial<Settings>>(SERVER_CONFIGURATION_SCHEMA)

function readConfiguration(file: SourceFile): {
  written?: Partial<Settings>
  place?: Place
  diagnostics: readonly Diagnostic[]
} {
  const { document, diagnostics } = readOneDocument(file, {
    empty: 'config/invalid-value',
    second: 'config/invalid-value',
    name: 'the configuration',
  })
  if (document === undefined) return { diagnostics }
  const { root, value } = document
  const place = { file, root, path: [] }
  const validate = isConfiguration()
  if (validate(value)) return { written: value, place, diagnostics: [] }
  return {
    diagnostics: schemaFaults(validate.errors ?? [], place, {
      code: 'config/invalid-value',
      unknownKey: (key) => ({
        code: 'config/unknown-key',
        message: `there is no setting \`${key}\``,
      }),
    }),
  }
}

type Said = Readonly<Partial<Record<SettingName, SettingValue>>>

function readFlags(args: Arguments): Said {
  const said: Partial<Record<SettingName, SettingValue>> = {}
  for (const name of SETTING_NAMES) {
    const flag = flagOf(name)
    const text = args.value(flag)
    if (text !== undefined) said[name] = parseSetting(`--${flag}`, name, text)
    else if (args.flag(flag)) said[name] = true
  }
  return said
}

/** What Kubernetes sets in every pod beside a Service called `portcullis`, or `portcullis-` and more. */
const SERVICE_LINK =
  /^PORTCULLIS_(?:\w+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?)$/

function readVariables(environment: Environment): Said {
  const said: Partial<Record<SettingName, SettingValue>> = {}
  const names = new Map(SETTING_NAMES.map((name) => [variableOf(name), name]))
  for (const [variable, text] of Object.entries(environment)) {
    if (text === undefined || !variable.startsWith(VARIABLE_PREFIX)) continue
    const name = names.get(variable)
    if (name !== undefined) said[name] = parseSetting(variable, name, text)
    else if (!SERVICE_LINK.test(variable)) throw unknownVariable(variable, [...names.keys()])
  }
  return said
}

function unknownVariable(variable: string, known: readonly string[]): UsageError {
  // What all of them begin with is no likeness.
  const rest = (each: string): string => each.slice(VARIABLE_PREFIX.length)
  const near = nearest(rest(variable), known.map(rest))
  const cure =
    near === undefined
      ? 'see `portcullis serve --help`'
      : `did you mean \`${VARIABLE_PREFIX}${near}\`?`
  return new UsageError(`there is no setting for the variable \`${variable}\`, ${cure}`)
}

/** Reads a value out of text. `source` is what the user wrote it behind: `--deadline-ms`, `PORTCULLIS_DEADLINE_MS`. */
function parseSetting(source: string, name: SettingName, text: string): SettingValue {
  const refuse = (expected: string): never => {
    throw new UsageError(`\`${source}\` takes ${expected}, got \`${text}\``)
  }
  // Nothing is no value: to take it for "not set" would turn a client CA off in silence.
  if (text === '') throw new UsageError(`\`${source}\` needs a value`)
  const spec = specOf(name)
  switch (spec.kind) {
    case 'file':
      return text
    case 'address':
      return new RegExp(LISTEN_ADDRESS, 'u').test(text) ? text : refuse('HOST:PORT')
    case 'name':
      return new RegExp(OBJECT_NAME, 'u').test(text) ? text : refuse('the name of an object')
    case 'names': {
      const names = text.split(',').map((each) => each.trim())
      return names.includes('') ? refuse('names with a comma between') : names
    }
    case 'switch':
      return expectChoice(source, text, ['true', 'false']) === 'true'
    case 'choice':
      return expectChoice(source, text, spec.choices)
    case 'number': {
      const { unit, minimum, maximum } = spec
      const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
      return value >= minimum && value <= maximum
        ? value
        : refuse(`a whole number of ${unit} from ${minimum} to ${maximum}`)
    }
  }
}
