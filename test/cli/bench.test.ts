import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Benchmark, BENCHMARK_SCHEMA } from '../../src/cli/bench/bench-file.ts'
import { pod } from '../support/check-folder.ts'
import { portcullis, type Run } from '../support/portcullis.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-'))
  await writeFile(join(folder, 'pods.yaml'), `${pod('a')}---\n${pod('b')}`)
})
afterEach(() => rm(folder, { recursive: true }))

function bench(...args: readonly string[]): Promise<Run> {
  return portcullis(['bench', ...args], { cwd: folder })
}

async function saved(name: string): Promise<Benchmark> {
  return JSON.parse(await readFile(join(folder, name), 'utf8')) as Benchmark
}

/** Writes a measurement in which each binding took so many times the fuel. */
async function scale(name: string, factor: number): Promise<void> {
  const benchmark = await saved(name)
  const bindings = benchmark.bindings.map((each) => ({
    ...each,
    fuel: Math.round(each.fuel * factor),
  }))
  await writeFile(join(folder, name), JSON.stringify({ ...benchmark, bindings }))
}

describe('bench', () => {
  test('a line a binding; one that judges none of the objects says so', async () => {
    const { code, stdout, stderr } = await bench('pods.yaml')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const [head, ...lines] = stdout.split('\n')
    expect(head).toMatch(/^binding +objects +µs\/object +fuel\/object$/)
    expect(lines[0]).toMatch(/^no-host-network +2 +[\d.]+ +[\d,]+$/)
    expect(lines[3]).toMatch(/^core-registries +0 +- +-$/)
    expect(stdout).toMatch(/\n\n2 objects\n$/)
  })

  test('fuel is the same each time, and what is saved fits its schema', async () => {
    await bench('--save', 'one.json', 'pods.yaml')
    await bench('--save', 'two.json', 'pods.yaml')
    const [one, two] = [await saved('one.json'), await saved('two.json')]
    const fuel = ({ bindings }: Benchmark) => bindings.map((each) => [each.name, each.fuel])
    expect(fuel(one)).toEqual(fuel(two))
    expect(one.bindings[0]?.fuel).toBeGreaterThan(0)
    expect(one.objects).toEqual(two.objects)
    const validate = new Ajv2020().compile(BENCHMARK_SCHEMA)
    expect(validate(one), JSON.stringify(validate.errors)).toBe(true)
  })

  test('--compare: exit 1 where a binding takes more fuel than the threshold allows, and only there', async () => {
    await bench('--save', 'b.json', 'pods.yaml')
    const same = await bench('--compare', 'b.json', '--threshold', '0', 'pods.yaml')
    expect(same.code).toBe(0)
    expect(same.stdout).toMatch(/^no-host-network .* 0\.0 %$/m)
    await scale('b.json', 0.5)
    const more = await bench('--compare', 'b.json', 'pods.yaml')
    expect(more.code).toBe(1)
    expect(more.stdout).toMatch(/^no-host-network .* \+\d+\.\d %$/m)
    expect((await bench('--compare', 'b.json', '--threshold', '150', 'pods.yaml')).code).toBe(0)
    await scale('b.json', 4)
    expect((await bench('--compare', 'b.json', '--threshold', '0', 'pods.yaml')).code).toBe(0)
  })

  test('other objects cannot be compared with: exit 2; other files with the same objects can', async () => {
    await bench('--save', 'b.json', 'pods.yaml')
    await writeFile(join(folder, 'other.yaml'), pod('c'))
    const { code, stdout, stderr } = await bench('--compare', 'b.json', 'other.yaml')
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toBe(
      'portcullis: `b.json` was measured on other objects: write it anew with `--save`\n',
    )
    await writeFile(join(folder, 'a.yaml'), pod('a'))
    await writeFile(join(folder, 'b.yaml'), `# the same\n${pod('b')}`)
    expect((await bench('--compare', 'b.json', 'a.yaml', 'b.yaml')).code).toBe(0)
  })

  test.each([
    [[], 'nothing to measure: give files, directories, globs or `-`'],
    [['no-such.yaml'], 'there is no file or directory `no-such.yaml`'],
    [['--threshold', 'x', 'pods.yaml'], '`--threshold` takes a number of percent, got `x`'],
    [['--compare', 'no.json', 'pods.yaml'], 'cannot read `no.json`: no such file'],
    [['service.yaml'], 'no binding judges any of the objects'],
  ])('%j: exit 2', async (args, message) => {
    await writeFile(
      join(folder, 'service.yaml'),
      'apiVersion: v1\nkind: Service\nmetadata: { name: a, namespace: b }\n',
    )
    const { code, stdout, stderr } = await bench(...args)
    expect({ code, stdout, stderr }).toEqual({
      code: 2,
      stdout: '',
      stderr: `portcullis: ${message}\n`,
    })
  })

  test('a measurement that is none: exit 2, with the place', async () => {
    await writeFile(join(folder, 'b.json'), '{"kind":"Benchmark"}')
    const { code, stderr } = await bench('--compare', 'b.json', 'pods.yaml')
    expect(code).toBe(2)
    expect(stderr).toContain('error[bench/invalid]')
    expect(stderr).toContain('b.json:1:1')
  })
})
