// Every way in which tools of this kind have been falsely green, or said no where they meant "could not": each row names
// what went wrong elsewhere, and what `check` ends with.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { useBuiltBundle } from '../support/built-bundle.ts'
import { useCheckFolder } from '../support/check-folder.ts'
import { hasCompiler } from '../support/has-compiler.ts'
import { regoPolicy } from '../support/rego-policy.ts'

const marked = (label: string): string =>
  `violation contains {"msg": "is marked", "path": ["metadata", "labels"]} if {
	input.request.object.metadata.labels.${label}
}`
const POLICIES = {
  bad: regoPolicy('bad', marked('bad')),
  loop: regoPolicy(
    'loop',
    `violation contains {"msg": "never said"} if {
	input.request.object.metadata.labels.loop
	count([x | some x in numbers.range(1, 100000000)]) == 0
}`,
  ),
  shapeless: regoPolicy(
    'shapeless',
    `violation contains object.get(input.request.object.metadata.labels, "shapeless", "") if {
	input.request.object.metadata.labels.shapeless
}`,
  ),
}
const SPEC = `bindings:
  - { name: no-bad, policy: bad, match: { objectSelector: { matchExpressions: [{ key: kind, operator: DoesNotExist }] } } }
  - { name: warns, policy: bad, match: { objectSelector: { matchLabels: { kind: warn } } }, validationActions: [Warn] }
  - { name: audits, policy: bad, match: { objectSelector: { matchLabels: { kind: audit } } }, validationActions: [Audit] }
  - { name: loops, policy: loop }
  - { name: loops-ignored, policy: loop, failurePolicy: Ignore }
  - { name: shapeless, policy: shapeless }
`

function pod(labels = '{}', name = 'a'): string {
  return `apiVersion: v1\nkind: Pod\nmetadata: { name: ${name}, namespace: shop, labels: ${labels} }\n`
}
const BAD = pod('{ bad: "1" }', 'b')
const list = (item: string): string =>
  `apiVersion: v1\nkind: List\nitems:\n- ${item.trimEnd().replaceAll('\n', '\n  ')}\n`

interface Case {
  readonly args: readonly string[]
  readonly files?: Readonly<Record<string, string | Uint8Array>>
  readonly stdin?: string
  /** Judge by this instead of the test's bundle. */
  readonly bundle?: string
  readonly code: 0 | 1 | 2
  /** Part of what is said on stderr or stdout. */
  readonly says?: string
}

