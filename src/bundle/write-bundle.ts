import type { Exception, JsonObject, Policy } from './bundle.ts'
import { compress } from './compress.ts'
import { sha256 } from './gzip.ts'
import { API_VERSION } from './schema/definitions.ts'
import { writeTar } from './tar.ts'
import type { CompiledBundle, Manifest, WrittenBinding } from './validators.ts'

export interface BundleContent {
  readonly name: string
  readonly policies: readonly Policy[]
  /** As written in bundle.yaml: defaults are applied when the bundle is read. */
  readonly bindings: readonly WrittenBinding[]
  readonly exceptions?: readonly Exception[]
  readonly wasm: Uint8Array
  readonly data: JsonObject
  /** By entrypoint: METADATA as OPA's manifest has it. */
  readonly annotations?: ReadonlyMap<string, readonly JsonObject[]>
  /** 16 hex digits over the content where absent. */
  readonly revision?: string
}

/** Gives the archive's bytes: the same content, the same bytes, on every machine. */
export function writeBundle(content: BundleContent): Uint8Array {
  const policies = content.policies.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const members = new Map<string, Uint8Array>([
    ['data.json', encode(content.data)],
    ['policy.wasm', content.wasm],
    ['portcullis.json', encode(compiledBundle(content, policies))],
  ])
  const manifest = createManifest(content, policies)
  const revision = content.revision ?? hashMembers(members, encode(manifest))
  // First, so that a reader need not unpack the module to know what it has.
  const all = new Map([['.manifest', encode({ revision, ...manifest })], ...members])
  return compress(writeTar(all))
}

function compiledBundle(
  { name, bindings, exceptions = [] }: BundleContent,
  policies: readonly Policy[],
): CompiledBundle {
  return {
    apiVersion: API_VERSION,
    kind: 'CompiledBundle',
    generator: 'portcullis',
    metadata: { name },
    policies: policies.map((each) => ({
      name: each.name,
      entrypoint: each.entrypoint,
      title: each.title,
      description: each.description,
      severity: each.severity,
      remediation: each.remediation,
      resources: each.resources,
      relatedResources: each.relatedResources,
      parameterSchema: each.parameterSchema,
      ...(each.sourceDigest === undefined ? {} : { sourceDigest: each.sourceDigest }),
    })),
    bindings,
    ...(exceptions.length === 0 ? {} : { exceptions }),
  }
}

function createManifest(content: BundleContent, policies: readonly Policy[]): Manifest {
  return {
    roots: createRoots(content.data, policies),
    wasm: policies
      .map(({ entrypoint }) => {
        const annotations = content.annotations?.get(entrypoint) ?? []
        return {
          entrypoint,
          module: '/policy.wasm',
          ...(annotations.length === 0 ? {} : { annotations }),
        }
      })
      .toSorted((a, b) => (a.entrypoint < b.entrypoint ? -1 : 1)),
    rego_version: 1,
  }
}

/** What the bundle owns below `data`; OPA refuses roots of which one contains another. */
function createRoots(data: JsonObject, policies: readonly Policy[]): string[] {
  const paths = [
    ...policies.map(({ entrypoint }) => entrypoint.slice(0, entrypoint.lastIndexOf('/'))),
    ...Object.keys(data),
  ]
  return [...new Set(paths)]
    .filter((path) => !paths.some((other) => path.startsWith(`${other}/`)))
    .toSorted()
}

function hashMembers(members: ReadonlyMap<string, Uint8Array>, manifest: Uint8Array): string {
  const hashes = [...members.values(), manifest].map(sha256)
  return Buffer.from(sha256(Buffer.concat(hashes)))
    .toString('hex')
    .slice(0, 16)
}

function encode(value: unknown): Uint8Array {
  return Buffer.from(`${JSON.stringify(value)}\n`)
}
