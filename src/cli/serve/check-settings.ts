// What no setting alone can tell: settings that contradict each other, and one that is allowed but unwise.
import { labelAt } from '../../bundle/place.ts'
import { type Diagnostic, diagnostic, type Label } from '../../diagnostic/diagnostic.ts'
import type { EffectiveSettings, Origin } from './read-settings.ts'
import { flagOf, type SettingName, variableOf } from './serve-settings.ts'
import { UsageError } from '../usage-error.ts'

/** The one that must not be more than the other. */
const ORDERED = [
  // Node refuses the opposite.
  ['headersTimeoutMs', 'requestTimeoutMs'],
  ['maxBodyBytes', 'maxBufferedBytes'],
  ['fuelPerBinding', 'fuelPerReview'],
] as const satisfies readonly (readonly [SettingName, SettingName])[]

/** The API server's. */
const IDLE_CONNECTIONS_MS = 90_000

/** @throws {UsageError} for a contradiction in which the file has no part. */
export function checkSettings(effective: EffectiveSettings): readonly Diagnostic[] {
  const { settings } = effective
  const diagnostics: Diagnostic[] = []
  const conflict = (message: string, ...names: readonly SettingName[]): void => {
    const [primary, ...related] = names.flatMap((name) => labelOf(name, effective) ?? [])
    if (primary === undefined) throw new UsageError(message)
    diagnostics.push(diagnostic('config/conflict', message, { primary, related }))
  }
  const said = (name: SettingName): string => nameOf(name, effective.origins[name])

  for (const from of ['devTls', 'manageCerts'] as const) {
    for (const name of ['tlsCertFile', 'tlsPrivateKeyFile'] as const) {
      if (settings[from] && settings[name] !== undefined) {
        conflict(`${said(from)} and ${said(name)} do not go together`, name, from)
      }
    }
  }
  if (settings.manageCerts && settings.devTls) {
    const message = `${said('manageCerts')} and ${said('devTls')} do not go together`
    conflict(message, 'devTls', 'manageCerts')
  }
  if (settings.watchNamespaces && settings.namespaces !== undefined) {
    const message = `${said('watchNamespaces')} and ${said('namespaces')} do not go together`
    conflict(message, 'namespaces', 'watchNamespaces')
  }
  if (settings.clientNames !== undefined && settings.clientCaFile === undefined) {
    const needed = nameOf('clientCaFile', effective.origins.clientNames)
    const message = `${said('clientNames')} needs ${needed}: without, nobody is asked for a certificate`
    conflict(message, 'clientNames')
  }
  for (const [lower, upper] of ORDERED) {
    if (settings[lower] <= settings[upper]) continue
    const message = `${said(lower)} must be at most ${said(upper)}, got ${settings[lower]} and ${settings[upper]}`
    conflict(message, lower, upper)
  }
  const { keepAliveTimeoutMs } = settings
  if (keepAliveTimeoutMs <= IDLE_CONNECTIONS_MS) {
    const message = `${said('keepAliveTimeoutMs')} is short: ${keepAliveTimeoutMs} ms`
    const primary = labelOf('keepAliveTimeoutMs', effective)
    const at = primary === undefined ? {} : { primary }
    diagnostics.push(diagnostic('config/short-keep-alive', message, at))
  }
  return diagnostics
}

/** A setting as the user knows it: by the flag, variable or key that says it, or would. */
function nameOf(name: SettingName, origin: Origin): string {
  switch (origin) {
    case 'flag':
      return `\`--${flagOf(name)}\``
    case 'environment':
      return `\`${variableOf(name)}\``
    case 'file':
    case 'default':
      return `\`${name}\``
  }
}

function labelOf(name: SettingName, { origins, place }: EffectiveSettings): Label | undefined {
  if (origins[name] !== 'file' || place === undefined) return undefined
  return labelAt(place, [name])
}
