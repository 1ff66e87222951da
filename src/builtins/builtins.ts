import type { Builtin } from './builtin.ts'
import { sprintf } from './sprintf.ts'

/** The built-in functions that the host gives to a policy module, by their names in Rego. */
export const BUILTINS: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  ['sprintf', sprintf],
])
