import type { OptionSpec } from '../command.ts'
import { defaultOf, flagOf, SETTING_NAMES, type SettingSpec, specOf } from './serve-settings.ts'

/** The settings as options of the command line. Defaults are only told: a flag that is not given leaves the say to others. */
export const SETTING_OPTIONS: readonly OptionSpec[] = SETTING_NAMES.map((name) => {
  const spec = specOf(name)
  const value = placeholder(spec)
  const otherwise = spec.kind === 'file' ? spec.otherwise : defaultOf(name)
  return {
    name: flagOf(name),
    ...(value === undefined ? {} : { value }),
    summary:
      otherwise === undefined || otherwise === false
        ? spec.summary
        : `${spec.summary} (default: ${String(otherwise)})`,
  }
})

function placeholder(spec: SettingSpec): string | undefined {
  switch (spec.kind) {
    case 'file':
      return 'FILE'
    case 'address':
      return 'HOST:PORT'
    case 'name':
      return 'NAME'
    case 'names':
      return 'NAME,...'
    case 'choice':
      return 'LEVEL'
    case 'number':
      return 'N'
    case 'switch':
      return undefined
  }
}
