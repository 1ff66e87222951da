/** The value below which a share of all values lie; NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).toSorted()
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** A time in ms as text, with two significant digits at least. */
export function showMs(ms: number): string {
  return ms.toFixed(ms < 10 ? 2 : ms < 100 ? 1 : 0)
}

/** `median (least to most)`. */
export function showSpread(values: readonly number[], show: (value: number) => string): string {
  return `${show(quantile(values, 0.5))} (${show(Math.min(...values))} to ${show(Math.max(...values))})`
}
