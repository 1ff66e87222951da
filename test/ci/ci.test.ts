// What runs in others' services, as far as it runs without them: the scripts are those of the files, the package is the packed one.
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { load, loadAll } from 'js-yaml'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { installPackage } from '../support/installed-package.ts'
import { ROOT } from '../support/portcullis.ts'

const DENIED = `apiVersion: v1
kind: Pod
metadata:
  name: cart
  namespace: shop
spec:
  hostNetwork: true
  containers: []
`
const ALLOWED = DENIED.replace('  hostNetwork: true\n', '')
const NAMESPACE = 'apiVersion: v1\nkind: Namespace\nmetadata: { name: shop }\n'
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-ci-'))
  installPackage(folder)
  for (const [name, pod] of [
    ['denied', DENIED],
    ['allowed', ALLOWED],
  ] as const) {
    mkdirSync(join(folder, name))
    writeFileSync(join(folder, name, 'pod.yaml'), pod)
    writeFileSync(join(folder, name, 'namespace.yaml'), NAMESPACE)
    const kustomization = {
      apiVersion: 'kustomize.config.k8s.io/v1beta1',
      kind: 'Kustomization',
      resources: ['pod.yaml', 'namespace.yaml'],
    }
    writeFileSync(join(folder, name, 'kustomization.yaml'), JSON.stringify(kustomization))
  }
}, 300_000)
afterAll(() => rmSync(folder, { recursive: true }))

