// docs/quickstart.md, followed to the letter: each file that it shows is written, each command that it shows is run, by the
// package as a user installs it, in an empty folder; what a command prints must be what the page shows.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { load } from 'js-yaml'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasCompiler } from '../support/has-compiler.ts'
import { installPackage } from '../support/installed-package.ts'
import { ROOT } from '../support/portcullis.ts'

const PAGE = readFileSync(join(ROOT, 'docs/quickstart.md'), 'utf8')
/** The one command whose place the test takes: the package is not at the registry before it is released. */
const INSTALL = 'npm install --global portcullis'

type Step =
  | { readonly kind: 'write'; readonly path: string; readonly text: string }
  | { readonly kind: 'run'; readonly command: string; readonly output: string }

/** A block is a file if the sentence before it says so by `path`, or else commands with what they print. */
function readSteps(page: string): readonly Step[] {
  const blocks = page.matchAll(/([^\n]*)\n\n```(\w+)\n(.*?)^```$/gms)
  return [...blocks].flatMap(([, before = '', language, text = '']): readonly Step[] => {
    if (language === 'console') return readCommands(text)
    const path = /`([^`]+)`(?::| becomes)$/.exec(before)?.[1]
    if (path === undefined) throw new Error(`no path before a block: ${before}`)
    return [{ kind: 'write', path, text }]
  })
}

function readCommands(text: string): readonly Step[] {
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((each) => {
      const end = each.indexOf('\n')
      return { kind: 'run', command: each.slice(0, end), output: each.slice(end + 1).trimEnd() }
    })
}

describe.skipIf(!hasCompiler('docs/quickstart.md'))('docs/quickstart.md', () => {
  let folder: string
  let cwd: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'portcullis-'))
    installPackage(join(folder, 'installed'))
    cwd = join(folder, 'empty')
    mkdirSync(cwd)
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  function run(command: string): { code: number | null; output: string } {
    const where = join(folder, 'cwd')
    const script = `exec 2>&1\n${command}\ncode=$?\npwd > ${where}\nexit $code`
    const bin = join(folder, 'installed/node_modules/.bin')
    const { status, stdout } = spawnSync('bash', ['--norc', '-c', script], {
      cwd,
      encoding: 'utf8',
      env: { PATH: `${bin}:${process.env['PATH'] ?? ''}`, HOME: folder },
    })
    cwd = readFileSync(where, 'utf8').trimEnd()
    return { code: status, output: stdout.trimEnd() }
  }

  const steps = readSteps(PAGE)
  const names = steps.map((step, index) => {
    const what = step.kind === 'run' ? `$ ${step.command}` : `write ${step.path}`
    return [`${index + 1}: ${what}`, step] as const
  })

  test('shows how to install, and leaves out no block', () => {
    expect(steps[0]).toEqual({ kind: 'run', command: INSTALL, output: '' })
    expect(PAGE.match(/^```\w+$/gm)).toHaveLength([...PAGE.matchAll(/^```$/gm)].length)
    const shown = PAGE.match(/^\$ /gm)?.length ?? 0
    expect(steps.filter(({ kind }) => kind === 'run')).toHaveLength(shown)
  })

  test.each(names)('%s', (_, step) => {
    if (step.kind === 'write') {
      const path = join(cwd, step.path)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, step.text)
    } else if (step.command !== INSTALL) {
      const { code, output } = run(step.command)
      const pattern = step.output
        .split('…')
        .map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
        .join('\\S+')
      expect(output).toMatch(new RegExp(`^${pattern}$`))
      expect(code).toBe(0)
    }
  })

  test('what CI then runs passes, and fails when a fault comes back', () => {
    const workflow = load(readFileSync(join(cwd, '.github/workflows/policies.yaml'), 'utf8')) as {
      jobs: { policies: { steps: readonly { run?: string }[] } }
    }
    const [install, ...commands] = workflow.jobs.policies.steps.flatMap((each) => each.run ?? [])
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      version: string
    }
    expect(install).toBe(`${INSTALL}@${version}`)
    expect(commands).toHaveLength(5)
    for (const command of commands) expect([command, run(command).code]).toEqual([command, 0])

    const manifest = join(cwd, 'deploy/web.yaml')
    const text = readFileSync(manifest, 'utf8')
    writeFileSync(manifest, text.replace('web:1.4.2', 'web:latest'))
    const { code, output } = run(commands.at(-1) ?? '')
    expect(code).toBe(1)
    expect(output).toContain('::error file=deploy/web.yaml,line=14')

    // GitLab runs the same, but for the manifests.
    const job = load(readFileSync(join(cwd, '.gitlab-ci.yml'), 'utf8')) as {
      policies: { script: readonly string[] }
    }
    expect(job.policies.script).toEqual([install, ...commands.slice(0, -1)])
  })
})
