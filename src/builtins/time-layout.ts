// Go's time layouts (time/format.go): a layout is the reference time, Mon Jan 2 15:04:05 MST 2006, written as wanted.

import { dayOfYear, weekdayOf, type Civil } from './civil-time.ts'

/** Layouts that OPA knows by name. */
export const NAMED_LAYOUTS: ReadonlyMap<string, string> = new Map([
  ['ANSIC', 'Mon Jan _2 15:04:05 2006'],
  ['UnixDate', 'Mon Jan _2 15:04:05 MST 2006'],
  ['RubyDate', 'Mon Jan 02 15:04:05 -0700 2006'],
  ['RFC822', '02 Jan 06 15:04 MST'],
  ['RFC822Z', '02 Jan 06 15:04 -0700'],
  ['RFC850', 'Monday, 02-Jan-06 15:04:05 MST'],
  ['RFC1123', 'Mon, 02 Jan 2006 15:04:05 MST'],
  ['RFC1123Z', 'Mon, 02 Jan 2006 15:04:05 -0700'],
  ['RFC3339', '2006-01-02T15:04:05Z07:00'],
  ['RFC3339Nano', '2006-01-02T15:04:05.999999999Z07:00'],
])

export const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const
export const WEEKDAYS = [
  'Sunday',
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
] as const

/** A layout cut up: literal text at even places, elements at odd ones. */
export function splitLayout(layout: string): readonly string[] {
  return layout.split(ELEMENT)
}

const ELEMENT =
  /(January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|0[1-6]|002|15|1|2006|2|_2(?!006)|__2|3|4|5|PM|pm|-070000|-07:00:00|-0700|-07:00|-07|Z070000|Z07:00:00|Z0700|Z07:00|Z07|[.,](?:0+|9+)(?!\d))/

/** `civil` as the layout asks; the zone's name only for UTC, of which alone it is known. */
export function formatTime(
  civil: Civil,
  offsetSeconds: number,
  layout: string,
  zoneName: () => string,
): string {
  return splitLayout(layout)
    .map((part, index) =>
      index % 2 === 0 ? part : formatElement(civil, offsetSeconds, part, zoneName),
    )
    .join('')
}

function formatElement(
  civil: Civil,
  offsetSeconds: number,
  element: string,
  zoneName: () => string,
): string {
  const hour12 = civil.hour % 12 || 12
  switch (element) {
    case '2006':
      return pad(civil.year, 4)
    case '06':
      return pad(Math.abs(civil.year) % 100, 2)
    case 'January':
      return MONTHS[civil.month - 1]!
    case 'Jan':
      return MONTHS[civil.month - 1]!.slice(0, 3)
    case '1':
      return String(civil.month)
    case '01':
      return pad(civil.month, 2)
    case 'Monday':
      return WEEKDAYS[weekdayOf(civil)]!
    case 'Mon':
      return WEEKDAYS[weekdayOf(civil)]!.slice(0, 3)
    case '2':
      return String(civil.day)
    case '_2':
      return String(civil.day).padStart(2)
    case '02':
      return pad(civil.day, 2)
    case '__2':
      return String(dayOfYear(civil)).padStart(3)
    case '002':
      return pad(dayOfYear(civil), 3)
    case '15':
      return pad(civil.hour, 2)
    case '3':
      return String(hour12)
    case '03':
      return pad(hour12, 2)
    case '4':
      return String(civil.minute)
    case '04':
      return pad(civil.minute, 2)
    case '5':
      return String(civil.second)
    case '05':
      return pad(civil.second, 2)
    case 'PM':
      return civil.hour >= 12 ? 'PM' : 'AM'
    case 'pm':
      return civil.hour >= 12 ? 'pm' : 'am'
    case 'MST':
      return zoneName()
    default:
      return /^[.,]/.test(element)
        ? formatFraction(civil.nanosecond, element)
        : formatOffset(offsetSeconds, element)
  }
}

function pad(value: number, width: number): string {
  return (value < 0 ? '-' : '') + String(Math.abs(value)).padStart(width, '0')
}

function formatFraction(nanosecond: number, element: string): string {
  const digits = pad(nanosecond, 9).slice(0, element.length - 1)
  const shown = element[1] === '9' ? digits.replace(/0+$/, '') : digits
  return shown === '' ? '' : element[0]! + shown
}

function formatOffset(offsetSeconds: number, element: string): string {
  if (offsetSeconds === 0 && element.startsWith('Z')) return 'Z'
  // Go takes the sign from whole minutes.
  const sign = Math.trunc(offsetSeconds / 60) < 0 ? '-' : '+'
  const size = Math.abs(offsetSeconds)
  const hours = pad(Math.floor(size / 3600), 2)
  const minutes = pad(Math.floor(size / 60) % 60, 2)
  const seconds = pad(sign === '-' ? size % 60 : offsetSeconds % 60, 2)
  const colon = element.includes(':') ? ':' : ''
  switch (element.slice(1).replaceAll(':', '')) {
    case '07':
      return sign + hours
    case '0700':
      return sign + hours + colon + minutes
    default:
      return sign + hours + colon + minutes + colon + seconds
  }
}
