// Archives for the server to load, made by the product's own code from modules that are checked in: no compiler is needed.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Binding, Bundle, JsonObject, Policy } from '../../../src/bundle/bundle.ts'
import { readBundle } from '../../../src/bundle/read-bundle.ts'
import type { WrittenBinding } from '../../../src/bundle/validators.ts'
import { writeBundle } from '../../../src/bundle/write-bundle.ts'
import { testPolicy } from '../../support/bundle-parts.ts'

const PRODUCT = 'policies/bundle.tgz'
const FIXTURES = 'test/policy/fixtures/policies.wasm.gz'

/** Those of the pod. */
const CONTAINERS = ['shop-0', 'shop-1']

/** The product's bindings, everywhere, one after the other until there are enough. */
export function repeatBindings({ bindings }: Bundle, count: number): Binding[] {
  return Array.from({ length: count }, (_, i): Binding => {
    const binding = bindings[i % bindings.length]
    if (binding === undefined) throw new Error('a bundle without bindings')
    return { ...binding, name: `binding-${i}`, match: {} }
  })
}

export function readProduct(): Bundle {
  const { bundle, diagnostics } = readBundle(readFileSync(PRODUCT), PRODUCT)
  if (bundle === undefined) throw new Error(diagnostics.map((each) => each.message).join('\n'))
  return bundle
}

/** The product's policies with so many bindings. Gives the path. */
export function writeProductBundle(directory: string, count: number): string {
  const product = readProduct()
  const path = join(directory, `bundle-${count}.tgz`)
  const bindings = repeatBindings(product, count).map(toWritten)
  writeFileSync(path, writeBundle({ ...product, bindings }))
  return path
}

/** Four bindings that find nothing in the pod, and one that never ends. Gives the path. */
export function writeBurningBundle(directory: string): string {
  const containers = describePolicy('containers', { names: { items: { type: 'string' } } })
  const patterns = describePolicy('patterns', { pattern: { type: 'string' } })
  const loop = describePolicy('loop', {})
  const good = (index: number): WrittenBinding[] => [
    { name: `containers-${index}`, policy: containers.name, parameters: { names: CONTAINERS } },
    { name: `patterns-${index}`, policy: patterns.name, parameters: { pattern: '^[a-z0-9-]+$' } },
  ]
  const burning = { name: 'burning', policy: loop.name, match: { namespaces: ['burn-*'] } }
  const path = join(directory, 'bundle-burning.tgz')
  const archive = writeBundle({
    name: 'burning',
    policies: [containers, patterns, loop],
    bindings: [...good(0), burning, ...good(1)],
    wasm: new Uint8Array(gunzipSync(readFileSync(FIXTURES))),
    data: {},
  })
  writeFileSync(path, archive)
  return path
}

function describePolicy(name: string, properties: JsonObject): Policy {
  const parameterSchema = { type: 'object', additionalProperties: false, properties }
  return { ...testPolicy(name), parameterSchema }
}

function toWritten({ policy, ...binding }: Binding): WrittenBinding {
  return { ...binding, policy: policy.name }
}
