// What `check` writes where: several outputs in one run, how much of it, colour and progress on a terminal only.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { createProgress } from '../../src/cli/progress.ts'
import { nodeHost, type Host } from '../../src/host/host.ts'
import type { Report } from '../../src/report/report.ts'
import { pod, useCheckFolder } from '../support/check-folder.ts'
import { MAIN } from '../support/portcullis.ts'

const { path, put, check, report } = useCheckFolder(['--unknown-namespace', 'skip'])
const text = (name: string): Promise<string> => readFile(join(path(), name), 'utf8')
const FORMATS = ['text', 'json', 'sarif', 'junit', 'gitlab', 'markdown', 'html', 'github']

describe('outputs', () => {
  test('all of them in one run, and each is what it is alone', async () => {
    await put('a.yaml', pod('a', true))
    const args = FORMATS.flatMap((format) => ['-o', `${format}=out.${format}`])
    const { code, stdout, stderr } = await check([...args, 'a.yaml'])
    expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: '', stderr: '' })
    for (const format of ['sarif', 'html', 'github']) {
      expect((await check(['-o', format, 'a.yaml'])).stdout).toBe(await text(`out.${format}`))
    }
    expect(await text('out.text')).toContain('deny[host-network]')
    expect(JSON.parse(await text('out.json'))).toMatchObject({ verdict: 'violations' })
    expect(await text('out.junit')).toContain('<failure')
    expect(await text('out.gitlab')).toContain('"check_name": "host-network"')
    expect(await text('out.markdown')).toContain('### :x: Portcullis: to be mended')
  })

  test('machine outputs on stdout are nothing but the output, whatever else there is to say', async () => {
    await put('a.yaml', `${pod('a', true)}---\n- no object\n`)
    const { code, stdout, stderr } = await check(['-o', 'json', 'a.yaml'])
    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'failed', findings: [{}], errors: [{}] })
    expect(stderr).toContain('error[kubernetes/not-an-object]')
    expect(code).toBe(2)
  })

  test('a run that could not begin is told in the format that was asked for', async () => {
    await put('a.yaml', pod('a'))
    const { code, stdout } = await check(['--bundle', 'nowhere.tgz', '-o', 'json', 'a.yaml'])
    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'failed', bundle: null, errors: [{}] })
    expect(code).toBe(2)
  })
})

describe('how much is told', () => {
  test('--quiet: what fails, and nothing where nothing does', async () => {
    await put('a.yaml', pod('a', true))
    await put('b.yaml', pod('b'))
    const { stdout } = await check(['-q', '.'])
    expect(stdout).toContain('deny[host-network]')
    expect(stdout).not.toContain('resources')
    expect(await check(['-q', 'b.yaml'])).toEqual({ code: 0, stdout: '', stderr: '' })
  })

  test('--verbose: what each binding made of each object, and why it left it alone', async () => {
    await put('a.yaml', pod('a', true))
    const { stdout } = await check(['-v', 'a.yaml'])
    expect(stdout).toMatch(/no-host-network +1 denied/)
    expect(stdout).toMatch(/container-limits +passed/)
    expect(stdout).toMatch(/production-owner +skipped: its namespaceSelector does not fit/)
    expect(stdout).toMatch(/core-registries +skipped: its namespaces do not name this one/)
    expect(stdout).toContain('2 pairs skipped (1 by namespace, 1 by namespace-selector)')
  })

  test('--binding and --policy leave the others out', async () => {
    await put('a.yaml', pod('a', true).replace('memory: 64Mi', 'memory: "0"'))
    const names = async (...args: string[]): Promise<string[]> => {
      const { bindings, findings } = await report([...args, 'a.yaml'])
      return [...bindings.map(({ name }) => name), ...findings.map(({ policy }) => policy)]
    }
    expect(await names('--binding', 'no-host-network')).toEqual(['no-host-network', 'host-network'])
    expect(await names('--policy', 'container-limits', '--binding', 'no-host-network')).toEqual([
      'no-host-network',
      'container-limits',
      'host-network',
      'container-limits',
    ])
  })
})

