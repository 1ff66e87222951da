// The API as its users have it: from the packed package, with its types, by the words of docs/api.md.
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { installPackage } from '../support/installed-package.ts'
import { ROOT } from '../support/portcullis.ts'

const page = readFileSync(join(ROOT, 'docs/api.md'), 'utf8')
const [, example = '', output = ''] = /```js\n(.*?)```.*?```\n(.*?)```/s.exec(page) ?? []
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-api-'))
  installPackage(folder)
  copyFileSync(
    join(folder, 'node_modules/portcullis/policies/bundle.tgz'),
    join(folder, 'bundle.tgz'),
  )
})
afterAll(() => rmSync(folder, { recursive: true }))

test("docs/api.md's example prints what the page says", () => {
  writeFileSync(join(folder, 'example.js'), example)
  expect(run(process.execPath, 'example.js')).toEqual({ status: 0, stdout: output, stderr: '' })
})

test('neither the server nor the compiler is loaded', () => {
  const root = join(folder, 'node_modules/portcullis/dist')
  const seen = new Set<string>()
  const layers = new Set<string>()
  const visit = (path: string): void => {
    if (seen.has(path)) return
    seen.add(path)
    const text = readFileSync(path, 'utf8')
    for (const [, layer = ''] of text.matchAll(/^\/\/ \.build\/(\w+)\//gm)) layers.add(layer)
    for (const [, to = ''] of text.matchAll(/^(?:import|export) .*['"](\.[^'"]+)['"]/gm)) {
      visit(join(dirname(path), to))
    }
  }
  visit(join(root, 'index.js'))
  expect(layers).toContain('policy')
  expect([...layers].filter((each) => each === 'server' || each === 'compiler')).toEqual([])
})

test('its types are those that a program needs, with every check of declarations on', () => {
  writeFileSync(
    join(folder, 'use.ts'),
    `import {
  AppError, BundleError, evaluate, loadBundle, RequestError,
  type Decision, type LoadedBundle, type Operation, type Violation,
} from 'portcullis'

const bundle: LoadedBundle = await loadBundle(new Uint8Array())
const operation: Operation = 'UPDATE'
const decision: Decision = evaluate(bundle, {
  object: {}, oldObject: {}, operation, userInfo: { username: 'ann' }, now: new Date(),
})
export const first: Violation | undefined = decision.violations[0]
export const action: 'Deny' | 'Warn' | 'Audit' | undefined = first?.action
export const names: readonly string[] = bundle.bindings.map(({ policy }) => policy.name)
export const isOurs = (error: unknown): error is BundleError | RequestError => error instanceof AppError
// @ts-expect-error an operation that is none
evaluate(bundle, { object: {}, operation: 'PATCH' })
// @ts-expect-error no object
evaluate(bundle, {})
// @ts-expect-error frozen
bundle.name = 'other'
`,
  )
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc')
  for (const [module, resolution] of [
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ] as const) {
    const options = [
      '--noEmit',
      '--strict',
      '--target',
      'es2022',
      '--lib',
      'es2023,dom',
      '--types',
      '',
    ]
    const { stdout, status } = run(
      process.execPath,
      compiler,
      ...options,
      '--module',
      module,
      '--moduleResolution',
      resolution,
      'use.ts',
    )
    expect({ stdout, status }).toEqual({ stdout: '', status: 0 })
  }
})

function run(command: string, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: 'utf8' })
  return { status, stdout, stderr }
}
