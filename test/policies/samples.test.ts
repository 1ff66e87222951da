// Every sample, through the module of the bundle that is checked in and through OPA's interpreter: the verdict is the first
// word of its name, and the two agree.
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Binding, JsonObject, Policy } from '../../src/bundle/bundle.ts'
import { ParameterCheckers } from '../../src/bundle/parameter-checker.ts'
import { loadCompiler } from '../../src/compiler/compiler.ts'
import { locateCompiler } from '../../src/compiler/locate-compiler.ts'
import { readResources } from '../../src/kubernetes/read-resources.ts'
import { toReview } from '../../src/kubernetes/to-review.ts'
import { DEFAULT_ENGINE_OPTIONS } from '../../src/policy/engine-options.ts'
import { loadEngine } from '../../src/policy/engine.ts'
import type { Outcome } from '../../src/policy/outcome.ts'
import { createSourceFile } from '../../src/source/source-file.ts'
import { readYaml } from '../../src/yaml/read-yaml.ts'
import { toJson } from '../../src/yaml/json-writer.ts'
import { hasCompiler } from '../support/has-compiler.ts'
import { checkedInBundle, POLICIES, policySources } from '../support/policies.ts'

interface Sample {
  /** `host-network/samples/denied-….yaml` */
  readonly name: string
  readonly verdict: string
  readonly policy: Policy
  readonly parameters: JsonObject
  /** The AdmissionReview as JSON. */
  readonly review: Uint8Array
}

const bundle = checkedInBundle()
const samples = bundle.policies.flatMap(samplesOf)

function samplesOf(policy: Policy): Sample[] {
  const folder = join(POLICIES, policy.name, 'samples')
  const names = readdirSync(folder)
  const common = names.includes('parameters.yaml')
    ? readDocument(join(folder, 'parameters.yaml')).value
    : {}
  return names
    .filter((name) => name !== 'parameters.yaml')
    .map((name) => {
      const document = readDocument(join(folder, name))
      const value = document.value as { kind?: string; parameters?: JsonObject }
      return {
        name: `${policy.name}/samples/${name}`,
        verdict: basename(name).split('-')[0] ?? '',
        policy,
        parameters: withDefaults(policy, value.parameters ?? (common as JsonObject)),
        review: reviewOf(join(folder, name), value.kind, document.json),
      }
    })
}

function readDocument(path: string): { value: unknown; json: string } {
  const { documents, diagnostics } = readYaml(createSourceFile(path, readFileSync(path, 'utf8')))
  const [document, ...others] = documents
  if (document?.root === undefined || others.length > 0 || diagnostics.length > 0) {
    throw new Error(`${path} is not one readable document`)
  }
  return { value: document.value, json: toJson(document.root) }
}

function reviewOf(path: string, kind: string | undefined, json: string): Uint8Array {
  if (kind === 'AdmissionReview') return new TextEncoder().encode(json)
  const { resources } = readResources(createSourceFile(path, readFileSync(path, 'utf8')))
  const [resource] = resources
  if (resource === undefined) throw new Error(`${path} holds no object`)
  return toReview(resource, { operation: 'CREATE' }).bytes
}

function withDefaults(policy: Policy, given: JsonObject): JsonObject {
  const file = createSourceFile(policy.name, JSON.stringify(policy.parameterSchema))
  const [document] = readYaml(file).documents
  if (document?.root === undefined) throw new Error(`${policy.name} has no parameter schema`)
  const place = { file, root: document.root, path: [] }
  const { checker } = new ParameterCheckers().compile(policy.name, policy.parameterSchema, place)
  const checked = checker?.check(given)
  // What the schema refuses never reaches a policy; a sample may show that it would be denied all the same.
  return checked !== undefined && 'parameters' in checked ? checked.parameters : given
}

test('each policy has samples of both verdicts', () => {
  for (const policy of bundle.policies) {
    const verdicts = samples.filter((each) => each.policy === policy).map((each) => each.verdict)
    expect(new Set(verdicts)).toEqual(new Set(['allowed', 'denied']))
  }
  expect(samples.length).toBeGreaterThan(200)
})

describe('a sample’s verdict by the compiled module', () => {
  const bindings = samples.map((sample, index): Binding => ({
    name: `sample-${index}`,
    policy: sample.policy,
    match: {},
    parameters: sample.parameters,
    validationActions: ['Deny'],
    failurePolicy: 'Fail',
  }))
  const { engine } = loadEngine({ ...bundle, bindings }, DEFAULT_ENGINE_OPTIONS)

  test.each(samples.map((sample, index) => [sample.name, sample, index] as const))(
    '%s',
    (_name, sample, index) => {
      const outcome = run(sample, index)
      if (outcome.kind !== 'evaluated') throw new Error(JSON.stringify(outcome))
      const messages = outcome.violations.map((each) => each.message)
      expect({ verdict: messages.length === 0 ? 'allowed' : 'denied', messages }).toMatchObject({
        verdict: sample.verdict,
      })
      found.set(sample.name, messages.toSorted(byText))
    },
  )

  function run(sample: Sample, index: number): Outcome {
    const binding = bindings[index]
    if (engine === undefined || binding === undefined) throw new Error('no engine')
    const evaluation = engine.evaluate({
      review: sample.review,
      namespaceObject: () => undefined,
      now: new Date(0),
    })
    try {
      return evaluation.run(binding)
    } finally {
      evaluation.end()
    }
  }
})

const found = new Map<string, readonly string[]>()

describe.skipIf(!hasCompiler('samples by OPA’s interpreter'))('OPA’s interpreter', () => {
  test('finds the same in every sample as the module', async () => {
    const compiler = await loadCompiler(locateCompiler())
    const sources = policySources().filter((each) => !each.path.endsWith('_test.rego'))
    for (const policy of bundle.policies) {
      const own = samples.filter((each) => each.policy === policy)
      const inputs = own.map((each) => ({
        ...(JSON.parse(new TextDecoder().decode(each.review)) as object),
        parameters: each.parameters,
      }))
      const rule = `data.${policy.entrypoint.replace('/', '.')}`
      const answer = compiler.evaluate({
        sources,
        data: { inputs },
        query: `answers := [msgs | some one in data.inputs; msgs := [v.msg | some v in ${rule}] with input as one]`,
      })
      expect(answer.diagnostics).toEqual([])
      const answers = answer.results[0]?.bindings?.['answers'] as string[][]
      for (const [index, sample] of own.entries()) {
        expect([sample.name, answers[index]?.toSorted(byText)]).toEqual([
          sample.name,
          found.get(sample.name),
        ])
      }
    }
  })
})

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
