import type { Random } from '../random.ts'
import type { Tree } from '../tree.ts'

/** Draws values for one review, so many of a hundred from the odd ones. */
export class Taste {
  readonly random: Random
  private readonly oddPercent: number

  constructor(random: Random) {
    this.random = random
    this.oddPercent = random.weighted([
      [4, 0],
      [3, 4],
      [3, 15],
      [2, 40],
    ])
  }

  draw<T extends Tree | undefined>(good: () => T, odd: () => T): T {
    return this.random.chance(this.oddPercent) ? odd() : good()
  }
}
