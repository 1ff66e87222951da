// `portcullis test` as a user runs it.
import { spawn } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { TestReport } from '../../src/cli/test/test-report.ts'
import { useCheckFolder } from '../support/check-folder.ts'
import { DEMO_BUNDLE, demoPod, demoPolicy } from '../support/demo-policy.ts'
import { hasCompiler } from '../support/has-compiler.ts'
import { MAIN, portcullis, type Run } from '../support/portcullis.ts'
import { junitAssert, parseXml } from '../support/report-schemas.ts'

const SUITE = 'apiVersion: portcullis.dev/v1\nkind: Suite\ncases:\n'
const assertJunit = junitAssert('JUnit reports of `test` against Jenkins’ schema')

describe.skipIf(!hasCompiler('test'))('test', () => {
  const { path, put } = useCheckFolder()

  async function demo(files: Readonly<Record<string, string>> = {}): Promise<void> {
    await put('policies/demo/policy.rego', demoPolicy())
    for (const [name, text] of Object.entries(files)) await put(`policies/${name}`, text)
  }

  const run = (...args: readonly string[]): Promise<Run> =>
    portcullis(['test', ...args], { cwd: path() })
  const read = (name: string): Promise<string> => readFile(join(path(), name), 'utf8')

  const PASSING = {
    'bundle.yaml': DEMO_BUNDLE,
    'demo/policy_test.rego': `package demo_test

import data.demo

test_good_is_allowed if count(demo.violation) == 0 with input as {"request": {"object": {}}}
`,
    'demo/samples/denied-bad.yaml': demoPod(),
    'demo/samples/allowed-good.yaml': demoPod('no'),
    'suite.yaml': `${SUITE}  # the only one
  - name: bad
    object: objects/pod.yaml
    policy: demo
    expect: { verdict: denied, violations: [{ path: 'metadata.labels[bad]' }] }
`,
    'objects/pod.yaml': demoPod(),
  }

  describe('all that passes ends with 0', () => {
    test('and sums by kind', async () => {
      await demo(PASSING)
      expect(await run()).toEqual({
        code: 0,
        stdout: 'rego tests: 1 passed; samples: 2 passed; suite cases: 1 passed\n',
        stderr: '',
      })
    })

    test('unless too few lines are covered, which ends with 1', async () => {
      await demo(PASSING)
      const coverage = ['--coverage', 'text', '--coverage', 'lcov=out/lcov.info']
      const over = await run(...coverage, '--coverage-threshold', '50')
      expect(over).toMatchObject({ code: 0, stderr: '' })
      expect(over.stdout).toContain('policies/demo/policy.rego')
      const lcov = await read('out/lcov.info')
      expect(lcov).toMatch(/^TN:\nSF:policies\/demo\/policy\.rego\n(?:DA:\d+,[01]\n)+LF:2\nLH:1\n/)
      expect(lcov.match(/^DA:\d+,1$/gm)).toHaveLength(1)
      expect(lcov.match(/^DA:\d+,0$/gm)).toHaveLength(1)
      const under = await run('--coverage-threshold', '50.01')
      expect(under).toMatchObject({
        code: 1,
        stderr: 'portcullis: 50.00 % of the lines are covered, expected 50.01 %\n',
      })
    })
  })

  test('what fails ends with 1, and every output tells the same', async () => {
    await demo({
      ...PASSING,
      'demo/more_test.rego': `package demo_test

import data.demo

test_bad_is_denied if {
	object := {"metadata": {"labels": {"bad": "yes"}}}
	found := demo.violation with input as {"request": {"object": object}, "parameters": {"word": "yes"}}
	print("found", count(found))
	count(found) == 2
}

todo_test_later if false
`,
      'demo/samples/allowed-bad.yaml': demoPod(),
      'objects/other.suite.yaml': `${SUITE}  - name: nothing is expected
    object: pod.yaml
    policy: demo
  - name: by bindings
    namespaceLabels: {}
    object: pod.yaml
    expect:
      verdict: allowed
      violations: 1
`,
    })
    const outputs = [
      '-o',
      'text',
      '-o',
      'json=r.json',
      '-o',
      'junit=j.xml',
      '--coverage',
      'json=c.json',
    ]
    const { code, stdout, stderr } = await run(...outputs)
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
    expect(stdout).toMatchInlineSnapshot(`
      "fail[rego]: data.demo_test.test_bad_is_denied: this expression is never true
       --> policies/demo/more_test.rego:9:2
        |
      9 |     count(found) == 2
        |     ^^^^^^^^^^^^^^^^^
        = count(found): 1
        = found: {{"msg": "is bad", "path": ["metadata", "labels", "bad"]}}

        printed:
          found 1

      fail[sample]: demo/samples/allowed-bad.yaml: is denied, expected allowed
       --> policies/demo/samples/allowed-bad.yaml:3:54
        |
      3 | metadata: { name: a, namespace: shop, labels: { bad: "yes" } }
        |                                                      ^^^^^
        + metadata.labels[bad]: is bad

      fail[suite]: policies/objects/other.suite.yaml: nothing is expected: expects nothing, and is denied
       --> policies/objects/other.suite.yaml:4:11
        |
      4 |   - name: nothing is expected
        |           ^^^^^^^^^^^^^^^^^^^
        + metadata.labels[bad]: is bad
        = help: \`--update\` writes down what comes of it

      fail[suite]: policies/objects/other.suite.yaml: by bindings: is denied, expected allowed
        --> policies/objects/other.suite.yaml:11:16
         |
      11 |       verdict: allowed
         |                ^^^^^^^
         + metadata.labels[bad]: is bad

      rego tests: 1 passed, 1 failed, 1 skipped; samples: 2 passed, 1 failed; suite cases: 1 passed, 2 failed
      "
    `)
    const report = JSON.parse(await read('r.json')) as TestReport
    expect(report.summary).toEqual({
      rego: { passed: 1, failed: 1, skipped: 1, errors: 0 },
      sample: { passed: 2, failed: 1, skipped: 0, errors: 0 },
      suite: { passed: 1, failed: 2, skipped: 0, errors: 0 },
    })
    expect(report.coverage).toEqual(JSON.parse(await read('c.json')))
    const junit = await read('j.xml')
    assertJunit?.(junit)
    const document = parseXml(junit)
    expect(document.find('//testcase')).toHaveLength(report.results.length)
    expect(document.find('//testcase[failure]')).toHaveLength(4)
    expect(document.get('/testsuites/@failures')?.content).toBe('4')
  })

  describe('what cannot be tested ends with 2', () => {
    test('no policy, no test, no test by that name', async () => {
      await put('policies/README.md', '# none yet\n')
      expect(await run()).toMatchObject({ code: 2, stdout: '' })
      await demo()
      expect(await run()).toEqual({
        code: 2,
        stdout: '',
        stderr: 'portcullis: there is no test below `policies`\n',
      })
      await put('policies/demo/samples/denied-bad.yaml', demoPod())
      expect(await run('--run', 'nothing')).toEqual({
        code: 2,
        stdout: '',
        stderr: 'portcullis: no test fits `nothing` below `policies`\n',
      })
    })

    test('tests that are all yet to be written', async () => {
      await demo({ 'demo/a_test.rego': 'package demo_test\n\ntodo_test_a if false\n' })
      expect(await run()).toMatchObject({
        code: 2,
        stdout: 'rego tests: 0 passed, 1 skipped\n',
        stderr: 'portcullis: there is no test below `policies`\n',
      })
    })

    test('a fault beside tests that pass', async () => {
      await demo({ ...PASSING, 'demo/samples/bad.yaml': demoPod() })
      const { code, stderr } = await run()
      expect(code).toBe(2)
      expect(stderr).toContain('error[test/invalid-sample]')
    })

    test.each([
      ['a folder that is not there', ['gone'], 'there is no directory `gone`'],
      ['a file', ['policies/demo/policy.rego'], 'is not a directory'],
      ['two folders', ['policies', 'policies'], ''],
      ['a format that there is not', ['-o', 'tap'], '`tap`'],
      ['two outputs to standard output', ['-o', 'text', '-o', 'junit'], 'standard output'],
      ['a report and its coverage there', ['-o', 'json', '--coverage', 'lcov'], 'standard output'],
      ['an expression that RE2 does not know', ['--run', '(?=a)'], 'RE2'],
      ['a threshold that is no share', ['--coverage-threshold', '101'], '0 to 100'],
      ['a threshold in words', ['--coverage-threshold', 'all'], '0 to 100'],
    ])('%s', async (_what, args, says) => {
      await demo()
      const { code, stdout, stderr } = await run(...args)
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
      expect(stderr).toContain(says)
    })

    test('an output that cannot be written', async () => {
      await demo(PASSING)
      await put('taken', '')
      const { code, stderr } = await run('-o', 'junit=taken/j.xml')
      expect(code).toBe(2)
      expect(stderr).toContain('cannot write `taken/j.xml`')
    })
  })

  test('--update writes into suites what came of their cases, and nothing else', async () => {
    const suite = `# kept
${SUITE}  - name: a # kept, too
    object: pod.yaml
    policy: demo
  - name: b
    object: pod.yaml
    policy: demo
    parameters: { word: other }
    expect: { verdict: denied } # wrong
`
    await demo({
      'suite.yaml': suite,
      'pod.yaml': demoPod(),
      'demo/samples/denied-a.yaml': demoPod(),
    })
    expect(await run('--update')).toEqual({
      code: 0,
      stdout: 'samples: 1 passed; suite cases: 2 passed\n',
      stderr: 'policies/suite.yaml: 2 cases updated\n',
    })
    expect(await read('policies/suite.yaml')).toBe(`# kept
${SUITE}  - name: a # kept, too
    object: pod.yaml
    policy: demo
    expect:
      verdict: denied
      violations:
        - message: '^is bad$'
          path: 'metadata.labels[bad]'
  - name: b
    object: pod.yaml
    policy: demo
    parameters: { word: other }
    expect: { verdict: allowed } # wrong
`)
    expect((await readdir(join(path(), 'policies'))).toSorted()).toEqual([
      'demo',
      'pod.yaml',
      'suite.yaml',
    ])
    expect(await run()).toMatchObject({ code: 0, stderr: '' })
  })

  test('--watch runs again at a change, goes on after a fault, and sees objects of suites', async () => {
    await demo({ ...PASSING, 'suite.yaml': PASSING['suite.yaml'].replace('objects', '../objects') })
    await put('objects/pod.yaml', demoPod())
    const child = spawn(process.execPath, [MAIN, 'test', '--watch'], { cwd: path() })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
    const after = (runs: number) =>
      expect
        .poll(() => stderr.split('waiting for changes\n').length - 1, { timeout: 100_000 })
        .toBe(runs)
    try {
      await after(1)
      expect(stdout).toContain('rego tests: 1 passed; samples: 2 passed; suite cases: 1 passed')
      await put('objects/pod.yaml', demoPod('no'))
      await after(2)
      expect(stdout).toContain('suite cases: 0 passed, 1 failed')
      await put('policies/demo/policy.rego', 'package demo\n\nviolation if\n')
      await after(3)
      expect(stderr).toContain('error[rego/')
      await put('policies/demo/policy.rego', demoPolicy())
      await put('objects/pod.yaml', demoPod())
      await expect
        .poll(() => stdout.trimEnd().split('\n').at(-1), { timeout: 100_000 })
        .toBe('rego tests: 1 passed; samples: 2 passed; suite cases: 1 passed')
      child.kill('SIGINT')
      expect(await ended).toBe(0)
    } finally {
      child.kill('SIGKILL')
    }
  }, 400_000)
})
