import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  defaultableOptions,
  defaultsSchema,
  keyOf,
} from '../../src/cli/defaults/defaults-schema.ts'
import { COMMANDS } from '../../src/cli/run.ts'
import { portcullis, type Run } from '../support/portcullis.ts'

const HEAD = 'apiVersion: portcullis.dev/v1\nkind: Defaults\n'
const POD = `apiVersion: v1
kind: Pod
metadata: { name: a, namespace: shop }
spec: { hostNetwork: true, containers: [] }
`
const NAMESPACE = `apiVersion: v1
kind: Namespace
metadata: { name: shop }
`
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-'))
  write('repository/.git', 'gitdir: elsewhere\n')
  write('repository/deploy/pod.yaml', POD)
  write('repository/namespaces.yaml', NAMESPACE)
})
afterEach(() => rmSync(folder, { recursive: true }))

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
}

function check(...args: readonly string[]): Promise<Run> {
  return portcullis(['check', ...args, 'pod.yaml'], { cwd: join(folder, 'repository/deploy') })
}

describe('portcullis.yaml', () => {
  test('is found in a folder above, and its paths are meant from there', async () => {
    expect((await check()).code).toBe(2)
    write('repository/portcullis.yaml', `${HEAD}check: { namespaces: namespaces.yaml }\n`)
    const { code, stderr } = await check()
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
  })

  test('the nearest one counts alone', async () => {
    write('repository/portcullis.yaml', `${HEAD}check: { namespaces: missing.yaml }\n`)
    write('repository/deploy/portcullis.yaml', `${HEAD}check: { unknownNamespace: skip }\n`)
    expect((await check()).code).toBe(1)
  })

  test('is not looked for outside the repository', async () => {
    write('portcullis.yaml', `${HEAD}check: { unknownNamespace: skip }\n`)
    expect((await check()).code).toBe(2)
  })

  test('is overruled by the command line, and left unread on request', async () => {
    write(
      'repository/portcullis.yaml',
      `${HEAD}check: { unknownNamespace: skip, output: [json] }\n`,
    )
    expect(JSON.parse((await check()).stdout)).toMatchObject({ kind: 'Report' })
    const overruled = await check('--unknown-namespace=error', '-o', 'text')
    expect(overruled.code).toBe(2)
    expect(overruled.stdout).not.toMatch(/^\{/)
    expect((await check('--no-defaults')).code).toBe(2)
  })

  test('a path of an output is meant from its folder', async () => {
    write(
      'repository/portcullis.yaml',
      `${HEAD}check: { unknownNamespace: skip, output: [text, json=report.json] }\n`,
    )
    expect((await check()).stdout).toContain('no-host-network')
    const report = await import(join(folder, 'repository/report.json'), { with: { type: 'json' } })
    expect(report).toMatchObject({ default: { kind: 'Report' } })
  })

  test('is named by --help', async () => {
    write('repository/portcullis.yaml', HEAD)
    const { stdout } = await check('--help')
    expect(stdout).toMatch(/\nDefaults of this folder: \.\.\/portcullis\.yaml\n$/)
  })

  test.each([
    ['check: { bundel: policies }', 'config/unknown-key', 'did you mean `bundle`?', '3:10'],
    ['chek: {}', 'config/unknown-key', 'did you mean `check`?', '3:1'],
    ['check: { unknownNamespace: skp }', 'config/invalid-value', 'did you mean `skip`?', '3:28'],
    ['check: { output: text }', 'config/invalid-value', 'must be a list, got a string', '3:18'],
    ['check: { namespaces: [] }', 'config/invalid-value', 'got a list', '3:10'],
    ['build: { nothing: 1 }', 'config/unknown-key', 'portcullis build', '3:10'],
    ['serve: { listen: a }', 'config/unknown-key', '`serve`', '3:1'],
    ['---\n{}', 'config/invalid-value', 'second document', '4:1'],
    ['a: [', 'yaml/syntax', '', ''],
  ])('C1: %j ends with exit 2 and its place', async (line, code, text, place) => {
    write('repository/portcullis.yaml', `${HEAD}${line}\n`)
    const { stdout, stderr, ...run } = await check()
    expect({ code: run.code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(`error[${code}]`)
    expect(stderr).toContain(text)
    expect(stderr).toContain(`../portcullis.yaml:${place}`)
  })
})

describe('its schema', () => {
  const schema = defaultsSchema(COMMANDS)

  test('is JSON Schema 2020-12 that takes every option with a value', () => {
    const ajv = new Ajv2020({ allowUnionTypes: true, strictTypes: false })
    expect(ajv.validateSchema(schema)).toBe(true)
    const validate = ajv.compile(schema)
    const document = Object.fromEntries(
      COMMANDS.map((command) => [
        command.name,
        Object.fromEntries(
          defaultableOptions(command).map((option) => {
            const value = option.choices?.[0] ?? 'x'
            return [keyOf(option), option.repeatable === true ? [value] : value]
          }),
        ),
      ]).filter(([, options]) => Object.keys(options ?? {}).length > 0),
    )
    expect(Object.keys(document)).toContain('check')
    const valid = validate({ apiVersion: 'portcullis.dev/v1', kind: 'Defaults', ...document })
    expect(validate.errors).toBe(null)
    expect(valid).toBe(true)
  })

  test('an option is spelled alike in the file and on the command line', () => {
    for (const option of COMMANDS.flatMap(defaultableOptions)) {
      const flag = keyOf(option).replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
      expect(flag).toBe(option.name)
    }
  })
})
