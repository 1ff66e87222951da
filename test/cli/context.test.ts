// What a request is besides its object: a policy that repeats it tells what it was given.
import { describe, expect, test } from 'vitest'
import type { Report } from '../../src/report/report.ts'
import { useBuiltBundle } from '../support/built-bundle.ts'
import { useCheckFolder } from '../support/check-folder.ts'
import { hasCompiler } from '../support/has-compiler.ts'
import { regoPolicy } from '../support/rego-policy.ts'

const SPY = regoPolicy(
  'spy',
  `violation contains {"msg": msg} if {
	request := input.request
	old := object.get(request, ["oldObject", "metadata", "labels", "v"], "-")
	new := object.get(request, ["object", "metadata", "labels", "v"], "-")
	msg := sprintf("%s %s ns=%s sub=%s user=%s groups=%s old=%s new=%s", [
		request.operation,
		request.name,
		request.namespace,
		object.get(request, "subResource", ""),
		request.userInfo.username,
		concat(",", request.userInfo.groups),
		old,
		new,
	])
}`,
)
const SPEC = `bindings:
  - name: spy
    policy: spy
    match: { operations: [CREATE, UPDATE, DELETE, CONNECT] }
    validationActions: [Audit]
  - name: in-production
    policy: spy
    match: { namespaceSelector: { matchLabels: { environment: production } } }
    validationActions: [Warn]
`
const AS = 'user=portcullis:check groups=system:authenticated'

function pod(name: string, version: string, namespace = 'shop'): string {
  return `apiVersion: v1\nkind: Pod\nmetadata: { name: ${name}, namespace: ${namespace}, labels: { v: ${version} } }\n`
}

describe.skipIf(!hasCompiler('the context of check'))('the context of check', () => {
  const bundle = useBuiltBundle(SPEC, { spy: SPY })
  const { put, check, report } = useCheckFolder()

  const only = async (args: readonly string[], stdin?: string): Promise<Report> =>
    report(['--bundle', bundle.archive(), '--binding', 'spy', ...args], stdin)
  const seen = async (...args: readonly string[]): Promise<string[]> => {
    const { findings, errors } = await only(args)
    expect(errors).toEqual([])
    return findings.map(({ message }) => message)
  }

  test.each([
    [[], `CREATE a ns=shop sub= ${AS} old=- new=1`],
    [['--operation', 'UPDATE'], `UPDATE a ns=shop sub= ${AS} old=- new=1`],
    // What is deleted is the old object.
    [['--operation', 'DELETE'], `DELETE a ns=shop sub= ${AS} old=1 new=-`],
    [
      ['--operation', 'CONNECT', '--subresource', 'exec'],
      `CONNECT a ns=shop sub=exec ${AS} old=- new=1`,
    ],
    [['-n', 'other'], `CREATE a ns=other sub= ${AS} old=- new=1`],
    [
      ['--user', 'jane', '--group', 'dev', '--group', 'ops'],
      'CREATE a ns=shop sub= user=jane groups=dev,ops,system:authenticated old=- new=1',
    ],
    [
      ['--user', 'system:serviceaccount:shop:ci'],
      'CREATE a ns=shop sub= user=system:serviceaccount:shop:ci groups=system:serviceaccounts,system:serviceaccounts:shop,system:authenticated old=- new=1',
    ],
    [
      ['--user', 'system:anonymous'],
      'CREATE a ns=shop sub= user=system:anonymous groups=system:unauthenticated old=- new=1',
    ],
  ])('%j', async (args, expected) => {
    await put('a.yaml', pod('a', '"1"'))
    expect(await seen(...args, 'a.yaml')).toEqual([expected])
  })

  test('--old: what is there already is an update with its old object, what is not a create', async () => {
    await put('old/all.yaml', `${pod('a', '"1"')}---\n${pod('gone', '"1"')}`)
    await put('new/all.yaml', `${pod('a', '"2"')}---\n${pod('b', '"1"')}`)
    expect((await seen('--old', 'old', 'new')).toSorted()).toEqual([
      `CREATE b ns=shop sub= ${AS} old=- new=1`,
      `UPDATE a ns=shop sub= ${AS} old=1 new=2`,
    ])
    // The same name elsewhere is another object, unless the namespace is said.
    await put('old/all.yaml', pod('a', '"1"', 'elsewhere'))
    expect((await seen('--old', 'old', 'new'))[0]).toContain('CREATE a')
    expect((await seen('--old', 'old', '-n', 'shop', 'new'))[0]).toContain('UPDATE a')
  })

  test('--old with faults: exit 2, and told', async () => {
    await put('a.yaml', pod('a', '"1"'))
    await put('twice.yaml', `${pod('a', '"1"')}---\n${pod('a', '"2"')}`)
    const twice = await check(['--old', 'twice.yaml', 'a.yaml'])
    expect(twice.stderr).toContain('error[kubernetes/old-object]')
    expect(twice.code).toBe(2)
    const update = await check(['--old', 'a.yaml', '--operation', 'DELETE', 'a.yaml'])
    expect(update.stderr).toContain('`--old` is about updates, and `--operation` says DELETE')
    expect(update.code).toBe(2)
    expect((await check(['--old', 'nowhere.yaml', 'a.yaml'])).code).toBe(2)
  })

  test('a subresource that no policy understands: exit 2, with what is near', async () => {
    await put('a.yaml', pod('a', '"1"'))
    const { code, stderr } = await check([
      '--bundle',
      bundle.archive(),
      '--subresource',
      'statsu',
      'a.yaml',
    ])
    expect(stderr).toContain('understands the subresource `statsu`, did you mean `status`?')
    expect(code).toBe(2)
  })

  test('an AdmissionReview in a file is judged as it stands, and placed in its file', async () => {
    const request = {
      uid: 'a',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      name: 'a',
      namespace: 'shop',
      operation: 'UPDATE',
      userInfo: { username: 'jane', groups: ['dev'] },
      object: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', labels: { v: '2' } } },
      oldObject: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', labels: { v: '1' } } },
    }
    const review = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request }
    await put('review.json', JSON.stringify(review, undefined, 2))
    const { findings } = await only(['--user', 'not-asked', 'review.json'])
    expect(findings).toMatchObject([
      { message: 'UPDATE a ns=shop sub= user=jane groups=dev old=1 new=2', line: 29, column: 17 },
    ])
  })

  test('--namespaces tells selectors the labels', async () => {
    const namespace = (environment: string): string =>
      `apiVersion: v1\nkind: Namespace\nmetadata: { name: shop, labels: { environment: ${environment} } }\n`
    await put('a.yaml', pod('a', '"1"'))
    await put('production.yaml', namespace('production'))
    await put('staging.yaml', namespace('staging'))
    const all = (...args: readonly string[]): Promise<Report> =>
      report(['--bundle', bundle.archive(), ...args, 'a.yaml'])
    expect((await all('--namespaces', 'production.yaml')).summary.warn).toBe(1)
    expect((await all('--namespaces', 'staging.yaml')).summary).toMatchObject({
      warn: 0,
      skippedBy: { 'namespace-selector': 1 },
    })
    expect((await all()).errors).toMatchObject([{ code: 'evaluation/unknown-namespace' }])
  })
})
