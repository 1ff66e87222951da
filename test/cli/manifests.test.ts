import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { load, loadAll } from 'js-yaml'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { WrittenBinding } from '../../src/bundle/validators.ts'
import { writeBundle } from '../../src/bundle/write-bundle.ts'
import { checkedInBundle } from '../support/policies.ts'
import { portcullis, ROOT } from '../support/portcullis.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-manifests-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function bundleOf(...bindings: readonly WrittenBinding[]): Promise<string> {
  const { policies, wasm, data } = checkedInBundle()
  const path = join(folder, 'bundle.tgz')
  await writeFile(path, writeBundle({ name: 'test', policies, bindings, wasm, data }))
  return path
}

describe('without a folder', () => {
  test('one stream goes to stdout, and what it leaves out is told', async () => {
    const { code, stdout, stderr } = await portcullis(['manifests'])
    expect(code).toBe(0)
    const objects = loadAll(stdout) as { readonly kind: string }[]
    expect(objects[0]?.kind).toBe('Namespace')
    expect(objects.at(-1)?.kind).toBe('ValidatingWebhookConfiguration')
    expect(stderr).toBe(
      [
        'note: the webhook leaves out namespace portcullis-system: no judging there by no-host-network, container-limits',
        'note: the webhook leaves out namespace kube-system: no judging there by no-host-network',
        'note: the webhook leaves out namespace kube-node-lease: no judging there by no-host-network, container-limits',
        '',
      ].join('\n'),
    )
  })

  test('our own policies have nothing against it', async () => {
    for (const certificates of ['managed', 'cert-manager']) {
      const args = ['manifests', '--certificates', certificates, '--high-availability']
      const { stdout } = await portcullis(args)
      // In production, where most is asked.
      const label = '    environment: production\n    pod-security.'
      const stdin = stdout.replace('    pod-security.', label)
      const checked = await portcullis(['check', '-v', '-'], { stdin })
      expect(checked.stdout).toContain('production-owner')
      expect(checked).toMatchObject({ code: 0 })
    }
  })

  test('the webhook is asked about what the bundle’s bindings can touch', async () => {
    const bundle = await bundleOf({
      name: 'kept',
      policy: 'required-labels',
      match: {
        resourceRules: [{ resources: ['pods'] }],
        operations: ['DELETE'],
        namespaces: ['core-*'],
        groups: ["ops's (eu)"],
      },
      parameters: { labels: [{ key: 'owner' }] },
    })
    const image = 'registry.example.com:5000/team/gate:1@sha256:abc'
    const args = ['manifests', '--bundle', bundle, '--image', image, '-n', 'gate']
    const { code, stdout, stderr } = await portcullis(args)
    expect(code).toBe(0)
    expect(stderr).toBe(
      `note: replicas judge by the bundle in their image: ${image} has to carry this one\n`,
    )
    const objects = loadAll(stdout) as Readonly<Record<string, object>>[]
    expect(objects.at(-1)?.['webhooks']).toMatchObject([
      {
        clientConfig: { service: { namespace: 'gate' } },
        rules: [{ resources: ['pods'], operations: ['DELETE'] }],
        matchConditions: [{ expression: expect.stringContaining("'^(?s:ops\\'s \\\\(eu\\\\))$'") }],
      },
    ])
    expect(stdout).toContain(`image: ${image}\n`)
  })
})

describe('with a folder', () => {
  const write = (...args: readonly string[]) =>
    portcullis(['manifests', '-o', folder, ...args], { cwd: tmpdir() })

  test('a kustomize tree is written, and what was written before is written anew', async () => {
    const first = await write()
    expect(first.code).toBe(0)
    const paths = first.stdout.trim().split('\n')
    expect(paths).toContain(join(folder, 'base/deployment.yaml'))
    const again = await write('--certificates', 'cert-manager', '--high-availability')
    expect(again).toMatchObject({ code: 0, stdout: first.stdout })
    const root = await readFile(join(folder, 'kustomization.yaml'), 'utf8')
    expect(load(root)).toMatchObject({
      resources: ['overlays/cert-manager'],
      components: ['components/high-availability'],
    })
    // No half of anything stays.
    const names = await readdir(folder, { recursive: true })
    expect(names.filter((name) => name.endsWith('.tmp'))).toEqual([])
  })

  test('a file that is somebody else’s is left alone, and then nothing is written, unless told', async () => {
    const path = join(folder, 'kustomization.yaml')
    await writeFile(path, 'resources: [mine.yaml]\n')
    const refused = await write()
    expect(refused).toMatchObject({ code: 2, stdout: '' })
    expect(refused.stderr).toContain(`\`${path}\` is there already, and not from`)
    expect(refused.stderr).toContain('`--force` overwrites it')
    expect(await readdir(folder)).toEqual(['kustomization.yaml'])
    expect(await write('--force')).toMatchObject({ code: 0 })
    expect(await readFile(path, 'utf8')).toContain('overlays/managed-certificates')
  })

  test('it cannot be written: exit 2, and why', async () => {
    await writeFile(join(folder, 'base'), '')
    const { code, stderr } = await write()
    expect(code).toBe(2)
    expect(stderr).toContain('base/')
  })
})

test.each<[string, readonly string[], string]>([
  ['a namespace that others live in', ['-n', 'kube-system'], 'takes one of its own'],
  ['a namespace of all', ['-n', 'default'], 'takes one of its own'],
  ['a namespace that is none', ['-n', 'a/b'], 'takes the name of a Namespace'],
  ['an image that is none', ['--image', 'a b'], 'takes the name of an image'],
  ['an image with a line break', ['--image', 'a\nb: c'], 'takes the name of an image'],
  ['certificates of nobody', ['--certificates', 'certmanager'], 'did you mean'],
  ['files without a folder', ['--certificates', 'development'], 'needs `--output`'],
  ['force without a folder', ['--force'], '`--force` goes with `--output`'],
  ['a bundle that is not there', ['--bundle', 'nowhere.tgz'], 'no such file'],
  ['an operand', ['manifests'], 'has no use for'],
])('%s: exit 2, and the cure', async (_, args, message) => {
  const { code, stdout, stderr } = await portcullis(['manifests', ...args], { cwd: ROOT })
  expect({ code, stdout, stderr }).toEqual({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining(message),
  })
})

test('a bundle that judges nothing is an error, as its webhook would be asked about nothing', async () => {
  const bundle = await bundleOf({
    name: 'nothing',
    policy: 'host-network',
    match: { resourceRules: [{ resources: ['pods'], scope: 'Cluster' }] },
  })
  const { code, stdout, stderr } = await portcullis(['manifests', '--bundle', bundle])
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain('no binding of the bundle judges anything')
})
