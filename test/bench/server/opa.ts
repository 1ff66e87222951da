// The same Rego in OPA's own server, wired up as OPA's documentation wires an admission controller: the rule `main` of package
// `system` gets the AdmissionReview posted to `/` and gives one back. Parameters go into the
// input, beside the request, for each binding; `with input.parameters as` takes OPA longer.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Binding } from '../../../src/bundle/bundle.ts'
import { readProduct, repeatBindings } from './bundles.ts'

const SOURCES = 'policies'
/** Where `.ci/run` puts it. */
const CACHED = join(homedir(), '.cache/portcullis/opa-v1.22.0/opa')

export interface Opa {
  readonly path: string
  readonly version: string
}

export function findOpa(): Opa | undefined {
  for (const path of ['opa', CACHED]) {
    const { status, stdout } = spawnSync(path, ['version'], { encoding: 'utf8' })
    if (status === 0) return { path, version: /Version: (\S+)/.exec(stdout)?.[1] ?? 'unknown' }
  }
  return undefined
}

/** Gives the path of a directory for `opa run` to load. */
export function writeOpaPolicies(directory: string, count: number): string {
  const product = readProduct()
  const root = join(directory, `opa-${count}`)
  mkdirSync(root)
  for (const name of ['lib', ...product.policies.map((each) => each.name)]) {
    const source = join(SOURCES, name)
    if (!existsSync(source)) throw new Error(`${source} is not there`)
    cpSync(source, join(root, name), {
      recursive: true,
      filter: (path) => !path.endsWith('_test.rego') && !path.endsWith('samples'),
    })
  }
  const rules = repeatBindings(product, count).map(describeBinding)
  writeFileSync(join(root, 'main.rego'), [MAIN, ...rules].join('\n'))
  return root
}

const MAIN = `package system

main := {"apiVersion": input.apiVersion, "kind": input.kind, "response": response}

response := {"uid": input.request.uid, "allowed": true} if count(messages) == 0

response := {"uid": input.request.uid, "allowed": false, "status": {"code": 403, "message": concat("\\n", messages)}} if {
	count(messages) > 0
}
`

function describeBinding({ name, policy, parameters }: Binding): string {
  const rule = policy.entrypoint.replaceAll('/', '.')
  return `messages contains sprintf("${name}: %s", [violation.msg]) if {
	some violation in data.${rule} with input as object.union(input, ${JSON.stringify({ parameters })})
}
`
}
