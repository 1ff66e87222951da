import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readBundle } from '../../src/bundle/read-bundle.ts'
import { writeBundle } from '../../src/bundle/write-bundle.ts'
import { renderDiagnostic } from '../../src/diagnostic/render.ts'
import {
  bundleContent,
  foreignArchive,
  foreignMembers,
  LABELS_POLICY,
  MANIFEST,
  opaBuilt,
  PORTCULLIS_JSON,
  smallBundle,
} from './bundle-content.ts'

function faults(overrides: Readonly<Record<string, unknown>>): string[] {
  const { bundle, diagnostics } = readBundle(foreignArchive(foreignMembers(overrides)), 'b.tgz')
  expect(bundle).toBeUndefined()
  return diagnostics.map(
    ({ code, message, primary }) => `${code} ${primary?.file.path ?? ''}: ${message}`,
  )
}

function rendered(overrides: Readonly<Record<string, unknown>>): string {
  const { diagnostics } = readBundle(foreignArchive(foreignMembers(overrides)), 'b.tgz')
  return diagnostics.map((each) => renderDiagnostic(each, { color: false })).join('\n')
}

test('reads what was written, with policies resolved and defaults applied', () => {
  const { bundle, diagnostics } = readBundle(smallBundle(), 'bundle.tgz')
  expect(diagnostics).toEqual([])
  expect(bundle?.name).toBe('baseline')
  expect(bundle?.digest).toMatch(/^sha256:[0-9a-f]{64}$/)
  expect(bundle?.revision).toMatch(/^[0-9a-f]{16}$/)
  expect(bundle?.policies.map(({ name }) => name)).toEqual(['host-network', 'required-labels'])
  expect(bundle?.bindings).toMatchObject([
    {
      name: 'no-host-network',
      match: {},
      parameters: {},
      validationActions: ['Deny'],
      failurePolicy: 'Fail',
    },
    {
      name: 'production-owner',
      policy: LABELS_POLICY,
      parameters: { labels: [{ key: 'team', allowedRegex: '^team-', optional: false }] },
      validationActions: ['Warn', 'Audit'],
      failurePolicy: 'Ignore',
    },
  ])
  expect(bundle?.bindings[1]?.policy).toBe(bundle?.policies[1])
})

test('gives a bundle that nobody can change', () => {
  const { bundle } = readBundle(smallBundle(), 'bundle.tgz')
  expect(Object.isFrozen(bundle)).toBe(true)
  expect(Object.isFrozen(bundle?.bindings[1]?.parameters['labels'])).toBe(true)
  expect(Object.isFrozen(bundle?.policies[0]?.resources)).toBe(true)
})

test('writes the same bytes for the same content, in whatever order the policies come', () => {
  const content = bundleContent()
  const turned = bundleContent({ policies: content.policies.toReversed() })
  expect(Buffer.compare(writeBundle(content), writeBundle(turned))).toBe(0)
})

test('gives another digest and revision for any other content', () => {
  const one = readBundle(smallBundle(), 'a').bundle
  const other = readBundle(writeBundle(bundleContent({ data: { a: 1 } })), 'a').bundle
  expect(one?.digest).not.toBe(other?.digest)
  expect(one?.revision).not.toBe(other?.revision)
})

test('read after write gives back what was written', () => {
  const label = fc.stringMatching(/^[a-z]([-a-z0-9]{0,20}[a-z0-9])?$/)
  const json = fc
    .jsonValue({ maxDepth: 3 })
    .map((value): unknown => JSON.parse(JSON.stringify(value)))
  fc.assert(
    fc.property(
      label,
      fc.uniqueArray(label, { minLength: 1, maxLength: 5 }),
      fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), json, { maxKeys: 4 }),
      fc.uint8Array({ maxLength: 2000 }),
      (name, names, data, tail) => {
        fc.pre(!hasInexact(data))
        const bindings = names.map((each) => ({ name: each, policy: 'host-network' }))
        const wasm = Buffer.concat([bundleContent().wasm, tail])
        const content = bundleContent({ name, bindings, wasm, data: data as Record<string, never> })
        const { bundle, diagnostics } = readBundle(writeBundle(content), 'bundle.tgz')
        expect(diagnostics).toEqual([])
        expect(bundle?.name).toBe(name)
        expect(bundle?.bindings.map((each) => each.name)).toEqual(names)
        expect(bundle?.data).toEqual(data)
        expect(Buffer.compare(bundle?.wasm ?? Buffer.alloc(0), wasm)).toBe(0)
      },
    ),
  )
})

