// The `time.*` built-ins. Named zones are as exact as the database that Node carries.

import type { Builtin, BuiltinContext } from './builtin.ts'
import {
  daysInMonth,
  toCivil,
  toNanoseconds,
  toSeconds,
  weekdayOf,
  type Civil,
} from './civil-time.ts'
import { parseDuration } from './duration.ts'
import { asArray, asInt64, asInteger, asNumber, asString } from './operands.ts'
import { parseTime } from './parse-time.ts'
import { regoArray, regoNumber, type RegoValue } from './rego-value.ts'
import { formatTime, NAMED_LAYOUTS, WEEKDAYS } from './time-layout.ts'
import { findZone, UTC, type Zone } from './time-zone.ts'
import { UnsupportedCall } from './unsupported-call.ts'

const MAX_NS = 2n ** 63n - 1n

/** Fuel for one look into a time zone. */
const ZONE_COST = 5_000

function toNumber(ns: bigint | undefined): RegoValue | undefined {
  if (ns === undefined || ns > MAX_NS || ns < -MAX_NS - 1n) return undefined
  return regoNumber(ns)
}

/** `time.now_ns()`. */
export const nowNs: Builtin = (_, context) => regoNumber(context.nowNs)

/** `time.parse_rfc3339_ns(text)`. */
export const parseRfc3339Ns: Builtin = ([value], context) => {
  const text = asString(value)
  if (text === undefined) return undefined
  context.charge(text.length)
  return toNumber(parseTime(NAMED_LAYOUTS.get('RFC3339')!, text))
}

/** `time.parse_ns(layout, text)`. */
export const parseNs: Builtin = (args, context) => {
  const [layout, text] = args.map(asString)
  if (layout === undefined || text === undefined) return undefined
  // Reading takes a step, and a copy of what is left, for every element.
  context.charge(layout.length * 8 + text.length * (layout.length + 1))
  return toNumber(parseTime(NAMED_LAYOUTS.get(layout) ?? layout, text))
}

/** `time.parse_duration_ns(text)`. */
export const parseDurationNs: Builtin = ([value], context) => {
  const text = asString(value)
  if (text === undefined) return undefined
  context.charge(text.length * 8)
  return toNumber(parseDuration(text))
}

interface Moment {
  readonly ns: bigint
  readonly zone: Zone
  readonly layout: string
  readonly offsetSeconds: number
  readonly civil: Civil
}

/** An instant: nanoseconds, or an array of them, a zone's name and a layout. */
function readMoment(value: RegoValue | undefined, context: BuiltinContext): Moment | undefined {
  const array = asArray(value)
  const [number, zoneName = '', layout = ''] = array ? array.items : [value]
  if (asNumber(number) === undefined) return undefined
  if (typeof zoneName !== 'string' || typeof layout !== 'string') return undefined
  const ns = asInteger(number)
  if (ns === undefined || ns > MAX_NS || ns < -MAX_NS - 1n) return undefined
  if (zoneName === 'Local') {
    throw new UnsupportedCall('the time zone Local is another one on every machine')
  }
  context.charge(zoneName === '' ? 16 : ZONE_COST)
  const zone = findZone(zoneName)
  return zone && { ns, zone, layout, ...placeIn(zone, ns) }
}

function placeIn(zone: Zone, ns: bigint): { offsetSeconds: number; civil: Civil } {
  const seconds =
    (ns - (((ns % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n)) / 1_000_000_000n
  const offsetSeconds = zone(Number(seconds))
  return { offsetSeconds, civil: toCivil(ns, offsetSeconds) }
}

/** `time.date(ns)`: `[year, month, day]`. */
export const date: Builtin = ([value], context) => {
  const civil = readMoment(value, context)?.civil
  return civil && regoArray([civil.year, civil.month, civil.day].map(regoNumber))
}

/** `time.clock(ns)`: `[hour, minute, second]`. */
export const clock: Builtin = ([value], context) => {
  const civil = readMoment(value, context)?.civil
  return civil && regoArray([civil.hour, civil.minute, civil.second].map(regoNumber))
}

/** `time.weekday(ns)`: its English name. */
export const weekday: Builtin = ([value], context) => {
  const civil = readMoment(value, context)?.civil
  return civil && WEEKDAYS[weekdayOf(civil)]
}

/** `time.format(ns)`: RFC 3339 with nanoseconds, or by the layout given. */
export const format: Builtin = ([value], context) => {
  const moment = readMoment(value, context)
  if (moment === undefined) return undefined
  const name = moment.layout === '' ? 'RFC3339Nano' : moment.layout
  const layout = NAMED_LAYOUTS.get(name) ?? name
  context.charge(layout.length * 8)
  return formatTime(moment.civil, moment.offsetSeconds, layout, () => {
    if (moment.zone === UTC) return 'UTC'
    throw new UnsupportedCall('the abbreviation of a time zone is not known')
  })
}

/** Go's Date: what a clock in the zone shows, as an instant. */
function toInstant(zone: Zone, seconds: number): number {
  const guess = zone(seconds)
  return seconds - (guess === 0 ? 0 : zone(seconds - guess))
}

/** Far beyond what nanoseconds in 64 bits reach, and far within what a number counts exactly. */
const MAX_STEP = 10n ** 11n

/** `time.add_date(ns, years, months, days)`; a day past the end of its month goes into the next. */
export const addDate: Builtin = ([value, ...steps], context) => {
  const moment = readMoment(value, context)
  const amounts = steps.map(asInt64)
  if (moment === undefined || amounts.length !== 3) return undefined
  const isUsable = (amount: bigint | undefined): amount is bigint =>
    amount !== undefined && amount < MAX_STEP && amount > -MAX_STEP
  if (!amounts.every(isUsable)) return undefined
  const [years, months, days] = amounts.map(Number) as [number, number, number]
  const { civil } = moment
  const seconds = toSeconds({
    ...civil,
    year: civil.year + years,
    month: civil.month + months,
    day: civil.day + days,
  })
  // Zones are looked up only where there are dates; beyond, the result is out of range anyway.
  if (!Number.isSafeInteger(seconds) || Math.abs(seconds) > 10 ** 11) return undefined
  return toNumber(toNanoseconds(toInstant(moment.zone, seconds), civil.nanosecond))
}

/** `time.diff(a, b)`: years, months, days, hours, minutes and seconds between them. */
export const diff: Builtin = ([a, b], context) => {
  const one = readMoment(a, context)
  const other = readMoment(b, context)
  if (one === undefined || other === undefined) return undefined
  const both = [one.civil, placeIn(one.zone, other.ns).civil]
  const [from, to] = (one.ns > other.ns ? both.toReversed() : both) as [Civil, Civil]
  let years = to.year - from.year
  let months = to.month - from.month
  let days = to.day - from.day
  let hours = to.hour - from.hour
  let minutes = to.minute - from.minute
  let seconds = to.second - from.second
  if (seconds < 0) [seconds, minutes] = [seconds + 60, minutes - 1]
  if (minutes < 0) [minutes, hours] = [minutes + 60, hours - 1]
  if (hours < 0) [hours, days] = [hours + 24, days - 1]
  if (days < 0) [days, months] = [days + daysInMonth(from.year, from.month), months - 1]
  if (months < 0) [months, years] = [months + 12, years - 1]
  return regoArray([years, months, days, hours, minutes, seconds].map(regoNumber))
}
