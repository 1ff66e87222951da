import { API_VERSION } from '../../bundle/schema/definitions.ts'
import { quoteYaml } from '../../yaml/write-yaml.ts'
import type { EffectiveSettings } from './read-settings.ts'
import { SETTING_NAMES, type SettingValue } from './serve-settings.ts'
import { CONFIGURATION_KIND } from './server-configuration-schema.ts'

/** The settings as a file that `--config` reads again, each with where it was said. Of files, their paths only. */
export function renderSettings({ settings, origins }: EffectiveSettings): string {
  const lines = SETTING_NAMES.map((name) => {
    const value = settings[name]
    if (value === undefined) return `# ${name}: not set`
    return `${name}: ${render(value)} # ${origins[name]}`
  })
  return [`apiVersion: ${API_VERSION}`, `kind: ${CONFIGURATION_KIND}`, ...lines, ''].join('\n')
}

function render(value: Exclude<SettingValue, undefined>): string {
  if (typeof value === 'object') return `[${value.map(render).join(', ')}]`
  return typeof value === 'string' ? quoteYaml(value) : String(value)
}
