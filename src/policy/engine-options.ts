export interface EngineOptions {
  /** Steps (loop heads and function entries) that one binding may take on one review. */
  readonly fuelPerBinding: number
  /** Steps for all bindings of a review together, its parsing included. */
  readonly fuelPerReview: number
  /** The most memory an instance may have, in pages of 64 KiB. */
  readonly memoryPages: number
}

/**
 * A step takes 5 to 10 ns once V8 has optimized the module: a binding may take about half a second, a review two, within the
 * time that the API server waits. For scale: the product's policies take 1,000 to 20,000 steps on a pod of 6.5 KB, and
 * parsing 7 MB of objects 26 million.
 */
export const DEFAULT_ENGINE_OPTIONS: EngineOptions = {
  fuelPerBinding: 50_000_000,
  fuelPerReview: 200_000_000,
  memoryPages: 4096,
}
