// What an installation adds to the base, said once: as the parts of a kustomization, and applied by ourselves where everything
// is one stream.
import type { YamlMap, YamlValue } from '../../yaml/write-yaml.ts'
import type { Manifest } from './manifest.ts'

/** Operations of RFC 6902, those that are used. */
export interface PatchOperation {
  readonly op: 'add' | 'replace'
  /** A JSON pointer; `-` is behind a list's last item. */
  readonly path: string
  readonly value: YamlValue
}

export interface Patch {
  readonly kind: string
  readonly operations: readonly PatchOperation[]
}

export interface Overlay {
  /** Why anyone would take it, the first comment in its kustomization. */
  readonly about: string
  readonly manifests: readonly Manifest[]
  readonly patches: readonly Patch[]
  /** What only kustomize can do, with files that are made later. */
  readonly generators?: YamlMap
}

/** The manifests with those of the overlay, which the Deployment needs and so follows; patched. */
export function applyOverlay(
  manifests: readonly Manifest[],
  { manifests: added, patches }: Overlay,
): readonly Manifest[] {
  const at = manifests.findIndex(({ object }) => object['kind'] === 'Deployment')
  return manifests.toSpliced(at, 0, ...added).map(({ file, object }) => {
    const operations = patches
      .filter(({ kind }) => kind === object['kind'])
      .flatMap((each) => each.operations)
    return { file, object: operations.reduce(applyOperation, object) }
  })
}

function applyOperation(object: YamlMap, { path, value }: PatchOperation): YamlMap {
  const keys = path
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
  return setAt(object, keys, value) as YamlMap
}

function setAt(target: YamlValue, [key, ...rest]: readonly string[], value: YamlValue): YamlValue {
  if (key === undefined) return value
  if (Array.isArray(target)) {
    const items = target as readonly YamlValue[]
    return key === '-'
      ? [...items, value]
      : items.with(Number(key), setAt(items[Number(key)] ?? {}, rest, value))
  }
  const map = target as YamlMap
  return { ...map, [key]: setAt(map[key] ?? {}, rest, value) }
}
