// Time zones by name, from the database that Node carries. Zone abbreviations are not in it as Go has them.

import { toSeconds } from './civil-time.ts'

/** The seconds by which the zone is ahead of UTC at an instant. */
export type Zone = (epochSeconds: number) => number

export const UTC: Zone = () => 0

const NAME = /^[A-Z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+)*$/
const zones = new Map<string, Zone>()

/** The zone of that name, spelled as in the database; undefined when there is none. */
export function findZone(name: string): Zone | undefined {
  if (name === '' || name === 'UTC') return UTC
  let zone = zones.get(name)
  if (zone === undefined && NAME.test(name)) {
    const format = createFormat(name)
    zone = format && ((epochSeconds) => offsetAt(format, epochSeconds))
    if (zone !== undefined) zones.set(name, zone)
  }
  return zone
}

function createFormat(name: string): Intl.DateTimeFormat | undefined {
  try {
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      calendar: 'iso8601',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
    // Intl does not mind the case of a name, the database does.
    const known = format.resolvedOptions().timeZone
    return known !== name && known.toLowerCase() === name.toLowerCase() ? undefined : format
  } catch {
    return undefined
  }
}

function offsetAt(format: Intl.DateTimeFormat, epochSeconds: number): number {
  const shown = { year: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0 }
  for (const { type, value } of format.formatToParts(epochSeconds * 1000)) {
    if (Object.hasOwn(shown, type)) shown[type as keyof typeof shown] = Number(value)
  }
  return toSeconds(shown) - epochSeconds
}
