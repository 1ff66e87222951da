import { readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Compiler, loadCompiler } from '../../src/compiler/compiler.ts'
import { locateCompiler } from '../../src/compiler/locate-compiler.ts'
import { DEFAULT_ENGINE_OPTIONS } from '../../src/policy/engine-options.ts'
import { type Engine, loadEngine } from '../../src/policy/engine.ts'
import { hasCompiler } from '../support/has-compiler.ts'
import { checkedInBundle, POLICIES, policySources } from '../support/policies.ts'
import { portcullis } from '../support/portcullis.ts'
import { reviewBytes } from '../support/review.ts'

describe.skipIf(!hasCompiler('the policies’ Rego'))('the policies', () => {
  let compiler: Compiler
  beforeAll(async () => {
    compiler = await loadCompiler(locateCompiler())
  })

  test('pass their Rego unit tests', () => {
    const run = compiler.test(policySources(), { timeoutMs: 30_000 })
    expect(run.diagnostics).toEqual([])
    expect(run.results.filter((each) => each.outcome !== 'pass')).toEqual([])
    expect(run.results.length).toBeGreaterThan(100)
  })

  test('are formatted as OPA formats', () => {
    for (const source of policySources()) {
      expect({ path: source.path, text: compiler.format(source).text }).toEqual({
        path: source.path,
        text: source.text,
      })
    }
  })

  test('build to the very bytes of policies/bundle.tgz', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'portcullis-'))
    try {
      const output = join(folder, 'bundle.tgz')
      const { code, stderr } = await portcullis(['build', 'policies', '-o', output])
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      const built = await readFile(output)
      expect(built.equals(readFileSync(join(POLICIES, 'bundle.tgz')))).toBe(true)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  test('find the same in OPA’s interpreter and in the compiled module', () => {
    const bundle = checkedInBundle()
    const { engine } = loadEngine(bundle, DEFAULT_ENGINE_OPTIONS)
    if (engine === undefined) throw new Error('the default bundle does not load')
    const sources = policySources().filter((each) => !each.path.endsWith('_test.rego'))
    const reviews = fc
      .sample(request, { numRuns: 150, seed: 20_261_121 })
      .map((each) => reviewBytes(each))
    let faults = 0
    for (const { name, policy, parameters } of bundle.bindings) {
      const rule = `data.${policy.entrypoint.replace('/', '.')}`
      const inputs = reviews.map((bytes) => ({
        ...(JSON.parse(new TextDecoder().decode(bytes)) as object),
        parameters,
      }))
      const answer = compiler.evaluate({
        sources,
        data: { inputs },
        query: `answers := [msgs | some one in data.inputs; msgs := [v.msg | some v in ${rule}] with input as one]`,
      })
      expect(answer.diagnostics).toEqual([])
      const answers = answer.results[0]?.bindings?.['answers'] as string[][]
      expect(answers).toHaveLength(reviews.length)
      for (const [index, review] of reviews.entries()) {
        const messages = violationsOf(engine, review, name)
        faults += messages.length
        expect([index, messages]).toEqual([index, answers[index]?.toSorted(byText)])
      }
    }
    expect(faults).toBeGreaterThan(100)
  })
})

function violationsOf(engine: Engine, review: Uint8Array, name: string): string[] {
  const binding = engine.bundle.bindings.find((each) => each.name === name)
  if (binding === undefined) throw new Error(`no binding ${name}`)
  const evaluation = engine.evaluate({
    review,
    namespaceObject: () => undefined,
    now: new Date(0),
  })
  try {
    const outcome = evaluation.run(binding)
    if (outcome.kind !== 'evaluated') throw new Error(JSON.stringify(outcome))
    return outcome.violations.map((each) => each.message).toSorted(byText)
  } finally {
    evaluation.end()
  }
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

const odd = fc.constantFrom<unknown>(null, true, 0, '', 'x', [], {}, '1', -1)
const quantity = fc.constantFrom<unknown>(
  '100m',
  '1Gi',
  '0',
  '-1',
  '.5',
  '1e3',
  '1E',
  1,
  0.5,
  null,
  {},
)
const image = fc.constantFrom<unknown>(
  'registry.example.com/core/a:1',
  'REGISTRY.example.com/core/a',
  'registry.example.com.evil.io/core/a',
  'busybox@sha256:aa',
  'a//b',
  'кириллица/x',
)
const or = (arbitrary: fc.Arbitrary<unknown>) => fc.oneof({ weight: 6, arbitrary }, odd)
const container = fc.record(
  {
    name: or(fc.constantFrom('a', 'b"c')),
    image: or(image),
    resources: or(
      fc.record({
        limits: or(fc.record({ cpu: quantity, memory: quantity }, { requiredKeys: [] })),
      }),
    ),
  },
  { requiredKeys: [] },
)
const podSpec = fc.record(
  {
    containers: or(fc.array(or(container), { maxLength: 2 })),
    initContainers: or(fc.array(or(container), { maxLength: 2 })),
    volumes: or(
      fc.array(fc.record({ image: or(fc.record({ reference: image })) }), { maxLength: 2 }),
    ),
    hostNetwork: odd,
  },
  { requiredKeys: [] },
)
const pod = fc.record({
  apiVersion: fc.constant('v1'),
  kind: fc.constant('Pod'),
  metadata: fc.record({
    name: fc.constant('it'),
    labels: or(fc.record({ owner: or(fc.constantFrom('team-a', ' ', '\u200b')) })),
  }),
  spec: or(podSpec),
})
const request = fc.record({
  operation: fc.constantFrom('CREATE', 'UPDATE'),
  subResource: fc.constantFrom('', '', 'ephemeralcontainers', 'resize', 'status'),
  object: pod,
  oldObject: fc.oneof(fc.constant(null), pod),
})
