/**
 * Returns each function's median time in µs. They run in turns, so that what else goes on in the machine falls on all of
 * them; the first quarter of the time is for V8 to optimize, and is not counted.
 */
export function measureInTurns(durationMs: number, runs: readonly (() => unknown)[]): number[] {
  const times = runs.map((): number[] => [])
  const start = performance.now()
  for (let now = start; now < start + durationMs; now = performance.now()) {
    for (const [index, run] of runs.entries()) {
      const before = performance.now()
      run()
      if (now > start + durationMs / 4) times[index]?.push((performance.now() - before) * 1000)
    }
  }
  return times.map(median)
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}

/** Prints rows of text under the keys of the first. */
export function printTable(title: string, rows: readonly Readonly<Record<string, string>>[]): void {
  const keys = Object.keys(rows[0] ?? {})
  const cells = [keys, ...rows.map((row) => keys.map((key) => row[key] ?? ''))]
  const widths = keys.map((_, column) => Math.max(...cells.map((line) => line[column]!.length)))
  const lines = cells.map((line) =>
    line.map((cell, column) => cell.padStart(widths[column]!)).join('  '),
  )
  console.log(['', title, ...lines, ''].join('\n'))
}