describe('threads', () => {
  // From 4 MiB on files are judged in several threads: both halves together are, each alone is not.
  const HALF_BYTES = 2_500_000

  test('find what one thread finds, in the same order, every time', async () => {
    for (const half of ['a', 'b']) {
      let size = 0
      for (let file = 0; size < HALF_BYTES; file++) {
        const pods = Array.from({ length: 20 }, (_, index) =>
          pod(`${half}-${file}-${index}`, index % 4 === 0),
        )
        const content =
          pods.join(`# ${'x'.repeat(4_000)}\n---\n`) + (file === 7 ? '---\n- no object\n' : '')
        size += content.length
        await put(`${half}/${String(file).padStart(3, '0')}.yaml`, content)
      }
    }
    const [a, b, both] = [await report(['a']), await report(['b']), await report(['a', 'b'])]
    const moved = <T extends { readonly resourceIndex: number | null }>(each: T): T =>
      each.resourceIndex === null
        ? each
        : { ...each, resourceIndex: each.resourceIndex + a.resources.length }
    expect(both.resources).toEqual([...a.resources, ...b.resources])
    expect(both.findings).toEqual([...a.findings, ...b.findings.map(moved)])
    expect(both.errors.map(({ file }) => file)).toEqual(['a/007.yaml', 'b/007.yaml'])
    expect(both.findings.length).toBeGreaterThan(150)
    const again = await check(['-o', 'text', '-o', 'json=again.json', 'b', 'a'])
    expect(JSON.parse(await text('again.json')) as Report).toEqual(both)
    // A frame is there for findings of threads as well.
    expect(again.stdout).toMatch(/5 \| {3}hostNetwork: true/)
    expect(again.code).toBe(2)
  })
})

const run = promisify(execFile)
const hasScript = existsSync('/usr/bin/script')
if (!hasScript) console.error('SKIPPED for lack of `script`: colour on a terminal')

describe.skipIf(!hasScript)('on a terminal', () => {
  const onTerminal = async (env: NodeJS.ProcessEnv): Promise<string> => {
    const command = `"${process.execPath}" "${MAIN}" check --unknown-namespace skip a.yaml`
    const { stdout } = await run('script', ['-q', '-c', command, '/dev/null'], {
      cwd: path(),
      env: { PATH: process.env['PATH'], TERM: 'xterm', ...env },
    })
    return stdout
  }

  test('C3: there is colour, and none with NO_COLOR, a dumb terminal, or elsewhere', async () => {
    await put('a.yaml', pod('a', true))
    expect(await onTerminal({})).toContain('\u001b[')
    expect(await onTerminal({ NO_COLOR: '1' })).not.toContain('\u001b')
    expect(await onTerminal({ TERM: 'dumb' })).not.toContain('\u001b')
    expect((await check(['a.yaml'])).stdout).not.toContain('\u001b')
  })
})

describe('progress', () => {
  function hostAt(isTerminal: boolean): { host: Host; told: string[]; pass: (ms: number) => void } {
    const told: string[] = []
    let time = 0
    const write = async (line: string): Promise<void> => void told.push(line)
    const host: Host = {
      ...nodeHost(),
      now: () => new Date(time),
      stderr: { isTerminal, write },
    }
    return { host, told, pass: (ms) => (time += ms) }
  }

  test('is shown after a second, at most ten times a second, and wiped out', async () => {
    const { host, told, pass } = hostAt(true)
    const progress = createProgress('files', host)
    progress.show(1, 100)
    pass(1_000)
    progress.show(50, 100)
    pass(10)
    progress.show(51, 100)
    pass(100)
    progress.show(99, 100)
    await progress.end()
    expect(told.map((line) => line.replace(/[#.]+/, ''))).toEqual([
      '\r[] 50 of 100 files',
      '\r[] 99 of 100 files',
      '\r\u001b[K',
    ])
  })

  test('is not shown where stderr is no terminal, nor for short work', async () => {
    const elsewhere = hostAt(false)
    const progress = createProgress('files', elsewhere.host)
    elsewhere.pass(5_000)
    progress.show(1, 2)
    await progress.end()
    const short = hostAt(true)
    const quick = createProgress('files', short.host)
    quick.show(1, 2)
    await quick.end()
    expect([...elsewhere.told, ...short.told]).toEqual([])
  })
})
