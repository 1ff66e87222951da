import { dirname, isAbsolute, join } from 'node:path'
import { schemaFaults, type Wording } from '../../bundle/schema-faults.ts'
import { validatorOf } from '../../bundle/validators.ts'
import type { Diagnostic } from '../../diagnostic/diagnostic.ts'
import type { Host } from '../../host/host.ts'
import { decodeUtf8 } from '../../yaml/decode-utf8.ts'
import { readOneDocument } from '../../yaml/read-one-document.ts'
import type { Command, Defaults, OptionSpec } from '../command.ts'
import { defaultableOptions, defaultsSchema, keyOf } from './defaults-schema.ts'
import { orInputError } from '../list-files.ts'

type Value = string | number
type Written = Readonly<Record<string, Readonly<Record<string, Value | readonly Value[]>>>>

/** What the file says for a command; every fault of the file, of other commands' values too, comes back in one go. */
export async function readDefaults(
  path: string,
  command: Command,
  commands: readonly Command[],
  host: Host,
): Promise<{ defaults?: Defaults; diagnostics: readonly Diagnostic[] }> {
  const decoded = decodeUtf8(await orInputError(path, () => host.files.read(path)), path)
  const { file } = decoded
  if (file === undefined) return { diagnostics: decoded.diagnostics }
  const { document, diagnostics } = readOneDocument(file, {
    empty: 'config/invalid-value',
    second: 'config/invalid-value',
    name: 'the defaults',
  })
  if (document === undefined) return { diagnostics }
  const { root, value } = document
  const validate = validatorOf<Written>(defaultsSchema(commands))()
  if (!validate(value)) {
    const wording: Wording = {
      code: 'config/invalid-value',
      unknownKey: (key, [name]) => ({
        code: 'config/unknown-key',
        message:
          name === undefined
            ? `there is no command \`${key}\` that takes defaults`
            : `\`portcullis ${name}\` has no option with a value that is called \`${key}\``,
      }),
    }
    const place = { file, root, path: [] }
    return { diagnostics: schemaFaults(validate.errors ?? [], place, wording) }
  }
  const said = value[command.name] ?? {}
  const folder = dirname(path)
  const defaults = new Map(
    defaultableOptions(command).flatMap((option) => {
      const written = said[keyOf(option)]
      if (written === undefined) return []
      const values = typeof written === 'object' ? written : [written]
      return [[option.name, values.map((each) => fromFolder(option, String(each), folder))]]
    }),
  )
  return { defaults, diagnostics: [] }
}

/** A path is meant from the file's folder: `FILE`, `FILE|DIR`, and the last part of `FORMAT[=FILE]`. */
function fromFolder({ value: shape = '' }: OptionSpec, value: string, folder: string): string {
  const seen = (path: string): string => (isAbsolute(path) ? path : join(folder, path))
  if (/^(?:FILE|DIR)\b/.test(shape)) return seen(value)
  const at = value.indexOf('=')
  if (!shape.includes('=FILE') || at < 0) return value
  return `${value.slice(0, at + 1)}${seen(value.slice(at + 1))}`
}
