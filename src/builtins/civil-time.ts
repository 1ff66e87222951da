// Days and dates of the Gregorian calendar, extended both ways, and instants in nanoseconds since 1970.

export interface Civil {
  readonly year: number
  /** From 1. */
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
  readonly nanosecond: number
}

const SECOND = 1_000_000_000n
const DAY_SECONDS = 86_400

/** The days from 1970-01-01 to the first of the month; months beyond 1 to 12 go into other years. */
export function daysBeforeMonth(year: number, month: number): number {
  const months = year * 12 + month - 1
  const monthOfYear = modulo(months, 12)
  // Counted from March, so that a leap day ends a year.
  const marchYear = Math.floor(months / 12) - (monthOfYear < 2 ? 1 : 0)
  const marchMonth = (monthOfYear + 10) % 12
  const leapDays =
    Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400)
  return marchYear * 365 + leapDays + Math.floor((153 * marchMonth + 2) / 5) - 719_468
}

export function daysInMonth(year: number, month: number): number {
  return daysBeforeMonth(year, month + 1) - daysBeforeMonth(year, month)
}

/** Seconds since 1970 of a time in UTC; a day, hour, ... past its range carries over. */
export function toSeconds(civil: Omit<Civil, 'nanosecond'>): number {
  const days = daysBeforeMonth(civil.year, civil.month) + civil.day - 1
  return days * DAY_SECONDS + civil.hour * 3600 + civil.minute * 60 + civil.second
}

/** The time of day and date that a clock `offsetSeconds` ahead of UTC shows. */
export function toCivil(ns: bigint, offsetSeconds: number): Civil {
  const nanosecond = Number(((ns % SECOND) + SECOND) % SECOND)
  const seconds = Number((ns - BigInt(nanosecond)) / SECOND) + offsetSeconds
  const days = Math.floor(seconds / DAY_SECONDS)
  const rest = seconds - days * DAY_SECONDS
  // A first guess of the year is at most one off.
  let year = 1970 + Math.floor(days / 365.2425)
  while (daysBeforeMonth(year, 1) > days) year--
  while (daysBeforeMonth(year + 1, 1) <= days) year++
  let month = 12
  while (daysBeforeMonth(year, month) > days) month--
  return {
    year,
    month,
    day: days - daysBeforeMonth(year, month) + 1,
    hour: Math.floor(rest / 3600),
    minute: Math.floor(rest / 60) % 60,
    second: rest % 60,
    nanosecond,
  }
}

export function toNanoseconds(seconds: number, nanosecond: number): bigint {
  return BigInt(seconds) * SECOND + BigInt(nanosecond)
}

/** From 0 for Sunday. */
export function weekdayOf({ year, month, day }: Civil): number {
  return modulo(daysBeforeMonth(year, month) + day - 1 + 4, 7)
}

/** From 1. */
export function dayOfYear({ year, month, day }: Civil): number {
  return daysBeforeMonth(year, month) - daysBeforeMonth(year, 1) + day
}

function modulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor
}
