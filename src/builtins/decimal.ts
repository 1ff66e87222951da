// Exact order of decimal numbers given as text, whatever their length or exponent: digits are compared,
// nothing is expanded, so `1e999999999` costs what `1` costs.

/** Negative, zero or positive as `a` is less than, equal to or greater than `b`. Both are numbers as Rego writes them. */
export function compareDecimals(a: string, b: string): number {
  if (a === b) return 0
  if (isShortInteger(a) && isShortInteger(b)) return Number(a) - Number(b)
  const x = toDecimal(a)
  const y = toDecimal(b)
  if (x.sign !== y.sign) return x.sign - y.sign
  if (x.sign === 0) return 0
  return x.sign * (x.exponent - y.exponent || compareDigits(x.digits, y.digits))
}

interface Decimal {
  readonly sign: -1 | 0 | 1
  /** Significant digits, neither the first nor the last is 0: the number is 0.digits × 10^exponent. */
  readonly digits: string
  readonly exponent: number
}

const NUMBER = /^(-?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d*))?$/

function toDecimal(text: string): Decimal {
  const [, minus, whole = '', fraction = '', exponent = ''] = NUMBER.exec(text) ?? []
  const all = whole + fraction
  const start = all.search(/[1-9]/)
  if (start < 0) return { sign: 0, digits: '', exponent: 0 }
  let end = all.length
  while (all[end - 1] === '0') end--
  return {
    sign: minus === '-' ? -1 : 1,
    digits: all.slice(start, end),
    exponent: whole.length - start + (Number(exponent) || 0),
  }
}

function compareDigits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function isShortInteger(text: string): boolean {
  return text.length < 16 && /^-?\d+$/.test(text)
}
