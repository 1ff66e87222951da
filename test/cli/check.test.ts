import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Report } from '../../src/report/report.ts'
import { REPORT_SCHEMA } from '../../src/report/report-schema.ts'
import { portcullis, type Run } from '../support/portcullis.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function put(name: string, text: string | Uint8Array): Promise<string> {
  const path = join(folder, name)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
  return path
}

function check(...args: string[]): Promise<Run> {
  return portcullis(['check', ...args], { cwd: folder })
}

async function report(...args: string[]): Promise<Report> {
  const { stdout } = await check('-o', 'json', '--unknown-namespace', 'skip', ...args)
  const parsed = JSON.parse(stdout) as Report
  const validate = new Ajv2020({ allowUnionTypes: true }).compile(REPORT_SCHEMA)
  expect(validate(parsed), JSON.stringify(validate.errors)).toBe(true)
  return parsed
}

const GOOD = `apiVersion: v1
kind: Pod
metadata: { name: good, namespace: quiet }
spec:
  containers:
    - name: app
      image: registry.example.com/core/app:1
      resources: { limits: { cpu: 100m, memory: 64Mi } }
`
const BAD = GOOD.replace('spec:', 'spec:\n  hostNetwork: true').replace('name: good', 'name: bad')

describe('exit codes', () => {
  test('0 where nothing is denied', async () => {
    const { code, stdout } = await check(
      '--unknown-namespace',
      'skip',
      await put('good.yaml', GOOD),
    )
    expect(stdout).toContain('1 resource, 4 bindings')
    expect(stdout).toContain('0 denied')
    expect(code).toBe(0)
  })

  test('1 where something is denied', async () => {
    const { code } = await check('--unknown-namespace', 'skip', await put('bad.yaml', BAD))
    expect(code).toBe(1)
  })

  test('2 where a selector needs a Namespace that nobody gave, with the cure', async () => {
    const { code, stderr, stdout } = await check(await put('good.yaml', GOOD))
    expect(stdout).toContain('error[evaluation/unknown-namespace]')
    expect(stderr).toContain('--namespaces FILE')
    expect(code).toBe(2)
  })

  test('match takes the strictest reading of an unknown Namespace', async () => {
    const { code, stdout } = await check(
      '--unknown-namespace',
      'match',
      await put('good.yaml', GOOD),
    )
    expect(stdout).toContain('deny[required-labels]')
    expect(code).toBe(1)
  })

  test('Namespaces count from a file, and from among the inputs', async () => {
    const namespace = (labels: string) =>
      `apiVersion: v1\nkind: Namespace\nmetadata: { name: quiet, labels: { ${labels} } }\n`
    const good = await put('good.yaml', GOOD)
    const quiet = await put('quiet.yaml', namespace('environment: test'))
    const production = await put('production.yaml', namespace('environment: production'))
    expect((await check('--namespaces', quiet, good)).code).toBe(0)
    expect((await check(good, quiet)).code).toBe(0)
    expect((await check('--namespaces', production, good)).code).toBe(1)
    expect((await check(good, production)).code).toBe(1)
  })

  describe('Namespaces of one name with different labels', () => {
    const namespace = (labels: string) =>
      `apiVersion: v1\nkind: Namespace\nmetadata: { name: quiet, labels: ${labels} }\n`

    test.each([
      ['production first', 'production', 'staging'],
      ['production last', 'staging', 'production'],
    ])('leave none of two environments unjudged: %s', async (_name, first, second) => {
      await put('a/namespace.yaml', namespace(`{ environment: ${first} }`))
      await put('b/namespace.yaml', namespace(`{ environment: ${second} }`))
      await put('b/good.yaml', GOOD)
      const { code, stdout } = await check('--unknown-namespace', 'skip', '.')
      expect(stdout).toContain('error[evaluation/unknown-namespace]')
      expect(stdout).toContain('check one environment at a time')
      expect(code).toBe(2)
      expect((await check('--unknown-namespace', 'match', '.')).code).toBe(1)
    })

    test('are no matter where no selector tells them apart', async () => {
      await put('a.yaml', namespace('{ environment: test, team: a }'))
      await put('b.yaml', namespace('{ environment: test, team: b }'))
      await put('good.yaml', GOOD)
      expect((await check('.')).code).toBe(0)
    })
  })

  test('a Namespace whose labels are no map fits every selector', async () => {
    await put(
      'x.yaml',
      `${GOOD}---\napiVersion: v1\nkind: Namespace\nmetadata: { name: quiet, labels: [a] }\n`,
    )
    expect((await check('x.yaml')).stdout).toContain('deny[required-labels]')
  })
})

