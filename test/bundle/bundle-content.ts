// A small bundle, and archives put together member by member as an attacker would.
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import type { Policy } from '../../src/bundle/bundle.ts'
import { type BundleContent, writeBundle } from '../../src/bundle/write-bundle.ts'
import { testPolicy } from '../support/binding.ts'

/** An empty module: what the bundle layer needs of one. */
const EMPTY_MODULE: Uint8Array = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0, 0, 0)

export const LABELS_POLICY: Policy = testPolicy({
  name: 'required-labels',
  entrypoint: 'required_labels/violation',
  resources: ['pods', 'apps/deployments'],
  parameterSchema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      labels: {
        type: 'array',
        minItems: 1,
        default: [{ key: 'owner' }],
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['key'],
          properties: {
            key: { type: 'string', pattern: '^[a-z./-]+$' },
            allowedRegex: { type: 'string', format: 'regex' },
            optional: { type: 'boolean', default: false },
          },
        },
      },
    },
  },
})

const HOST_NETWORK_POLICY = testPolicy({
  parameterSchema: { type: 'object', additionalProperties: false },
})

export function bundleContent(overrides: Partial<BundleContent> = {}): BundleContent {
  return {
    name: 'baseline',
    policies: [LABELS_POLICY, HOST_NETWORK_POLICY],
    bindings: [
      { name: 'no-host-network', policy: 'host-network' },
      {
        name: 'production-owner',
        policy: 'required-labels',
        match: { namespaceSelector: { matchLabels: { environment: 'production' } } },
        parameters: { labels: [{ key: 'team', allowedRegex: '^team-' }] },
        validationActions: ['Warn', 'Audit'],
        failurePolicy: 'Ignore',
      },
    ],
    wasm: EMPTY_MODULE,
    data: {},
    ...overrides,
  }
}

export function smallBundle(): Uint8Array {
  return writeBundle(bundleContent())
}

/** `opa build -t wasm -e host_network/violation policy.rego`, by OPA 1.22.0. */
export function opaBuilt(): Uint8Array {
  return readFileSync(new URL('fixtures/opa-build/bundle.tgz', import.meta.url))
}

export interface Member {
  readonly name: string
  readonly content?: string | Uint8Array
  readonly kind?: string
  readonly link?: string
  readonly size?: string
  readonly magic?: string
}

/** A tar header by hand, checksum included, so that only what a test says is wrong. */
export function tarMember({
  name,
  content = '',
  kind = '0',
  link = '',
  size,
  magic,
}: Member): Uint8Array {
  const bytes = Buffer.from(content)
  const header = Buffer.alloc(512)
  header.write(name, 0, 100, 'latin1')
  header.write('0000644\0', 100)
  header.write('0000000\0', 108)
  header.write('0000000\0', 116)
  header.write(size ?? `${bytes.length.toString(8).padStart(11, '0')}\0`, 124, 'latin1')
  header.write('00000000000\0', 136)
  header.write(kind, 156, 'latin1')
  header.write(link, 157)
  header.write(magic ?? 'ustar\u000000', 257)
  header.fill(' ', 148, 156)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return Buffer.concat([header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)])
}

export function tarOf(members: readonly Member[]): Buffer {
  return Buffer.concat([...members.map(tarMember), Buffer.alloc(1024)])
}

/** A gzip tar as `tar czf` makes it, without our checksum. */
export function foreignArchive(members: readonly Member[]): Uint8Array {
  return gzipSync(tarOf(members))
}

export const PORTCULLIS_JSON = {
  apiVersion: 'portcullis.dev/v1',
  kind: 'CompiledBundle',
  metadata: { name: 'foreign' },
  policies: [
    {
      name: 'host-network',
      entrypoint: 'host_network/violation',
      title: 'No host network',
      description: 'Pods stay off the network of their node.',
      severity: 'high',
      remediation: 'Remove hostNetwork.',
      resources: ['pods'],
    },
  ],
  bindings: [{ name: 'no-host-network', policy: 'host-network' }],
}

export const MANIFEST = {
  revision: '1',
  roots: ['host_network'],
  wasm: [{ entrypoint: 'host_network/violation', module: '/policy.wasm' }],
}

/** The members of a sound archive, each replaced by an override of its name; null leaves one out. */
export function foreignMembers(overrides: Readonly<Record<string, unknown>> = {}): Member[] {
  const contents: Record<string, unknown> = {
    '.manifest': MANIFEST,
    'policy.wasm': EMPTY_MODULE,
    'data.json': {},
    'portcullis.json': PORTCULLIS_JSON,
    ...overrides,
  }
  return Object.entries(contents).flatMap(([name, content]) => {
    if (content === null) return []
    const isRaw = typeof content === 'string' || content instanceof Uint8Array
    return [{ name, content: isRaw ? content : JSON.stringify(content, undefined, 2) }]
  })
}
