export interface CircuitOptions {
  /** Evaluations of a binding that fail one after the other until its circuit opens. */
  readonly consecutiveErrors: number
  /** How long an open circuit stays open before the binding is tried again. */
  readonly openMs: number
}

export const DEFAULT_CIRCUIT: CircuitOptions = { consecutiveErrors: 5, openMs: 30_000 }