/** JSON can write whole numbers that a reader may not round. */
function hasInexact(value: unknown): boolean {
  if (typeof value === 'number') return Number.isInteger(value) && !Number.isSafeInteger(value)
  return typeof value === 'object' && value !== null && Object.values(value).some(hasInexact)
}

test('loads what `opa build -t wasm` made, with a portcullis.json put beside it by tar', () => {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-'))
  try {
    writeFileSync(join(folder, 'opa.tgz'), opaBuilt())
    const tar = (...args: string[]) => {
      const run = spawnSync('tar', args, { cwd: folder, encoding: 'utf8' })
      if (run.status !== 0) throw new Error(run.stderr)
    }
    tar('xzf', 'opa.tgz')
    rmSync(join(folder, 'opa.tgz'))
    writeFileSync(join(folder, 'portcullis.json'), JSON.stringify(PORTCULLIS_JSON))
    tar('czf', '../portcullis-foreign.tgz', '--format=ustar', '.')
    const bytes = readFileSync(join(folder, '../portcullis-foreign.tgz'))
    const { bundle, diagnostics } = readBundle(bytes, 'foreign.tgz')
    expect(diagnostics).toEqual([])
    expect(bundle).toMatchObject({
      name: 'foreign',
      revision: '',
      policies: [{ name: 'host-network' }],
    })
    expect(bundle?.wasm.length).toBeGreaterThan(100_000)
  } finally {
    rmSync(folder, { recursive: true, force: true })
    rmSync(join(folder, '../portcullis-foreign.tgz'), { force: true })
  }
})