const CASES: Readonly<Record<string, Case>> = {
  'nothing found: 0': { args: ['a.yaml'], files: { 'a.yaml': pod() }, code: 0 },

  'rejected, and yet 0': { args: ['a.yaml'], files: { 'a.yaml': BAD }, code: 1 },
  'findings are 0 unless a flag says otherwise': {
    args: ['-o', 'sarif=x.sarif', '-o', 'json=x.json', 'a.yaml'],
    files: { 'a.yaml': BAD },
    code: 1,
  },
  'the code is that of the last file': {
    args: ['a.yaml', 'z.yaml'],
    files: { 'a.yaml': BAD, 'z.yaml': pod() },
    code: 1,
  },
  'only the first document is read': {
    args: ['a.yaml'],
    files: { 'a.yaml': `${pod()}---\n${BAD}` },
    code: 1,
  },
  'a separator with a comment is none': {
    args: ['a.yaml'],
    files: { 'a.yaml': `${pod()}--- # next\n${BAD}` },
    code: 1,
  },
  'a separator with a space is none': {
    args: ['a.yaml'],
    files: { 'a.yaml': `${pod()}--- \r\n${BAD.replaceAll('\n', '\r\n')}` },
    code: 1,
  },
  'a List is not expanded': { args: ['a.yaml'], files: { 'a.yaml': list(BAD) }, code: 1 },
  'JSON after JSON is not read': {
    args: ['-'],
    stdin: `${JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } })}\n${JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'b', labels: { bad: '1' } } })}\n`,
    code: 1,
  },
  'quiet is silent, and green': { args: ['-q', 'a.yaml'], files: { 'a.yaml': BAD }, code: 1 },

  'a warning fails nobody who did not ask': {
    args: ['a.yaml'],
    files: { 'a.yaml': pod('{ bad: "1", kind: warn }') },
    says: '1 warning',
    code: 0,
  },
  'a warning, asked for': {
    args: ['--fail-on', 'warn', 'a.yaml'],
    files: { 'a.yaml': pod('{ bad: "1", kind: warn }') },
    code: 1,
  },
  'an audit is no warning': {
    args: ['--fail-on', 'warn', 'a.yaml'],
    files: { 'a.yaml': pod('{ bad: "1", kind: audit }') },
    says: '1 audited',
    code: 0,
  },
  'an audit, asked for': {
    args: ['--fail-on', 'audit', 'a.yaml'],
    files: { 'a.yaml': pod('{ bad: "1", kind: audit }') },
    code: 1,
  },
  'two thresholds': {
    args: ['--fail-on', 'error', 'a.yaml'],
    files: { 'a.yaml': pod() },
    says: '`--fail-on` takes',
    code: 2,
  },

  'an error is told as a violation, or as a pass': {
    args: ['a.yaml'],
    files: { 'a.yaml': pod('{ loop: "1" }') },
    says: 'evaluation/budget-exceeded',
    code: 2,
  },
  'an error hides behind a violation': {
    args: ['a.yaml'],
    files: { 'a.yaml': pod('{ loop: "1", bad: "1" }') },
    says: 'deny[bad]',
    code: 2,
  },
  'an error of a binding that is ignored at admission is none here': {
    args: ['--binding', 'loops-ignored', 'a.yaml'],
    files: { 'a.yaml': pod('{ loop: "1" }') },
    says: 'evaluation/budget-exceeded',
    code: 2,
  },
  'a result of the wrong shape is no violation': {
    args: ['a.yaml'],
    files: { 'a.yaml': pod('{ shapeless: "1" }') },
    says: 'evaluation/invalid-result',
    code: 2,
  },
  'a selector whose labels are not known is skipped': {
    args: ['a.yaml'],
    files: { 'a.yaml': pod() },
    bundle: '',
    says: 'evaluation/unknown-namespace',
    code: 2,
  },

  'a policy that is not there': {
    args: ['--policy', 'bda', 'a.yaml'],
    files: { 'a.yaml': pod() },
    says: 'has no policy `bda`, did you mean `bad`?',
    code: 2,
  },
  'a binding that is not there': {
    args: ['--binding', 'no-bda', 'a.yaml'],
    files: { 'a.yaml': pod() },
    says: 'has no binding `no-bda`, did you mean `no-bad`?',
    code: 2,
  },
  'zero policies': { args: ['a.yaml'], files: { 'a.yaml': pod() }, bundle: 'empty', code: 2 },
  'a folder without a bundle': {
    args: ['a.yaml'],
    files: { 'a.yaml': pod() },
    bundle: '.',
    code: 2,
  },
  'a package that nobody asks for': {
    args: ['a.yaml'],
    files: { 'a.yaml': pod(), 'p/bad/policy.rego': regoPolicy('other', marked('bad')) },
    bundle: 'p',
    code: 2,
  },
  'a bundle that is cut off': {
    args: ['a.yaml'],
    files: { 'a.yaml': pod(), 'b.tgz': new Uint8Array([0x1f, 0x8b, 8, 0]) },
    bundle: 'b.tgz',
    code: 2,
  },

  'no operand': { args: [], says: 'nothing to check', code: 2 },
  'a file that is not there': { args: ['a.yaml'], says: 'no file or directory', code: 2 },
  'one of two files is not there': {
    args: ['a.yaml', 'nowhere.yaml'],
    files: { 'a.yaml': pod() },
    says: '`nowhere.yaml`',
    code: 2,
  },
  'a glob that fits nothing': { args: ['*.yaml'], says: 'no file fits', code: 2 },
  'a folder without a manifest': { args: ['d'], files: { 'd/x.txt': pod() }, code: 2 },
  'all is ignored': {
    args: ['--ignore', 'a.yaml', 'a.yaml'],
    files: { 'a.yaml': BAD },
    says: 'leaves out all',
    code: 2,
  },
  'nothing on standard input': { args: ['-'], stdin: '', says: 'no Kubernetes object', code: 2 },
  'an empty file beside a good one is no matter': {
    args: ['.'],
    files: { 'a.yaml': pod(), 'b.yaml': '# nothing yet\n' },
    code: 0,
  },
  'a file without kind is passed over': {
    args: ['.'],
    files: { 'a.yaml': pod(), 'values.yaml': 'replicas: 1\n' },
    says: 'kubernetes/not-an-object',
    code: 2,
  },
  'a file that does not parse is passed over': {
    args: ['.'],
    files: { 'a.yaml': pod(), 'b.yaml': 'a: [1\n' },
    says: 'yaml/syntax',
    code: 2,
  },
  'a template of a chart is passed over': {
    args: ['.'],
    files: { 'a.yaml': pod(), 'b.yaml': '{{- if .Values.x }}\nkind: Pod\n{{- end }}\n' },
    code: 2,
  },
  'bytes that are no text': {
    args: ['a.yaml'],
    files: { 'a.yaml': new Uint8Array([0x6b, 0x3a, 0x20, 0xff, 0xfe]) },
    says: 'yaml/encoding',
    code: 2,
  },
  'the last key wins': {
    args: ['a.yaml'],
    files: { 'a.yaml': `${BAD}metadata: { name: b, namespace: shop }\n` },
    says: 'yaml/duplicate-key',
    code: 2,
  },

  'a report that nobody gets': {
    args: ['-o', 'json=nowhere/x.json', 'a.yaml'],
    files: { 'a.yaml': pod() },
    says: 'there is no directory `nowhere`',
    code: 2,
  },
  'two reports in one stream': {
    args: ['-o', 'json', '-o', 'sarif', 'a.yaml'],
    files: { 'a.yaml': pod() },
    code: 2,
  },
  'an option that is none': {
    args: ['--fail-onn', 'warn', 'a.yaml'],
    files: { 'a.yaml': pod() },
    says: 'did you mean `--fail-on`?',
    code: 2,
  },
  'quiet and verbose': { args: ['-q', '-v', 'a.yaml'], files: { 'a.yaml': pod() }, code: 2 },
  'Namespaces that are not there': {
    args: ['--namespaces', 'ns.yaml', 'a.yaml'],
    files: { 'a.yaml': pod() },
    code: 2,
  },
  'Namespaces that do not parse': {
    args: ['--namespaces', 'ns.yaml', 'a.yaml'],
    files: { 'a.yaml': pod(), 'ns.yaml': 'a: [1\n' },
    code: 2,
  },
  'a file of Namespaces without one': {
    args: ['--namespaces', 'ns.yaml', 'a.yaml'],
    files: { 'a.yaml': pod(), 'ns.yaml': pod() },
    says: 'there is no Namespace in `ns.yaml`',
    code: 2,
  },
  'old objects that are none': {
    args: ['--old', 'old.yaml', 'a.yaml'],
    files: { 'a.yaml': pod(), 'old.yaml': '# nothing\n' },
    says: 'there is no Kubernetes object in what `--old` names',
    code: 2,
  },
  'a baseline that is not there': {
    args: ['--baseline', 'x.json', 'a.yaml'],
    files: { 'a.yaml': pod() },
    code: 2,
  },
  'a revision that is none': {
    args: ['--changed-since', 'nowhere', 'a.yaml'],
    files: { 'a.yaml': BAD },
    code: 2,
  },
}

describe.skipIf(!hasCompiler('exit codes of check'))('exit codes of check', () => {
  const bundle = useBuiltBundle(SPEC, POLICIES)
  const { path, check } = useCheckFolder()

  test.each(Object.entries(CASES))('C1: %s', async (_name, each) => {
    for (const [name, content] of Object.entries(each.files ?? {})) {
      const file = join(path(), name)
      await mkdir(join(file, '..'), { recursive: true })
      await writeFile(file, content)
    }
    const used = each.bundle ?? bundle.archive()
    const { code, stdout, stderr } = await check(
      [...(used === '' ? [] : ['--bundle', used]), ...each.args],
      each.stdin,
    )
    expect({ code, said: `${stdout}${stderr}` }).toEqual({
      code: each.code,
      said: expect.stringContaining(each.says ?? '') as string,
    })
    expect(stderr).not.toContain('a bug of ours')
  })
})