describe('nothing is falsely green', () => {
  test.each([
    ['an empty file', ''],
    ['only comments', '# nothing\n---\n# here\n'],
    ['an empty List', 'apiVersion: v1\nkind: List\nitems: []\n'],
  ])('%s has no resources: exit 2', async (_name, text) => {
    const { code, stderr } = await check(await put('x.yaml', text))
    expect(stderr).toContain('there is no Kubernetes object')
    expect(code).toBe(2)
  })

  test.each([
    ['a document that is no object', `${GOOD}---\n- a list\n`, 'kubernetes/not-an-object'],
    [
      'a document without kind',
      `${GOOD}---\napiVersion: v1\nmetadata: {}\n`,
      'kubernetes/not-an-object',
    ],
    ['a document that does not parse', `${GOOD}---\na: [1\n---\n${GOOD}`, 'yaml/syntax'],
    ['a key twice', `${GOOD}  hostNetwork: false\n  hostNetwork: true\n`, 'yaml/duplicate-key'],
    ['a tab', 'apiVersion: v1\nkind: Pod\nspec:\n\thostNetwork: true\n', 'yaml/syntax'],
    ['an alias bomb', aliasBomb(), 'yaml/too-large'],
  ])('%s beside good ones: exit 2, with its place', async (_name, text, code) => {
    const path = await put('x.yaml', text)
    const found = await report(path)
    expect(found.errors).toMatchObject([{ code, file: path }])
    expect(found.errors[0]?.line).toBeGreaterThan(0)
    expect((await check('--unknown-namespace', 'skip', path)).code).toBe(2)
  })

  test('bytes that are not UTF-8: exit 2', async () => {
    const path = await put('x.yaml', Buffer.from([0x61, 0x3a, 0x20, 0xff]))
    expect((await check(path)).stderr).toContain('error[yaml/encoding]')
    expect((await check(path)).code).toBe(2)
  })

  test('a dot file in a folder is judged, as kubectl would apply it', async () => {
    await put('deploy/good.yaml', GOOD)
    await put('deploy/.bad.yaml', BAD)
    expect((await check('--unknown-namespace', 'skip', 'deploy')).code).toBe(1)
  })

  test('a directory that a glob fits is judged, as where a shell expands it', async () => {
    await put('deploy/good.yaml', GOOD)
    await put('deploy/sub/bad.yaml', BAD)
    expect((await check('--unknown-namespace', 'skip', 'deploy/*')).code).toBe(1)
  })

  test('a link to nowhere in a folder: exit 2', async () => {
    await put('deploy/good.yaml', GOOD)
    await symlink('nowhere', join(folder, 'deploy/bad.yaml'))
    const { code, stderr } = await check('--unknown-namespace', 'skip', 'deploy')
    expect(stderr).toContain('cannot read `deploy/bad.yaml`: no such file')
    expect(code).toBe(2)
  })

  test('a pipe in a folder: exit 2, not waited for', async () => {
    await put('deploy/good.yaml', GOOD)
    execFileSync('mkfifo', [join(folder, 'deploy/bad.yaml')])
    const { code, stderr } = await check('--unknown-namespace', 'skip', 'deploy')
    expect(stderr).toContain('cannot read `deploy/bad.yaml`: it is no regular file')
    expect(code).toBe(2)
  })

  test('a folder without manifests: exit 2', async () => {
    await put('folder/readme.txt', 'x')
    const { code, stderr } = await check(join(folder, 'folder'))
    expect(stderr).toContain('there is no .yaml, .yml or .json file below')
    expect(code).toBe(2)
  })

  test('a bundle without bindings does not load', async () => {
    await put('p/host-network/policy.rego', 'package host_network\n')
    await put(
      'p/bundle.yaml',
      'apiVersion: portcullis.dev/v1\nkind: Bundle\nmetadata: { name: x }\nspec: { bindings: [] }\n',
    )
    const { code } = await check('--bundle', join(folder, 'p'), await put('good.yaml', GOOD))
    expect(code).toBe(2)
  })
})

function aliasBomb(): string {
  const lines = ['a0: &a0 [x,x,x,x,x,x,x,x,x,x]']
  for (let i = 1; i < 12; i++) lines.push(`a${i}: &a${i} [${`*a${i - 1},`.repeat(10)}]`)
  return `${lines.join('\n')}\n`
}

