/** Bytes that all requests share. */
export interface ByteBudget {
  /** False, and nothing taken, where there is not that much left. */
  readonly take: (bytes: number) => boolean
  readonly giveBack: (bytes: number) => void
}

export function createByteBudget(maxBytes: number): ByteBudget {
  let taken = 0
  return {
    take: (bytes) => {
      if (taken + bytes > maxBytes) return false
      taken += bytes
      return true
    },
    giveBack: (bytes) => {
      taken -= bytes
    },
  }
}
