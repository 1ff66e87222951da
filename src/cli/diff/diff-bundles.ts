// What differs between two bundles, as data. Order is no difference, and neither is a default that was written out.
import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { Bundle, Json, JsonObject, Policy } from '../../bundle/bundle.ts'
import { isJsonObject } from '../../bundle/is-json-object.ts'
import { API_VERSION } from '../../bundle/schema/definitions.ts'

export interface BundleDiff {
  readonly apiVersion: string
  readonly kind: 'BundleDiff'
  readonly old: BundleSide
  readonly new: BundleSide
  readonly bindings: readonly Difference[]
  readonly exceptions: readonly Difference[]
  readonly policies: readonly Difference[]
  /** By the keys of `data`. */
  readonly data: readonly Difference[]
}

export interface BundleSide {
  readonly name: string
  readonly digest: string
  /** The SHA-256 of policy.wasm. */
  readonly module: string
}

export interface Difference {
  readonly name: string
  readonly kind: 'added' | 'removed' | 'changed'
  /** Of what changed: the least that differs. */
  readonly changes: readonly Change[]
}

/** `old` is absent for what was added, `new` for what was removed. */
export interface Change {
  readonly path: readonly string[]
  readonly old?: Json
  readonly new?: Json
}

/** Everything by name, in the order of names. */
export function diffBundles(old: Bundle, next: Bundle): BundleDiff {
  const compare = (view: (bundle: Bundle) => ReadonlyMap<string, Json>): readonly Difference[] =>
    diffMaps(view(old), view(next))
  // An archive that others built may not say of which Rego its policies are: the module tells that something differs.
  const knowsSources = [...old.policies, ...next.policies].every(
    ({ sourceDigest }) => sourceDigest !== undefined,
  )
  return {
    apiVersion: API_VERSION,
    kind: 'BundleDiff',
    old: sideOf(old),
    new: sideOf(next),
    bindings: compare(({ bindings }) =>
      byName(bindings.map((each) => ({ ...each, policy: each.policy.name }))),
    ),
    exceptions: compare(({ exceptions }) => byName(exceptions)),
    policies: compare(({ policies }) =>
      byName(knowsSources ? policies : policies.map(withoutSource)),
    ),
    data: compare(({ data }) => new Map(Object.entries(data))),
  }
}

/** Says whether both judge alike, and say the same. Archives of the same content may still differ in their bytes. */
export function isSame(diff: BundleDiff): boolean {
  const { bindings, exceptions, policies, data } = diff
  return (
    diff.old.name === diff.new.name &&
    diff.old.module === diff.new.module &&
    [bindings, exceptions, policies, data].every(({ length }) => length === 0)
  )
}

function sideOf({ name, digest, wasm }: Bundle): BundleSide {
  return { name, digest, module: `sha256:${createHash('sha256').update(wasm).digest('hex')}` }
}

function withoutSource(policy: Policy): Policy {
  const { sourceDigest: _, ...rest } = policy
  return rest
}

function byName(named: readonly { readonly name: string }[]): ReadonlyMap<string, Json> {
  // Plain data by construction; an optional key that is absent stays so.
  return new Map(named.map((each) => [each.name, each as unknown as JsonObject]))
}

function diffMaps(
  old: ReadonlyMap<string, Json>,
  next: ReadonlyMap<string, Json>,
): readonly Difference[] {
  const names = [...new Set([...old.keys(), ...next.keys()])].toSorted()
  return names.flatMap((name): readonly Difference[] => {
    const before = old.get(name)
    const after = next.get(name)
    if (before === undefined) return [{ name, kind: 'added', changes: [] }]
    if (after === undefined) return [{ name, kind: 'removed', changes: [] }]
    const changes = [...diffValues([], before, after)]
    return changes.length === 0 ? [] : [{ name, kind: 'changed', changes }]
  })
}

/** A list differs as a whole: which of its items became which is anybody's guess. */
function* diffValues(path: readonly string[], old: Json, next: Json): Generator<Change> {
  if (!isJsonObject(old) || !isJsonObject(next)) {
    if (!isDeepStrictEqual(old, next)) yield { path, old, new: next }
    return
  }
  for (const key of [...new Set([...Object.keys(old), ...Object.keys(next)])].toSorted()) {
    const at = [...path, key]
    const before = old[key]
    const after = next[key]
    if (before === undefined && after !== undefined) yield { path: at, new: after }
    else if (before !== undefined && after === undefined) yield { path: at, old: before }
    else if (before !== undefined && after !== undefined) yield* diffValues(at, before, after)
  }
}
