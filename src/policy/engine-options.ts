/** The most that can be given: a module counts in an i32. */
export const MAX_FUEL = 2_000_000_000

export interface EngineOptions {
  /** Steps (loop heads and function entries) that one binding may take on one review. */
  readonly fuelPerBinding: number
  /** Steps for all bindings of a review together, its parsing included; at most `MAX_FUEL`. */
  readonly fuelPerReview: number
  /** The most memory an instance may have, in pages of 64 KiB. */
  readonly memoryPages: number
}

/**
 * Evaluation holds the server's only thread, and the API server waits 5 s at most. A step takes 7 to 11 ns in a policy that
 * loops or fills the memory, 2 ns where it compares texts: a binding that burns all its fuel takes about 0.1 s, a review that
 * does a second. For scale, in steps: the product's policies take 1,000 to 20,000 on a pod of 6.5 KB, 7 million on one of
 * 10,000 containers; parsing 7 MB of what the API server sends takes up to 28 million, and 90 MiB of memory.
 * Memory is time as well, 0.2 to 0.35 s for 128 MiB and three times that for 256: 3 MB of empty maps, which would need 200,
 * are refused.
 */
export const DEFAULT_ENGINE_OPTIONS: EngineOptions = {
  fuelPerBinding: 10_000_000,
  fuelPerReview: 100_000_000,
  memoryPages: 2048,
}