describe('C2: what the API server reads, read alike', () => {
  test('standard input, with comments behind separators and empty documents', async () => {
    const stdin = `# rendered\n--- # first\n${BAD}---\n---\n# nothing\n--- \n${GOOD}...\n`
    const run = await portcullis(['check', '-o', 'json', '--unknown-namespace', 'skip', '-'], {
      stdin,
    })
    const parsed = JSON.parse(run.stdout) as Report
    expect(parsed.summary).toMatchObject({ resources: 2, deny: 1, errors: 0 })
    expect(parsed.findings).toMatchObject([{ file: '<stdin>', line: 7, column: 16 }])
  })

  test('CRLF and a byte order mark do not move a place', async () => {
    const plain = await report(await put('a.yaml', BAD))
    const dos = await report(await put('a.yaml', `\uFEFF${BAD.replaceAll('\n', '\r\n')}`))
    expect(dos.findings).toEqual(plain.findings)
    expect(plain.findings).toMatchObject([{ line: 5, column: 16, endLine: 5, endColumn: 20 }])
  })

  test('booleans of YAML 1.1 are booleans', async () => {
    const found = await report(await put('a.yaml', BAD.replace('true', 'yes')))
    expect(found.findings).toMatchObject([{ message: expect.stringContaining('true') as string }])
  })

  test('merge keys and anchors show their faults', async () => {
    const text = `apiVersion: v1
kind: Pod
metadata: { name: merged, namespace: quiet }
x-base: &base
  resources: { limits: { cpu: 100m, memory: "0" } }
spec:
  containers:
    - <<: *base
      name: app
      image: registry.example.com/core/app
`
    const { findings } = await report(await put('a.yaml', text))
    expect(findings).toMatchObject([
      {
        policy: 'container-limits',
        path: ['spec', 'containers', 0, 'resources', 'limits', 'memory'],
      },
    ])
  })

  test('a List, JSON and an AdmissionReview are judged object by object', async () => {
    const indented = BAD.trimEnd().replaceAll('\n', '\n    ')
    await put('all/list.yaml', `apiVersion: v1\nkind: List\nitems:\n  - ${indented}\n`)
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'j', namespace: 'quiet' },
      spec: { hostNetwork: true, containers: [] },
    }
    await put('all/pod.json', JSON.stringify(pod, undefined, 1))
    const { findings } = await report(join(folder, 'all'))
    expect(findings.map(({ file, line, policy }) => [file.split('/').pop(), line, policy])).toEqual(
      [
        ['list.yaml', 8, 'host-network'],
        ['pod.json', 9, 'host-network'],
      ],
    )
  })

  test('a missing field is placed at the nearest key above it', async () => {
    const text = GOOD.replace('      resources: { limits: { cpu: 100m, memory: 64Mi } }\n', '')
    const { findings } = await report(await put('a.yaml', text))
    // `- name: app`: the first token of the list's item.
    expect(findings).toMatchObject([
      { line: 6, column: 7, policy: 'container-limits' },
      { line: 6, column: 7, policy: 'container-limits' },
    ])
  })
})

describe('context', () => {
  test('--namespace takes the place of the object’s own', async () => {
    const path = await put('a.yaml', GOOD.replace('registry.example.com/core/app:1', 'busybox'))
    expect((await check('--unknown-namespace', 'skip', path)).code).toBe(0)
    expect(
      (await check('--unknown-namespace', 'skip', '--namespace', 'core-shop', path)).code,
    ).toBe(1)
  })

  test('--operation DELETE is nothing the default bindings ask for', async () => {
    const path = await put('a.yaml', BAD)
    expect((await check('--operation', 'DELETE', path)).code).toBe(0)
    expect((await check('--unknown-namespace', 'skip', '--operation', 'UPDATE', path)).code).toBe(1)
  })
})

test('C3: a reader that goes away is no error', async () => {
  const many = await put('many.yaml', Array.from({ length: 2_000 }, () => BAD).join('---\n'))
  const { stderr, code } = await portcullis(['check', '--unknown-namespace', 'skip', many])
  expect({ stderr, code }).toEqual({ stderr: '', code: 1 })
  const { execFileSync } = await import('node:child_process')
  const { MAIN } = await import('../support/portcullis.ts')
  const line = execFileSync(
    'bash',
    [
      '-c',
      `"${process.execPath}" "${MAIN}" check --unknown-namespace skip "${many}" 2>&1 | head -1`,
    ],
    { encoding: 'utf8' },
  )
  expect(line).toBe(`${many}: 2000 denied\n`)
})

test('the same inputs in another order give the same report', async () => {
  const a = await put('a.yaml', BAD)
  const b = await put('b.yaml', `${GOOD}---\n${BAD}`)
  expect(await report(b, a)).toEqual(await report(a, b))
})
