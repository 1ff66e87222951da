// A time read by a Go layout (time.Parse), with UTC as the local zone.

import { daysBeforeMonth, daysInMonth, toNanoseconds, toSeconds } from './civil-time.ts'
import { MONTHS, splitLayout, WEEKDAYS } from './time-layout.ts'

/** Nanoseconds since 1970, of any size; undefined when `text` is not as the layout says. */
export function parseTime(layout: string, text: string): bigint | undefined {
  const parts = splitLayout(layout)
  const reader = new TimeReader(text)
  for (const [index, part] of parts.entries()) {
    const isRead =
      index % 2 === 0 ? reader.skip(part) : reader.readElement(part, parts.slice(index + 2)[0])
    if (!isRead) return undefined
  }
  return reader.finish()
}

class TimeReader {
  #rest: string
  #year = 0
  #month: number | undefined
  #day: number | undefined
  #yearDay: number | undefined
  #hour = 0
  #minute = 0
  #second = 0
  #nanosecond = 0
  #half: 'AM' | 'PM' | undefined
  /** Seconds ahead of UTC, by a number or by `Z`, `UTC`: of these the first kind yields to the second. */
  #offset: number | undefined
  #isUtc = false

  constructor(text: string) {
    this.#rest = text
  }

  /** Literal text; a run of spaces stands for any other. */
  skip(literal: string): boolean {
    for (let index = 0; index < literal.length;) {
      if (literal[index] === ' ') {
        if (this.#rest !== '' && !this.#rest.startsWith(' ')) return false
        while (literal[index] === ' ') index++
        this.#rest = this.#rest.replace(/^ +/, '')
      } else {
        if (this.#rest[0] !== literal[index]) return false
        this.#rest = this.#rest.slice(1)
        index++
      }
    }
    return true
  }

  readElement(element: string, nextElement: string | undefined): boolean {
    switch (element) {
      case '06':
        return this.#readShortYear()
      case '2006':
        return this.#set(this.#take(/^\d{4}/), (value) => (this.#year = value))
      case 'January':
        return this.#readMonthName(MONTHS)
      case 'Jan':
        return this.#readMonthName(MONTHS.map((month) => month.slice(0, 3)))
      case '1':
      case '01':
        return this.#readNumber(element, 1, 12, (value) => (this.#month = value))
      case 'Monday':
        return this.#takeName(WEEKDAYS) !== undefined
      case 'Mon':
        return this.#takeName(WEEKDAYS.map((day) => day.slice(0, 3))) !== undefined
      case '2':
      case '02':
        return this.#readNumber(element, 0, 99, (value) => (this.#day = value))
      case '_2':
        this.#rest = this.#rest.replace(/^ /, '')
        return this.#readNumber('2', 0, 99, (value) => (this.#day = value))
      case '__2':
        this.#rest = this.#rest.replace(/^ {1,2}/, '')
        return this.#set(this.#take(/^\d{1,3}/), (value) => (this.#yearDay = value))
      case '002':
        return this.#set(this.#take(/^\d{3}/), (value) => (this.#yearDay = value))
      case '15':
        return this.#readNumber('3', 0, 23, (value) => (this.#hour = value))
      case '3':
      case '03':
        return this.#readNumber(element, 0, 12, (value) => (this.#hour = value))
      case '4':
      case '04':
        return this.#readNumber(element, 0, 59, (value) => (this.#minute = value))
      case '5':
      case '05':
        return this.#readSecond(element, nextElement)
      case 'PM':
        return this.#readHalf(/^[AP]M/)
      case 'pm':
        return this.#readHalf(/^[ap]m/)
      case 'MST':
        return this.#readZoneName()
      default:
        return /^[.,]/.test(element) ? this.#readFraction(element) : this.#readOffset(element)
    }
  }

  finish(): bigint | undefined {
    if (this.#rest !== '') return undefined
    if (!this.#placeYearDay()) return undefined
    const month = this.#month ?? 1
    const day = this.#day ?? 1
    if (day < 1 || day > daysInMonth(this.#year, month)) return undefined
    let hour = this.#hour
    if (this.#half === 'PM' && hour < 12) hour += 12
    else if (this.#half === 'AM' && hour === 12) hour = 0
    const clock = { hour, minute: this.#minute, second: this.#second }
    const seconds = toSeconds({ year: this.#year, month, day, ...clock })
    const offset = this.#isUtc ? 0 : (this.#offset ?? 0)
    return toNanoseconds(seconds - offset, this.#nanosecond)
  }

  /** A day of the year gives month and day, and must not contradict them. */
  #placeYearDay(): boolean {
    if (this.#yearDay === undefined) return true
    const days = daysBeforeMonth(this.#year + 1, 1) - daysBeforeMonth(this.#year, 1)
    if (this.#yearDay < 1 || this.#yearDay > days) return false
    let month = 12
    const before = (of: number): number =>
      daysBeforeMonth(this.#year, of) - daysBeforeMonth(this.#year, 1)
    while (before(month) >= this.#yearDay) month--
    const day = this.#yearDay - before(month)
    if ((this.#month ?? month) !== month || (this.#day ?? day) !== day) return false
    this.#month = month
    this.#day = day
    return true
  }

  #take(pattern: RegExp): string | undefined {
    const found = pattern.exec(this.#rest)?.[0]
    if (found !== undefined) this.#rest = this.#rest.slice(found.length)
    return found
  }

  #set(digits: string | undefined, assign: (value: number) => void): boolean {
    if (digits === undefined) return false
    assign(Number(digits))
    return true
  }

  /** Two digits where the element has two, else one or two. */
  #readNumber(
    element: string,
    least: number,
    most: number,
    assign: (value: number) => void,
  ): boolean {
    const digits = this.#take(element.length === 2 ? /^\d{2}/ : /^\d{1,2}/)
    if (digits === undefined || Number(digits) < least || Number(digits) > most) return false
    assign(Number(digits))
    return true
  }

  #readShortYear(): boolean {
    const digits = this.#take(/^(?:\d\d|[+-]\d)/)
    if (digits === undefined) return false
    this.#year = Number(digits) + (Number(digits) >= 69 ? 1900 : 2000)
    return true
  }

  #takeName(names: readonly string[]): number | undefined {
    const lower = this.#rest.slice(0, 9).replace(/[A-Z]/g, (letter) => letter.toLowerCase())
    const index = names.findIndex((name) => lower.startsWith(name.toLowerCase()))
    if (index < 0) return undefined
    this.#rest = this.#rest.slice(names[index]!.length)
    return index
  }

  #readMonthName(names: readonly string[]): boolean {
    const index = this.#takeName(names)
    if (index !== undefined) this.#month = index + 1
    return index !== undefined
  }

  /** A fraction may follow though the layout has none. */
  #readSecond(element: string, nextElement: string | undefined): boolean {
    if (!this.#readNumber(element, 0, 59, (value) => (this.#second = value))) return false
    if (nextElement !== undefined && /^[.,]/.test(nextElement)) return true
    const fraction = this.#take(/^[.,]\d+/)
    if (fraction !== undefined) this.#setFraction(fraction)
    return true
  }

  #readFraction(element: string): boolean {
    if (element[1] === '9') {
      const fraction = this.#take(/^[.,]\d+/)
      if (fraction !== undefined) this.#setFraction(fraction)
      return true
    }
    const fraction = this.#rest.slice(0, element.length)
    if (fraction.length < element.length || !/^[.,]\d+$/.test(fraction)) return false
    this.#rest = this.#rest.slice(element.length)
    this.#setFraction(fraction)
    return true
  }

  #setFraction(fraction: string): void {
    this.#nanosecond = Number(fraction.slice(1, 10).padEnd(9, '0'))
  }

  #readHalf(pattern: RegExp): boolean {
    const half = this.#take(pattern)
    if (half !== undefined) this.#half = half.startsWith('A') || half.startsWith('a') ? 'AM' : 'PM'
    return half !== undefined
  }

  #readOffset(element: string): boolean {
    if (element.startsWith('Z') && this.#take(/^Z/) !== undefined) {
      this.#isUtc = true
      return true
    }
    const shape = element.slice(1).replace(/\d\d/g, '(\\d\\d)')
    const match = new RegExp(`^([+-])${shape}`).exec(this.#rest)
    if (match === null) return false
    const [all, sign, hours, minutes = '0', seconds = '0'] = match
    if (Number(hours) > 24 || Number(minutes) > 60 || Number(seconds) > 60) return false
    this.#rest = this.#rest.slice(all.length)
    const offset = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)
    this.#offset = sign === '-' ? -offset : offset
    // Go marks "no offset" with -1, so that an offset of one second west is none.
    if (this.#offset === -1) this.#offset = undefined
    return true
  }

  /** An abbreviation says nothing of an offset; not even `GMT+3` does. */
  #readZoneName(): boolean {
    if (this.#take(/^UTC/) !== undefined) {
      this.#isUtc = true
      return true
    }
    return this.#take(ZONE_NAME) !== undefined
  }
}

// Three letters, or four or five that end in T, and what Go knows besides.
const SMALL_OFFSET = '[+-](?:0*(?:1?\\d|2[0-3]))(?!\\d)'
const ZONE_NAME = new RegExp(
  `^(?:ChST|MeST|GMT(?:${SMALL_OFFSET})?|${SMALL_OFFSET}|(?:[A-Z]{4}T|[A-Z]{3}T|WITA|[A-Z]{3})(?![A-Z]))`,
)