interface Ran {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

function bash(script: string, env: Readonly<Record<string, string>>, cwd = folder): Ran {
  const bin = join(folder, 'node_modules/.bin')
  const path = [join(folder, 'tools'), bin, process.env['PATH']].join(delimiter)
  return spawnSync('bash', ['--noprofile', '--norc', '-e', '-o', 'pipefail', '-c', script], {
    cwd,
    env: { PATH: path, HOME: process.env['HOME'], NO_COLOR: '1', ...env },
    encoding: 'utf8',
  })
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

const VERSION = (JSON.parse(read('package.json')) as { readonly version: string }).version

describe('the GitHub action', () => {
  interface Action {
    readonly name: string
    readonly description: string
    readonly inputs: Readonly<
      Record<
        string,
        { readonly description: string; readonly required?: boolean; readonly default?: string }
      >
    >
    readonly outputs: Readonly<Record<string, { readonly value: string }>>
    readonly runs: {
      readonly using: string
      readonly steps: readonly {
        readonly id: string
        readonly shell: string
        readonly env: Readonly<Record<string, string>>
        readonly run: string
      }[]
    }
  }
  const action = load(read('.github/actions/portcullis/action.yml')) as Action
  const [step] = action.runs.steps

  /** Runs the step as the runner does: inputs with their defaults, `env` from them, the script by bash. */
  function run(inputs: Readonly<Record<string, string>>): Ran & { readonly output: string } {
    const values = Object.fromEntries(
      Object.entries(action.inputs).map(([name, input]) => [
        name,
        inputs[name] ?? input.default ?? '',
      ]),
    )
    const env = Object.fromEntries(
      Object.entries(step?.env ?? {}).map(([name, value]) => [
        name,
        value.replaceAll(/\$\{\{ inputs\.(\w+) \}\}/g, (_, input: string) => values[input] ?? ''),
      ]),
    )
    const temporary = join(folder, 'runner')
    rmSync(temporary, { recursive: true, force: true })
    mkdirSync(temporary)
    const ran = bash(step?.run ?? '', {
      ...env,
      GITHUB_ACTIONS: 'true',
      GITHUB_WORKSPACE: folder,
      GITHUB_OUTPUT: join(temporary, 'output'),
      GITHUB_STEP_SUMMARY: join(temporary, 'summary.md'),
      RUNNER_TEMP: temporary,
    })
    return { ...ran, output: readFileSync(join(temporary, 'output'), 'utf8') }
  }

  test('is what the runner takes for a composite action', () => {
    expect(action).toMatchObject({ name: expect.any(String), description: expect.any(String) })
    expect(action.runs.using).toBe('composite')
    for (const each of action.runs.steps) {
      expect(each).toMatchObject({ shell: 'bash', run: expect.any(String) })
      // An input inside a script would be run as a part of it.
      expect(each.run).not.toContain('${{')
      for (const value of Object.values(each.env)) {
        const [, input = ''] = /^\$\{\{ inputs\.(\w+) \}\}$/.exec(value) ?? []
        expect(Object.keys(action.inputs)).toContain(input)
      }
    }
    for (const input of Object.values(action.inputs)) {
      expect(input.description).toMatch(/\.$/)
      expect(input.required === true || input.default !== undefined).toBe(true)
    }
    for (const { value } of Object.values(action.outputs)) {
      expect(value).toMatch(/^\$\{\{ steps\.check\.outputs\.\w+ \}\}$/)
    }
    expect(step?.id).toBe('check')
  })

  test('annotates what is denied, writes the summary and SARIF, and fails', () => {
    const { status, stdout, output } = run({ path: 'denied' })
    expect(stdout).toMatch(/^::error .*file=denied\/pod\.yaml,.*line=7,/m)
    expect(status).toBe(1)
    const sarif = JSON.parse(readFileSync(output.trim().replace('sarif=', ''), 'utf8')) as {
      readonly runs: readonly { readonly results: readonly unknown[] }[]
    }
    expect(sarif.runs[0]?.results).toHaveLength(1)
    expect(readFileSync(join(folder, 'runner/summary.md'), 'utf8')).toContain('denied/pod.yaml')
  })

  test('passes what is allowed, several paths and arguments, one a line', () => {
    const { status, stdout } = run({
      path: 'allowed/pod.yaml\nallowed/namespace.yaml\n',
      args: '--operation\nUPDATE\n',
      bundle: 'node_modules/portcullis/policies/bundle.tgz',
      version: VERSION,
    })
    expect(stdout).not.toContain('::error')
    expect(status).toBe(0)
  })

  test('does not run what an input holds', () => {
    const { status, stderr } = run({ path: '$(touch injected); `touch injected`', args: '' })
    expect(stderr).toContain('touch injected')
    expect(status).toBe(2)
    expect(existsSync(join(folder, 'injected'))).toBe(false)
  })

  test('is what the example and the docs use, with inputs that it has', () => {
    const example = load(read('docs/examples/ci/github.yaml')) as {
      readonly jobs: {
        readonly check: {
          readonly steps: readonly {
            readonly uses?: string
            readonly with?: Readonly<Record<string, string>>
          }[]
        }
      }
    }
    const used = example.jobs.check.steps.find(({ uses }) => uses?.includes('portcullis'))
    expect(used?.uses).toContain(`/.github/actions/portcullis@v${VERSION}`)
    expect(Object.keys(action.inputs)).toEqual(
      expect.arrayContaining(Object.keys(used?.with ?? {})),
    )
    expect(used?.with?.['version']).toBe(VERSION)
  })
})

describe('the GitLab job', () => {
  interface Job {
    readonly variables: Readonly<Record<string, string>>
    readonly script: readonly string[]
    readonly artifacts: {
      readonly when: string
      readonly reports: Readonly<Record<string, string>>
    }
  }
  const [header, template] = loadAll(read('.gitlab/portcullis.gitlab-ci.yml')) as [
    { readonly spec: { readonly inputs: Readonly<Record<string, { readonly default?: string }>> } },
    { readonly portcullis: Job },
  ]

  function run(inputs: Readonly<Record<string, string>>): Ran {
    const job = template.portcullis
    const env = Object.fromEntries(
      Object.entries(job.variables).map(([name, value]) => [
        name,
        value.replaceAll(
          /\$\[\[ inputs\.(\w+) \]\]/g,
          (_, input: string) => inputs[input] ?? header.spec.inputs[input]?.default ?? '',
        ),
      ]),
    )
    return bash(job.script.join('\n'), { ...env, CI_PROJECT_DIR: folder, GITLAB_CI: 'true' })
  }

  test('leaves a code quality report and JUnit, whether it fails or not', () => {
    const { artifacts } = template.portcullis
    expect(artifacts.when).toBe('always')
    const quality = artifacts.reports['codequality'] ?? ''
    const junit = artifacts.reports['junit'] ?? ''
    expect(run({ path: 'denied' }).status).toBe(1)
    expect(JSON.parse(readFileSync(join(folder, quality), 'utf8'))).toMatchObject([
      { location: { path: 'denied/pod.yaml' } },
    ])
    expect(readFileSync(join(folder, junit), 'utf8')).toContain('<failure')
    const bundle = 'node_modules/portcullis/policies/bundle.tgz'
    expect(run({ path: 'allowed', bundle }).status).toBe(0)
    expect(JSON.parse(readFileSync(join(folder, quality), 'utf8'))).toEqual([])
  })

  test('is of this version, as is the example', () => {
    expect(String(header.spec.inputs['version']?.default)).toBe(VERSION)
    expect(read('docs/examples/ci/gitlab.yaml')).toContain(`/v${VERSION}/.gitlab/`)
  })
})

describe('the pre-commit hook', () => {
  const [hook] = load(read('.pre-commit-hooks.yaml')) as readonly {
    readonly id: string
    readonly name: string
    readonly entry: string
    readonly language: string
  }[]

  /** As pre-commit runs a hook of the language `system`: the entry, split, with the files behind it. */
  function run(...files: readonly string[]): Ran {
    const [command = '', ...args] = hook?.entry.split(' ') ?? []
    return spawnSync(command, [...args, ...files], {
      cwd: folder,
      env: { ...process.env, NO_COLOR: '1' },
      encoding: 'utf8',
    })
  }

  test('fails for files that are denied, and passes others', () => {
    expect(hook).toMatchObject({ id: 'portcullis', name: expect.any(String), language: 'system' })
    expect(hook?.entry).toContain(`portcullis@${VERSION} `)
    const { status, stdout } = run('denied/pod.yaml', 'denied/namespace.yaml')
    expect(stdout).toContain('denied/pod.yaml:7')
    expect(status).toBe(1)
    expect(run('allowed/pod.yaml', 'allowed/namespace.yaml').status).toBe(0)
  })

  test('is what the example uses', () => {
    const example = load(read('docs/examples/ci/pre-commit.yaml')) as {
      readonly repos: readonly {
        readonly rev: string
        readonly hooks: readonly { readonly id: string }[]
      }[]
    }
    expect(example.repos).toMatchObject([{ rev: `v${VERSION}`, hooks: [{ id: hook?.id }] }])
  })
})

describe('before a sync', () => {
  beforeAll(() => {
    mkdirSync(join(folder, 'tools'))
    // `kustomize build` where kubectl brings it, else no more than the resources one after another.
    const hasKubectl = spawnSync('kubectl', ['version', '--client']).status === 0
    const build = hasKubectl
      ? 'exec kubectl kustomize "$2"'
      : 'cat "$2/pod.yaml"; echo ---; cat "$2/namespace.yaml"'
    tool('kustomize', build)
    tool('flux', 'echo "$@" >> "$PUSHED"')
    cpSync(join(ROOT, 'docs/examples/ci/flux-push.sh'), join(folder, 'tools/flux-push.sh'))
  })

  function tool(name: string, script: string): void {
    writeFileSync(join(folder, 'tools', name), `#!/bin/sh\n${script}\n`)
    chmodSync(join(folder, 'tools', name), 0o755)
  }

  test('the Argo CD plugin renders what is allowed, and of what is denied nothing', () => {
    const plugin = load(read('docs/examples/ci/argo-cd-plugin.yaml')) as {
      readonly kind: string
      readonly spec: {
        readonly generate: { readonly command: readonly string[]; readonly args: readonly string[] }
      }
    }
    expect(plugin.kind).toBe('ConfigManagementPlugin')
    const { command, args } = plugin.spec.generate
    const [script = ''] = args
    expect(command).toEqual(['sh', '-ec'])
    const env = { ARGOCD_APP_NAMESPACE: 'shop' }
    const allowed = bash(script, env, join(folder, 'allowed'))
    expect(loadAll(allowed.stdout)).toHaveLength(2)
    expect(allowed.status).toBe(0)
    const denied = bash(script, env, join(folder, 'denied'))
    expect(denied).toMatchObject({ status: 1, stdout: '' })
    expect(denied.stderr).toContain('no-host-network')
  })

  test('what is denied does not come to the push that Flux applies', () => {
    const env = { PUSHED: join(folder, 'pushed') }
    for (const line of ['git init -q', 'git remote add origin https://git.example.com/shop']) {
      expect(bash(line, {}).status).toBe(0)
    }
    const commit = 'git -c user.name=a -c user.email=a@example.com commit -q --allow-empty -m a'
    expect(bash(commit, {}).status).toBe(0)
    const push = (name: string): Ran =>
      bash(`flux-push.sh ${name} oci://registry.example.com/shop:1`, env)
    expect(push('denied').status).toBe(1)
    expect(existsSync(env.PUSHED)).toBe(false)
    expect(push('allowed').status).toBe(0)
    expect(readFileSync(env.PUSHED, 'utf8')).toContain(
      'push artifact oci://registry.example.com/shop:1 --path ',
    )
  })
})
