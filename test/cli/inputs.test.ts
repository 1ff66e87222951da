import { execFileSync } from 'node:child_process'
import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { pod, useCheckFolder } from '../support/check-folder.ts'

const { path, put, check, report } = useCheckFolder(['--unknown-namespace', 'skip'])

describe('what Helm renders', () => {
  const stream = `---\n# Source: shop/templates/good.yaml\n${pod('good')}---\n# Source: shop/templates/bad.yaml\n${pod('bad', true)}`

  test('findings name the chart’s file, and where they are in what was rendered', async () => {
    const { findings, resources } = await report(['-'], stream)
    const rendered = { file: '<stdin>', line: 18, column: 16, endLine: 18, endColumn: 20 }
    expect(findings).toMatchObject([
      { file: 'shop/templates/bad.yaml', line: 1, column: 1, rendered },
    ])
    expect(resources.map(({ file }) => file)).toEqual([
      'shop/templates/bad.yaml',
      'shop/templates/good.yaml',
    ])
  })

  test('text shows the rendered lines, annotations the chart’s file', async () => {
    const { stdout, stderr } = await check(['-o', 'text', '-o', 'github', '-'], stream)
    expect(stdout).toContain('shop/templates/bad.yaml: 1 denied')
    expect(stdout).toContain('--> <stdin>:18:16')
    expect(stdout).toContain('18 |   hostNetwork: true')
    expect(stdout).toContain('= template: shop/templates/bad.yaml')
    expect(stderr).toContain('::error file=shop/templates/bad.yaml,line=1')
    expect(stderr).toContain('rendered at <stdin>:18:16')
  })
})

test('JSON lines are judged one by one', async () => {
  const line = (name: string, hostNetwork: boolean) =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'quiet' },
      spec: { hostNetwork, containers: [] },
    })
  const { resources, findings } = await report(
    ['-'],
    `${line('a', false)}\n${line('b', true)}\n${line('c', false)}\n`,
  )
  expect(resources.map(({ name, line: at }) => [name, at])).toEqual([
    ['a', 1],
    ['b', 2],
    ['c', 3],
  ])
  expect(findings).toMatchObject([{ line: 2, resource: { name: 'b' } }])
})

test('a kind that no API server serves any more is warned of, with what to write instead', async () => {
  const old = pod('old', true)
    .replace('apiVersion: v1', 'apiVersion: extensions/v1beta1')
    .replace('kind: Pod', 'kind: Deployment')
  await put('old.yaml', old)
  const { stderr, code } = await check(['old.yaml'])
  expect(stderr).toContain('warning[kubernetes/removed-api]')
  expect(stderr).toContain('apiVersion: apps/v1')
  expect(code).toBe(0)
})

describe('--ignore', () => {
  test('leaves out files by name, and by path', async () => {
    await put('deploy/good.yaml', pod('good'))
    await put('deploy/vendor/bad.yaml', pod('bad', true))
    await put('deploy/sub/bad.gen.yaml', pod('bad', true))
    expect((await check(['.'])).code).toBe(1)
    const { resources } = await report(['--ignore', 'vendor', '--ignore', '*.gen.yaml', '.'])
    expect(resources.map(({ name }) => name)).toEqual(['good'])
    const byPath = await report(['--ignore', './deploy/{vendor,sub}/', 'deploy'])
    expect(byPath.resources.map(({ name }) => name)).toEqual(['good'])
  })

  test('a path counts from its beginning: `vendor/*` is not `deploy/vendor/*`', async () => {
    await put('deploy/vendor/bad.yaml', pod('bad', true))
    expect((await check(['--ignore', 'vendor/*', 'deploy'])).code).toBe(1)
  })

  test('that leaves nothing: exit 2', async () => {
    await put('deploy/good.yaml', pod('good'))
    const { code, stderr } = await check(['--ignore', 'deploy', 'deploy'])
    expect(stderr).toContain('`--ignore` leaves out all 1 files')
    expect(code).toBe(2)
  })
})

describe('--changed-since', () => {
  const git = (...args: readonly string[]): void => {
    const identity = ['-c', 'user.name=a', '-c', 'user.email=a@example.com']
    execFileSync('git', [...identity, ...args], { cwd: path(), stdio: 'ignore' })
  }
  const commit = (): void => {
    git('add', '-A')
    git('commit', '-q', '-m', 'x')
  }

  test('judges what changed since HEAD left a revision, and what git does not track', async () => {
    git('init', '-q', '-b', 'main')
    await put('.gitignore', 'rendered\n')
    await put('deploy/same.yaml', pod('same', true))
    await put('deploy/edited.yaml', pod('edited'))
    await put('deploy/gone.yaml', pod('gone'))
    commit()
    git('checkout', '-q', '-b', 'topic')
    await put('deploy/committed.yaml', pod('committed'))
    commit()
    // What the other side has done since is none of this side's changes.
    git('checkout', '-q', 'main')
    await put('deploy/theirs.yaml', pod('theirs', true))
    commit()
    git('checkout', '-q', 'topic')
    await put('deploy/edited.yaml', pod('edited-now'))
    git('rm', '-q', 'deploy/gone.yaml')
    await put('deploy/untracked.yaml', pod('untracked'))
    await put('deploy/rendered/ignored.yaml', pod('ignored'))
    const { resources, verdict } = await report(['--changed-since', 'main', 'deploy'])
    expect(resources.map(({ name }) => name)).toEqual([
      'committed',
      'edited-now',
      'ignored',
      'untracked',
    ])
    expect(verdict).toBe('clean')
  })

  test('nothing changed: nothing to do, which is told, and exit 0', async () => {
    git('init', '-q')
    await put('bad.yaml', pod('bad', true))
    commit()
    const { code, stdout, stderr } = await check(['--changed-since', 'HEAD', '-o', 'json', '.'])
    expect(stderr).toContain('nothing to judge: none of 1 files has changed since `HEAD`')
    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'clean', errors: [], resources: [] })
    expect(code).toBe(0)
  })

  test('Namespaces in files that have not changed still count', async () => {
    git('init', '-q')
    const labels = '{ environment: production }'
    await put(
      'ns.yaml',
      `apiVersion: v1\nkind: Namespace\nmetadata: { name: quiet, labels: ${labels} }\n`,
    )
    commit()
    await put('pod.yaml', pod('a'))
    const { findings, resources } = await report(['--changed-since', 'HEAD', '.'])
    expect(resources).toHaveLength(1)
    expect(findings).toMatchObject([{ policy: 'required-labels' }])
  })

  test('a link that leads elsewhere now is a change', async () => {
    git('init', '-q')
    await put('a/x.yaml', pod('a'))
    await put('b/x.yaml', pod('b', true))
    await symlink('a', join(path(), 'current'))
    commit()
    execFileSync('ln', ['-sfn', 'b', 'current'], { cwd: path() })
    expect((await check(['--changed-since', 'HEAD', 'current'])).code).toBe(1)
  })

  test('no repository, and a revision that is none: exit 2, with the reason', async () => {
    await put('good.yaml', pod('good'))
    const outside = await check(['--changed-since', 'HEAD', '.'])
    expect(outside.stderr).toContain('no working tree of git is here')
    expect(outside.code).toBe(2)
    git('init', '-q')
    commit()
    for (const revision of ['nowhere', '--output=x']) {
      const unknown = await check([`--changed-since=${revision}`, '.'])
      expect(unknown.stderr).toContain(`git knows no commit \`${revision}\``)
      expect(unknown.code).toBe(2)
    }
  })
})
