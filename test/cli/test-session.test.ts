// Runs of tests in this process, over one compiler: what is told of faults, and what is done anew after a change.
import { cp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { compilePolicies } from '../../src/cli/build/compile-policies.ts'
import { TestFolderReader } from '../../src/cli/test/test-folder.ts'
import { judgeTrials, type Trial } from '../../src/cli/test/test-judge.ts'
import { sampleResult } from '../../src/cli/test/test-sample-result.ts'
import { readSamples } from '../../src/cli/test/test-samples.ts'
import { type TestRun, type TestRunOptions, TestSession } from '../../src/cli/test/test-session.ts'
import { type Compiler, loadCompiler } from '../../src/compiler/compiler.ts'
import { locateCompiler } from '../../src/compiler/locate-compiler.ts'
import { nodeHost } from '../../src/host/host.ts'
import { createSourceFile } from '../../src/source/source-file.ts'
import { useCheckFolder } from '../support/check-folder.ts'
import { DEMO_BUNDLE, demoPod, demoPolicy } from '../support/demo-policy.ts'
import { hasCompiler } from '../support/has-compiler.ts'
import { POLICIES } from '../support/policies.ts'
import { ROOT } from '../support/portcullis.ts'

const HOST = nodeHost()
const NOW = new Date('2026-01-01T00:00:00Z')
const SUITE = 'apiVersion: portcullis.dev/v1\nkind: Suite\ncases:\n'

describe.skipIf(!hasCompiler('runs of tests'))('a run', () => {
  const { path, put } = useCheckFolder()
  let compiler: Compiler
  beforeAll(async () => {
    compiler = await loadCompiler(locateCompiler())
  })

  async function demo(files: Readonly<Record<string, string>> = {}): Promise<void> {
    await put('demo/policy.rego', demoPolicy())
    for (const [name, text] of Object.entries(files)) await put(name, text)
  }

  async function runOnce(options: TestRunOptions = { coverage: false }): Promise<TestRun> {
    const reader = new TestFolderReader(path(), HOST)
    return new TestSession(compiler, options).run(await reader.read(), NOW)
  }

  function faultsOf({ diagnostics }: TestRun): readonly string[] {
    return diagnostics.map(({ code, message }) => `${code}: ${message}`)
  }

  function outcomesOf({ results }: TestRun): readonly string[] {
    return results.map(({ kind, name, outcome }) => `${outcome} ${kind} ${name}`)
  }

  describe('tells what it cannot make a test of', () => {
    test.each<[string, Record<string, string>, string]>([
      [
        'a sample without an expectation',
        { 'demo/samples/pod.yaml': demoPod() },
        'test/invalid-sample: the name of `samples/pod.yaml` does not begin with `allowed-` or `denied-`',
      ],
      [
        'a sample of two objects',
        { 'demo/samples/denied-a.yaml': `${demoPod()}---\n${demoPod()}` },
        'test/invalid-sample',
      ],
      [
        'a sample of a list with two objects',
        {
          'demo/samples/denied-a.json': JSON.stringify({
            apiVersion: 'v1',
            kind: 'List',
            items: [1, 2].map(() => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } })),
          }),
        },
        'test/invalid-sample: `samples/denied-a.json` holds 2 objects, expected one',
      ],
      ['an empty sample', { 'demo/samples/allowed-a.yaml': '# later\n' }, 'test/invalid-sample'],
      [
        'samples without a policy',
        { 'dmeo/samples/allowed-a.yaml': demoPod() },
        'test/invalid-sample: samples without a policy: there is no `dmeo/policy.rego` for them',
      ],
      [
        'samples at the top',
        { 'samples/allowed-a.yaml': demoPod() },
        'test/invalid-sample: samples without a policy: there is no `<name>/policy.rego` for them',
      ],
      [
        'parameters of samples that the policy does not have',
        {
          'demo/samples/parameters.yaml': 'words: [a]\n',
          'demo/samples/allowed-a.yaml': demoPod(),
        },
        'bundle/unknown-parameter: `words` is not a parameter of policy `demo`',
      ],
      [
        'parameters of samples that are no map',
        { 'demo/samples/parameters.yaml': '- a\n', 'demo/samples/allowed-a.yaml': demoPod() },
        'test/invalid-sample: the parameters of samples are not a map',
      ],
      [
        'a suite by another name',
        { 'suites.yaml': `${SUITE}  - { name: a, object: {} }\n` },
        'test/invalid-suite: a suite lies in `suite.yaml`, or in a file whose name ends in `.suite.yaml`',
      ],
      [
        'a suite that names an object that is not there',
        { 'suite.yaml': `${SUITE}  - { name: a, object: gone.yaml, policy: demo }\n` },
        'test/unknown-reference: there is no file `gone.yaml`',
      ],
      [
        'a suite that names a policy that is not there',
        {
          'suite.yaml': `${SUITE}  - { name: a, object: pod.yaml, policy: dmeo }\n`,
          'pod.yaml': demoPod(),
        },
        'test/unknown-reference: there is no policy `dmeo`',
      ],
      [
        'a suite that names a binding that is not there',
        {
          'bundle.yaml': DEMO_BUNDLE,
          'suite.yaml': `${SUITE}  - { name: a, object: pod.yaml, binding: al }\n`,
          'pod.yaml': demoPod(),
        },
        'test/unknown-reference: `al` is not a binding of bundle.yaml',
      ],
      [
        'a suite for bindings where there are none',
        {
          'suite.yaml': `${SUITE}  - { name: a, object: pod.yaml }\n`,
          'pod.yaml': demoPod(),
        },
        'test/unknown-reference: the case names no `policy`, and there is no bundle.yaml to judge by',
      ],
      [
        'parameters of a case that the policy does not take',
        {
          'suite.yaml': `${SUITE}  - { name: a, object: pod.yaml, policy: demo, parameters: { word: 1 } }\n`,
          'pod.yaml': demoPod(),
        },
        'bundle/invalid-parameter',
      ],
      [
        'an object of a suite that is a review',
        {
          'suite.yaml': `${SUITE}  - { name: a, review: pod.yaml, policy: demo }\n`,
          'pod.yaml': demoPod(),
        },
        'test/invalid-suite: `review` is not an AdmissionReview',
      ],
      [
        'an object of a suite that is two',
        {
          'suite.yaml': `${SUITE}  - { name: a, object: pod.yaml, policy: demo }\n`,
          'pod.yaml': `${demoPod()}---\n${demoPod()}`,
        },
        'test/invalid-suite: `pod.yaml` holds 2 objects, expected one',
      ],
      [
        'a bundle.yaml with a fault, where a suite needs it',
        {
          'bundle.yaml': DEMO_BUNDLE.replace('policy: demo', 'policy: demon'),
          'suite.yaml': `${SUITE}  - { name: a, object: {}, expect: { verdict: allowed } }\n`,
        },
        'bundle/unknown-policy',
      ],
      [
        'data that is no YAML',
        { 'data.yaml': 'a: [\n', 'demo/a_test.rego': 'package demo_test\n\ntest_a if true\n' },
        'yaml/syntax',
      ],
      [
        'Rego that does not parse',
        { 'demo/a_test.rego': 'package demo_test\n\ntest_a if\n' },
        'rego/',
      ],
    ])('%s', async (_what, files, fault) => {
      await demo(files)
      const run = await runOnce()
      expect(run.diagnostics.filter(({ severity }) => severity === 'error')).not.toEqual([])
      expect(faultsOf(run)).toContainEqual(expect.stringMatching(new RegExp(`^${escape(fault)}`)))
    })
  })

  test('a bad case leaves the others of its suite to be judged', async () => {
    await demo({
      'pod.yaml': demoPod(),
      'suite.yaml': `${SUITE}  - { name: a, object: gone.yaml, policy: demo }
  - { name: b, object: pod.yaml, policy: demo, expect: { verdict: denied } }
`,
    })
    const run = await runOnce()
    expect(outcomesOf(run)).toEqual(['pass suite b'])
    expect(faultsOf(run)).toHaveLength(1)
  })

  describe('a case', () => {
    async function judge(...lines: readonly string[]): Promise<readonly string[]> {
      const cases = lines.map((each, index) => `  - { name: case ${index}, ${each} }\n`)
      await demo({
        'bundle.yaml': DEMO_BUNDLE,
        'objects/pod.yaml': demoPod(),
        'suite.yaml': `${SUITE}${cases.join('')}`,
      })
      const run = await runOnce()
      expect(faultsOf(run)).toEqual([])
      return run.results.map(({ outcome, complaints }) =>
        [outcome, ...complaints.map(({ message }) => message)].join(': '),
      )
    }

    test('is judged by all bindings, by one, or by a policy with parameters', async () => {
      const pod = 'object: objects/pod.yaml'
      const labels = 'namespaceLabels: { environment: production }'
      const bad = '{ path: "metadata.labels[bad]", message: ^is bad$ }'
      expect(
        await judge(
          `${pod}, namespaceLabels: {}, expect: { verdict: denied, violations: [${bad}] }`,
          `${pod}, ${labels}, binding: production, expect: { verdict: allowed, violations: 0 }`,
          `object: { apiVersion: v1, kind: Pod, metadata: { name: a, namespace: shop, labels: { bad: later } } }, ${labels}, expect: { verdict: allowed, violations: [{ binding: production }] }`,
          `${pod}, policy: demo, expect: { verdict: denied }`,
          `${pod}, policy: demo, parameters: { word: other }, expect: { verdict: allowed }`,
          `${pod}, binding: all, operation: CONNECT, subresource: exec, expect: { verdict: skipped }`,
        ),
      ).toEqual(['pass', 'pass', 'pass', 'pass', 'pass', 'pass'])
    })

    test('fails where it expects nothing, or what does not come', async () => {
      const pod = 'object: objects/pod.yaml, policy: demo'
      expect(
        await judge(
          pod,
          `${pod}, expect: { verdict: allowed }`,
          `${pod}, expect: { violations: 2 }`,
          `${pod}, expect: { violations: [{ path: metadata }] }`,
          `${pod}, expect: { verdict: denied, violations: [] }`,
          `${pod}, subresource: exec, operation: CONNECT, expect: { verdict: allowed }`,
        ),
      ).toEqual([
        'fail: expects nothing, and is denied',
        'fail: is denied, expected allowed',
        'fail: has 1 violation, expected 2',
        'fail: lacks 1 violation that is expected, has 1 violation that is not expected',
        'fail: has 1 violation that is not expected',
        'fail: is skipped, expected allowed',
      ])
    })

    test('has no violation that an exception lets pass', async () => {
      const exceptions = `  exceptions:
    - name: for-now
      binding: all
      match: { namespaces: [shop] }
      owner: team-a
      reason: goes soon
      expires: 2026-01-01
`
      await demo({
        'bundle.yaml': `${DEMO_BUNDLE}${exceptions}`,
        'pod.yaml': demoPod(),
        'elsewhere.yaml': demoPod('yes', 'other'),
        'suite.yaml': `${SUITE}  - { name: a, object: pod.yaml, binding: all, expect: { verdict: allowed, violations: 0 } }
  - { name: b, object: elsewhere.yaml, binding: all, expect: { verdict: denied } }
`,
      })
      expect(outcomesOf(await runOnce())).toEqual(['pass suite a', 'pass suite b'])
    })

    test('is an error where the labels of its namespace decide and are not said', async () => {
      expect(await judge('object: objects/pod.yaml, expect: { verdict: denied }')).toEqual([
        expect.stringMatching(/^error: .*needs the labels of namespace `shop`/),
      ])
    })
  })

  test('a sample of which the policy cannot be evaluated is an error, whatever it expects', async () => {
    const conflict = 'limit := 1 if input.request\n\nlimit := 2 if input.request\n'
    const policy = demoPolicy(
      'demo',
      `\nviolation contains {"msg": "x"} if limit > 5\n\n${conflict}`,
    )
    await demo({ 'demo/policy.rego': policy, 'demo/samples/denied-a.yaml': demoPod() })
    const run = await runOnce()
    expect(outcomesOf(run)).toEqual(['error sample samples/denied-a.yaml'])
  })

  test('a policy whose module and interpreter differ is an error, with what each finds', () => {
    const compile = (text: string) =>
      compilePolicies(
        { directory: 'p', files: [createSourceFile('p/demo/policy.rego', text)] },
        compiler,
      )
    const module = compile(demoPolicy())
    // As if the module were of other Rego.
    const interpreter = compile(demoPolicy().replace('is bad', 'is worse')).rego
    const file = createSourceFile('p/demo/samples/denied-a.yaml', demoPod())
    const [sample] = readSamples('p', [file], module.policies).samples
    if (sample === undefined) throw new Error('no sample')
    const judge = (trial: Trial, rego = interpreter) =>
      judgeTrials([trial], {
        compiled: { ...module, rego },
        exceptions: [],
        compiler,
        now: NOW,
      }).judgements?.[0]
    const [same, other] = [judge(sample.trial, module.rego), judge(sample.trial)]
    if (same === undefined || other === undefined) throw new Error('not judged')
    expect(sampleResult(sample, same).outcome).toBe('pass')
    expect(sampleResult(sample, other)).toMatchObject({
      outcome: 'error',
      complaints: [
        {
          message:
            "the compiled module (-) and OPA's interpreter (+) find different things by policy `demo`",
          notes: [
            { mark: '-', text: 'metadata.labels[bad]: is bad' },
            { mark: '+', text: 'metadata.labels[bad]: is worse' },
          ],
        },
      ],
    })
    const stopped = compile(
      `${demoPolicy()}\nviolation contains {"msg": x} if x := input.request.object.kind\n`.replace(
        '"msg": x',
        '"msg": [x]',
      ),
    ).rego
    expect(judge(sample.trial, stopped)?.disagreements).toMatchObject([
      { interpreter: expect.stringMatching(/^its result /) as string },
    ])
  })

  describe('after a change', () => {
    test('tells all, as if it had been done at once', async () => {
      await put('a/policy.rego', demoPolicy('a'))
      await put('b/policy.rego', demoPolicy('b'))
      await put(
        'a/a_test.rego',
        'package a_test\n\nimport data.a\n\ntest_a if count(a.violation) == 0\n',
      )
      await put(
        'b/b_test.rego',
        'package b_test\n\nimport data.b\n\ntest_b if count(b.violation) == 0\n',
      )
      await put('a/samples/denied-a.yaml', demoPod())
      await put('b/samples/denied-b.yaml', demoPod())
      const reader = new TestFolderReader(path(), HOST)
      const session = new TestSession(compiler, { coverage: false })
      const runAfter = async (name?: string, text?: string): Promise<readonly string[]> => {
        if (name !== undefined && text !== undefined) {
          await put(name, text)
          reader.forget((await reader.list()).filter((each) => each.endsWith(name)))
        }
        const again = session.run(await reader.read(), NOW)
        const anew = await runOnce()
        expect(faultsOf(again)).toEqual(faultsOf(anew))
        // Of a fault, those that it does not reach are known from before.
        if (faultsOf(anew).length === 0) expect(outcomesOf(again)).toEqual(outcomesOf(anew))
        return outcomesOf(again)
      }
      const all = [
        'pass rego test_a',
        'pass rego test_b',
        'pass sample samples/denied-a.yaml',
        'pass sample samples/denied-b.yaml',
      ]
      expect(await runAfter()).toEqual(all)
      const harmless = demoPolicy('a').replace('== input.parameters.word', '== "never"')
      expect(await runAfter('a/policy.rego', harmless)).toEqual(
        all.with(2, 'fail sample samples/denied-a.yaml'),
      )
      expect(await runAfter('a/policy.rego', 'package a\n\nviolation if\n')).not.toContain(all[0])
      expect(await runAfter('a/policy.rego', demoPolicy('a'))).toEqual(all)
      expect(await runAfter('b/samples/denied-b.yaml', demoPod('no'))).toEqual(
        all.with(3, 'fail sample samples/denied-b.yaml'),
      )
      // What `a` uses of `b` reaches `a`.
      const using = `package a_test\n\ntest_a if count(data.b.violation) == 0\n`
      expect(await runAfter('a/a_test.rego', using)).toHaveLength(4)
      const loud = `${demoPolicy('b')}\nviolation contains {"msg": "always"}\n`
      expect(await runAfter('b/policy.rego', loud)).toEqual([
        'fail rego test_a',
        'fail rego test_b',
        'pass sample samples/denied-a.yaml',
        'pass sample samples/denied-b.yaml',
      ])
    })
  })

  test('the suite that docs/testing.md shows passes', async () => {
    const page = await readFile(join(ROOT, 'docs/testing.md'), 'utf8')
    const suite = /^```yaml\n(.*?)^```/ms.exec(page)?.[1] ?? ''
    await cp(POLICIES, path(), { recursive: true, filter: (name) => !name.includes('samples') })
    await put('suite.yaml', suite)
    const run = await runOnce({
      coverage: false,
      pattern: { text: 'suite.yaml', accepts: (name) => name.includes('suite.yaml') },
    })
    expect(faultsOf(run)).toEqual([])
    expect(run.results.flatMap(({ complaints }) => complaints)).toEqual([])
    expect(outcomesOf(run)).toHaveLength(3)
  })

  test('--run finds tests by name, of each kind', async () => {
    await demo({
      'demo/a_test.rego': 'package demo_test\n\ntest_a if true\n\ntest_b if true\n',
      'demo/samples/denied-a.yaml': demoPod(),
      'demo/samples/allowed-b.yaml': demoPod('no'),
      'pod.yaml': demoPod(),
      'suite.yaml': `${SUITE}  - { name: case a, object: pod.yaml, policy: demo, expect: { verdict: denied } }\n`,
    })
    const run = async (text: string): Promise<readonly string[]> =>
      outcomesOf(
        await runOnce({
          coverage: false,
          pattern: { text, accepts: (name) => new RegExp(text).test(name) },
        }),
      )
    expect(await run('a$')).toEqual(['pass rego test_a', 'pass suite case a'])
    expect(await run('samples/denied')).toEqual(['pass sample samples/denied-a.yaml'])
    expect(await run('data.demo_test')).toEqual(['pass rego test_a', 'pass rego test_b'])
    expect(await run('nothing')).toEqual([])
  })
})

function escape(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}
