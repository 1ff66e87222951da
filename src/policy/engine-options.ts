export interface EngineOptions {
  /** Steps (loop heads and function entries) that one binding may take on one review. */
  readonly fuelPerBinding: number
  /** Steps for all bindings of a review together, its parsing included. */
  readonly fuelPerReview: number
  /** The most memory an instance may have, in pages of 64 KiB. */
  readonly memoryPages: number
}

export const DEFAULT_ENGINE_OPTIONS: EngineOptions = {
  fuelPerBinding: 50_000_000,
  fuelPerReview: 400_000_000,
  memoryPages: 4096,
}
