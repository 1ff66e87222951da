// What `-o FORMAT[=FILE]` asks for: any number of outputs in one run, one of them to stdout at most.
import { expectChoice } from '../parse-arguments.ts'
import { UsageError } from '../usage-error.ts'

export interface OutputTarget<Format extends string> {
  readonly format: Format
  /** Standard output where absent. */
  readonly file?: string
}

/** @throws {UsageError} for a format that is none, and for two outputs to one place. */
export function parseOutputs<const Format extends string>(
  option: string,
  values: readonly string[],
  formats: readonly Format[],
): readonly OutputTarget<Format>[] {
  const targets = values.map((value): OutputTarget<Format> => {
    const at = value.indexOf('=')
    const format = expectChoice(option, at < 0 ? value : value.slice(0, at), formats)
    if (at < 0) return { format }
    const file = value.slice(at + 1)
    if (file === '') throw new UsageError(`\`${option} ${value}\` names no file`)
    return { format, file }
  })
  const places = new Set<string | undefined>()
  for (const { format, file } of targets) {
    if (places.has(file)) {
      const what = file === undefined ? 'standard output' : `\`${file}\``
      const cure = file === undefined ? `: write \`${option} ${format}=FILE\`` : ''
      throw new UsageError(`two outputs go to ${what}${cure}`)
    }
    places.add(file)
  }
  return targets
}