test('is an archive that OPA reads', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-'))
  try {
    writeFileSync(join(folder, 'bundle.tgz'), smallBundle())
    const run = spawnSync('opa', ['inspect', '-f', 'json', 'bundle.tgz'], {
      cwd: folder,
      encoding: 'utf8',
    })
    if (run.error !== undefined) {
      console.warn('SKIPPED: opa is not installed; nobody else has read our archive')
      context.skip()
    }
    expect(run.stderr).toBe('')
    const inspected: unknown = JSON.parse(run.stdout)
    expect(inspected).toMatchObject({
      manifest: { roots: ['host_network', 'required_labels'], rego_version: 1 },
      namespaces: {
        'data.host_network.violation': ['/policy.wasm'],
        'data.required_labels.violation': ['/policy.wasm'],
      },
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('is an archive that tar unpacks', () => {
  const run = spawnSync('tar', ['tzf', '-'], { input: smallBundle(), encoding: 'utf8' })
  expect(run.status).toBe(0)
  expect(run.stdout.split('\n').toSorted().filter(Boolean)).toEqual([
    '/.manifest',
    '/data.json',
    '/policy.wasm',
    '/portcullis.json',
  ])
})

test('B9: names the path of an unknown field, a wrong type and a missing entrypoint of the manifest', () => {
  const manifest = {
    ...MANIFEST,
    revison: 'x',
    roots: 'host_network',
    wasm: [{ module: '/policy.wasm' }],
  }
  expect(rendered({ '.manifest': manifest })).toMatchInlineSnapshot(`
    "error[bundle/wrong-type]: \`roots\` must be a list, got a string
     --> b.tgz!.manifest:3:12
      |
    3 |   "roots": "host_network",
      |            ^^^^^^^^^^^^^^
    error[bundle/missing-key]: \`wasm[0]\` lacks \`entrypoint\`
     --> b.tgz!.manifest:5:5
      |
    5 |     {
      |     ^
    error[bundle/unknown-key]: unknown key \`revison\`
     --> b.tgz!.manifest:9:3
      |
    9 |   "revison": "x"
      |   ^^^^^^^^^ did you mean \`revision\`?"
  `)
})

test('B9: names the path of a severity that does not exist', () => {
  const [policy] = PORTCULLIS_JSON.policies
  const policies = [{ ...policy, severity: 'hihg' }]
  expect(rendered({ 'portcullis.json': { ...PORTCULLIS_JSON, policies } })).toMatchInlineSnapshot(`
    "error[bundle/invalid-value]: \`policies[0].severity\` must be one of \`low\`, \`medium\`, \`high\`, \`critical\`, got \`hihg\`
      --> b.tgz!portcullis.json:13:19
       |
    13 |       "severity": "hihg",
       |                   ^^^^^^ did you mean \`high\`?"
  `)
})

test('B9: refuses an entrypoint that the manifest lacks, and one that no policy has', () => {
  const wasm = [{ entrypoint: 'host_networks/violation', module: '/policy.wasm' }]
  expect(faults({ '.manifest': { ...MANIFEST, wasm } })).toEqual([
    'bundle/unknown-entrypoint b.tgz!portcullis.json: `host_network/violation` is no entrypoint of the manifest',
    'bundle/unknown-entrypoint b.tgz!.manifest: no policy of portcullis.json has the entrypoint `host_networks/violation`',
  ])
})

test('B9: refuses a module that is not policy.wasm', () => {
  const wasm = [{ entrypoint: 'host_network/violation', module: '/other.wasm' }]
  expect(faults({ '.manifest': { ...MANIFEST, wasm } })).toEqual([
    'bundle/invalid-value b.tgz!.manifest: `wasm[0].module` must be one of `/policy.wasm`, `policy.wasm`, got `/other.wasm`',
  ])
})

test.each([
  ['.manifest', 'bundle/missing-file'],
  ['policy.wasm', 'bundle/missing-file'],
  ['portcullis.json', 'bundle/missing-file'],
])('refuses an archive without %s', (name, code) => {
  expect(faults({ [name]: null })).toEqual([expect.stringContaining(code)])
})

test('takes an archive without data for one with empty data', () => {
  const { bundle } = readBundle(foreignArchive(foreignMembers({ 'data.json': null })), 'b.tgz')
  expect(bundle?.data).toEqual({})
})

test.each([
  ['a duplicate key', '{"apiVersion":"portcullis.dev/v1","apiVersion":"v2"}', 'yaml/duplicate-key'],
  ['a trailing comma', '{"apiVersion":"portcullis.dev/v1",}', 'bundle/syntax'],
  ['a comment', '{} // x', 'bundle/syntax'],
  ['two values', '{}{}', 'bundle/syntax'],
  ['nothing', '', 'bundle/syntax'],
  ['a number that would be rounded', '{"a":9007199254740993}', 'bundle/syntax'],
  ['a depth that would exhaust the stack', '['.repeat(100_000), 'bundle/syntax'],
  ['bytes that are not UTF-8', Buffer.from('{"a":"\xff"}', 'latin1'), 'yaml/encoding'],
])('refuses JSON with %s', (_, text, code) => {
  expect(faults({ 'portcullis.json': text })).toEqual([expect.stringContaining(code)])
})

test('takes __proto__ for a key like any other', () => {
  const text = JSON.stringify(PORTCULLIS_JSON).replace('{', '{"__proto__":{"generator":"x"},')
  expect(faults({ 'portcullis.json': text })).toEqual([
    'bundle/unknown-key b.tgz!portcullis.json: unknown key `__proto__`',
  ])
  expect(faults({ 'data.json': '[]' })).toEqual([
    'bundle/wrong-type b.tgz!data.json: data must be a map',
  ])
})

test('refuses a policy.wasm that is none', () => {
  expect(faults({ 'policy.wasm': 'x' })).toEqual([expect.stringContaining('bundle/invalid-module')])
})

test('tells the faults of all members in one run', () => {
  const bindings = [
    { name: 'a', policy: 'host-netwrk' },
    { name: 'a', policy: 'host-network', parameters: { x: 1 } },
  ]
  expect(
    faults({
      'portcullis.json': { ...PORTCULLIS_JSON, bindings },
      '.manifest': { ...MANIFEST, wasm: 1 },
      'data.json': '[',
    }).map((each) => each.split(' ', 1)[0]),
  ).toEqual([
    'bundle/duplicate-binding',
    'bundle/unknown-policy',
    'bundle/unknown-parameter',
    'bundle/wrong-type',
    'bundle/syntax',
  ])
})

test('refuses two policies of one name or one entrypoint', () => {
  const [policy] = PORTCULLIS_JSON.policies
  const policies = [policy, policy]
  expect(faults({ 'portcullis.json': { ...PORTCULLIS_JSON, policies } })).toEqual([
    expect.stringContaining('two policies have the name `host-network`'),
    expect.stringContaining('two policies have the entrypoint `host_network/violation`'),
  ])
})
