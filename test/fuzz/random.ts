// The same numbers for the same seed on every machine and in every version of Node: 32-bit integer arithmetic only.
// The generator is sfc32 (Chris Doty-Humphrey, PractRand); run number and seed are its start, so that any run can be had alone.

export class Random {
  private a: number
  private b: number
  private c = 0x9e3779b9
  private counter = 1

  constructor(seed: number, run: number) {
    this.a = seed | 0
    this.b = run | 0
    for (let i = 0; i < 15; i++) this.next()
  }

  /** From 0 to 2^32-1. */
  next(): number {
    const sum = (((this.a + this.b) | 0) + this.counter) | 0
    this.counter = (this.counter + 1) | 0
    this.a = this.b ^ (this.b >>> 9)
    this.b = (this.c + (this.c << 3)) | 0
    this.c = (((this.c << 21) | (this.c >>> 11)) + sum) | 0
    return sum >>> 0
  }

  /** From 0 to `end`, without `end`. */
  below(end: number): number {
    return Math.floor((this.next() / 0x1_0000_0000) * end)
  }

  /** From `first` to `last`, both among them. */
  between(first: number, last: number): number {
    return first + this.below(last - first + 1)
  }

  chance(percent: number): boolean {
    return this.below(100) < percent
  }

  pick<T>(list: readonly T[]): T {
    const item = list[this.below(list.length)]
    if (item === undefined && list.length === 0) throw new RangeError('nothing to pick from')
    return item as T
  }

  /** Picks by weight: `[3, x]` comes three times as often as `[1, y]`. */
  weighted<T>(choices: readonly (readonly [weight: number, value: T])[]): T {
    let left = this.below(choices.reduce((sum, [weight]) => sum + weight, 0))
    for (const [weight, value] of choices) {
      left -= weight
      if (left < 0) return value
    }
    throw new RangeError('nothing to pick from')
  }

  shuffle<T>(list: readonly T[]): T[] {
    const result = [...list]
    for (let i = result.length - 1; i > 0; i--) {
      const j = this.below(i + 1)
      ;[result[i], result[j]] = [result[j] as T, result[i] as T]
    }
    return result
  }
}
