// Durations as Go reads them (`1h30m`, `1.5s`), and OPA's longer units before them (`d`, `w`, `y`).

import { formatFloat } from './go-float.ts'

const UNITS: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1_000n],
  ['\u00b5s', 1_000n],
  ['\u03bcs', 1_000n],
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
])
const HOURS: ReadonlyMap<string, number> = new Map([
  ['d', 24],
  ['w', 7 * 24],
  ['y', 365 * 24],
])
const MAX = 1n << 63n

/** Nanoseconds; undefined when `text` is no duration or too long a one. */
export function parseDuration(text: string): bigint | undefined {
  const rewritten = /[dwy]/.test(text) ? rewriteLongUnits(text) : text
  return rewritten === undefined ? undefined : parseGoDuration(rewritten)
}

function rewriteLongUnits(text: string): string | undefined {
  if (!/^[-+]?(?:[0-9.]+(?:ms|us|\u00b5s|ns|[hmsdwy]))+$/.test(text)) return undefined
  let isValid = true
  const rewritten = text.replace(/([0-9.]+)([dwy])/g, (_, digits: string, unit: string) => {
    const value = /^(?:\d+\.?\d*|\.\d+)$/.test(digits) ? Number(digits) : Number.NaN
    isValid &&= Number.isFinite(value)
    return `${formatFloat(value * HOURS.get(unit)!, 'f', -1)}h`
  })
  return isValid ? rewritten : undefined
}

function parseGoDuration(text: string): bigint | undefined {
  const [, sign = '', rest = ''] = /^([-+]?)([^]*)$/.exec(text) ?? []
  if (rest === '0') return 0n
  if (rest === '') return undefined
  const parts = /(\d*)(\.?)(\d*)([^\d.]+)/y
  let total = 0n
  for (let position = 0; position < rest.length; position = parts.lastIndex) {
    parts.lastIndex = position
    const match = parts.exec(rest)
    if (match === null || match[1]! + match[3]! === '') return undefined
    const unit = UNITS.get(match[4]!)
    const whole = leadingInteger(match[1]!)
    if (unit === undefined || whole === undefined || whole > MAX / unit) return undefined
    total += whole * unit + fractionOf(match[3]!, unit)
    if (total > MAX) return undefined
  }
  if (sign === '-') return -total
  return total === MAX ? undefined : total
}

function leadingInteger(digits: string): bigint | undefined {
  const value = BigInt(digits.slice(0, 1000) || '0')
  return value > MAX || digits.length > 1000 ? undefined : value
}

/** Go computes a fraction in float64, from as many digits as fit an int64. */
function fractionOf(digits: string, unit: bigint): bigint {
  let value = 0n
  let scale = 1
  for (const digit of digits) {
    const next = value * 10n + BigInt(digit)
    if (value > (MAX - 1n) / 10n || next > MAX) break
    value = next
    scale *= 10
  }
  return value === 0n ? 0n : BigInt(Math.trunc(Number(value) * (Number(unit) / scale)))
}
