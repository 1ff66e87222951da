// The scripts, sourced by the shells they are for. A shell that is not installed is skipped, and says so.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { COMMANDS } from '../../src/cli/run.ts'
import { allOptions } from '../../src/cli/parse-arguments.ts'
import { portcullis } from '../support/portcullis.ts'

let folder: string
const scripts = new Map<string, string>()
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-'))
  writeFileSync(join(folder, 'a-file'), '')
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { code, stdout } = await portcullis(['completion', shell])
    expect(code).toBe(0)
    const path = join(folder, `script.${shell}`)
    writeFileSync(path, stdout)
    scripts.set(shell, path)
  }
})
afterAll(() => rmSync(folder, { recursive: true }))

function hasShell(shell: string): boolean {
  const found = spawnSync(shell, ['-c', 'exit 0']).status === 0
  if (!found) console.error(`SKIPPED for lack of ${shell}: its completion`)
  return found
}

/** Words typed, the last of them at the cursor, and what is proposed. */
const CASES: readonly (readonly [words: readonly string[], proposed: readonly string[]])[] = [
  [['chec'], ['check']],
  [
    ['check', '--fail-on', ''],
    ['audit', 'deny', 'warn'],
  ],
  [['check', '--fail-on', 'd'], ['deny']],
  [['check', '--unknown-n'], ['--unknown-namespace']],
  [
    ['completion', ''],
    ['bash', 'fish', 'zsh'],
  ],
  [['lint', '-o', 'j'], ['json']],
  [
    ['inspect', '--output', ''],
    ['json', 'text'],
  ],
]

describe.skipIf(!hasShell('bash'))('completion bash', () => {
  /** As readline calls it: `=` is a word of its own. */
  function complete(words: readonly string[]): readonly string[] {
    const code = `source "$1"; shift; COMP_WORDS=(portcullis "$@"); COMP_CWORD=$#; _portcullis; printf '%s\\n' "\${COMPREPLY[@]}"`
    const path = scripts.get('bash') ?? ''
    const options = { cwd: folder, encoding: 'utf8' } as const
    const out = execFileSync('bash', ['--norc', '-uc', code, 'bash', path, ...words], options)
    return out
      .split('\n')
      .filter((line) => line !== '')
      .toSorted()
  }

  test.each(CASES)('%j: %j', (words, proposed) => {
    expect(complete(words)).toEqual(proposed)
  })

  test('every command, and of each every option', () => {
    expect(complete([''])).toEqual(
      [...COMMANDS.map(({ name }) => name), '--help', '--version'].toSorted(),
    )
    for (const command of COMMANDS) {
      const names = allOptions(command).map(({ name }) => `--${name}`)
      expect(complete([command.name, '--'])).toEqual(names.toSorted())
    }
  })

  test('the value behind an equals sign', () => {
    expect(complete(['check', '--fail-on', '='])).toEqual(['audit', 'deny', 'warn'])
    expect(complete(['check', '--fail-on', '=', 'a'])).toEqual(['audit'])
  })

  test('where a file is meant, nothing, so that bash proposes files', () => {
    expect(complete(['check', ''])).toEqual([])
    expect(complete(['check', '--bundle', ''])).toEqual([])
  })
})

describe.skipIf(!hasShell('zsh'))('completion zsh', () => {
  // A terminal of its own, in which somebody types and presses tab twice.
  const ASK = `
zmodload zsh/zpty
zpty shell zsh -i
zpty -w shell "PS1= RPS1= LISTMAX=1000; autoload -Uz compinit && compinit -D -u && source \${(q)1}; cd \${(q)2}; print LOA''DED"
out=; until [[ $out == *LOADED* ]]; do zpty -r shell line || exit 1; out+=$line; done
zpty -w -n shell "$3"$'\\t\\t'
out=; repeat 50; do zpty -r -t shell line && out+=$line; sleep 0.1; done
print -r -- "$out"`

  test.each(CASES)('%j: %j', (words, proposed) => {
    const typed = ['portcullis', ...words].join(' ')
    const args = ['-c', ASK, 'zsh', scripts.get('zsh') ?? '', folder, typed]
    const env = { ...process.env, HOME: folder, ZDOTDIR: folder, TERM: 'dumb' }
    const out = execFileSync('zsh', args, { encoding: 'utf8', env })
    for (const each of proposed) expect(out).toContain(each)
  })
})

describe.skipIf(!hasShell('fish'))('completion fish', () => {
  test.each(CASES)('%j: %j', (words, proposed) => {
    const code = 'source $argv[1]; complete -C $argv[2]'
    const typed = ['portcullis', ...words].join(' ')
    const args = ['--no-config', '-c', code, scripts.get('fish') ?? '', typed]
    const options = { cwd: folder, encoding: 'utf8' } as const
    const out = execFileSync('fish', args, options)
    const found = out.split('\n').map((line) => line.split('\t')[0] ?? '')
    expect(found.filter((line) => line !== '').toSorted()).toEqual(proposed)
  })
})

test.each([
  [[], '`portcullis completion` needs a shell: bash, zsh, fish'],
  [
    ['bsh'],
    '`portcullis completion` takes `bash` or `zsh` or `fish`, got `bsh`, did you mean `bash`?',
  ],
])('completion %j: exit 2', async (args, message) => {
  const { code, stderr } = await portcullis(['completion', ...args])
  expect({ code, stderr }).toEqual({ code: 2, stderr: `portcullis: ${message}\n` })
})
