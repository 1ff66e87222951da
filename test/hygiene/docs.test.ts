// Pages that list what the code holds are written by these tests: `npm run docs` after a change.
import { expect, test } from 'vitest'
import { COMMANDS } from '../../src/cli/run.ts'
import { renderHelp } from '../../src/cli/help.ts'
import { EXIT } from '../../src/cli/exit-code.ts'
import { CATALOGUE, type CatalogueEntry } from '../../src/diagnostic/catalogue.ts'
import { ROOT } from '../support/portcullis.ts'

test('docs/diagnostics.md lists every code', async () => {
  const rows = Object.entries<CatalogueEntry>(CATALOGUE).map(
    ([code, { severity, summary, help }]) =>
      `| \`${code}\` | ${severity} | ${[summary, help].filter(Boolean).join(' ')} |`,
  )
  const page = [
    '# Diagnostics',
    '',
    'Faults in Rego, in a bundle or in YAML, told to their author with the place. The codes are stable; the wording is not.',
    '',
    '| code | severity | meaning |',
    '| --- | --- | --- |',
    ...rows,
    '',
  ].join('\n')
  await expect(page).toMatchFileSnapshot(`${ROOT}docs/diagnostics.md`)
})

test('docs/cli.md shows every command', async () => {
  const meanings: Readonly<Record<keyof typeof EXIT, string>> = {
    clean: 'done, and nothing is denied',
    violations: 'done, and something is denied',
    failed:
      'the job could not be done: usage, unreadable input, invalid bundle, evaluation error; also no policies, no resources, a document unread, an operand that fits no file',
    internal: 'a bug of ours',
  }
  const page = [
    '# The command line',
    '',
    'stdout carries the result and nothing else; stderr carries diagnostics. Colour only on a terminal, and never where `NO_COLOR` is set.',
    '',
    '| exit code | meaning |',
    '| --- | --- |',
    ...Object.entries(EXIT).map(
      ([name, code]) => `| ${code} | ${meanings[name as keyof typeof EXIT]} |`,
    ),
    '',
    ...COMMANDS.flatMap((command) => [
      `## portcullis ${command.name}`,
      '',
      '```',
      renderHelp(command).trimEnd(),
      '```',
      '',
    ]),
    '## What check reads',
    '',
    'Of a directory, and of every directory below it, each `.yaml`, `.yml` and `.json`, dot files too, as kubectl does; directories that begin',
    'with a dot are left out. What cannot be read is an error. An object with `items`, of whatever kind, stands for its items.',
    '',
    'Where Namespaces of one name differ and a selector tells them apart, objects in that Namespace cannot be judged: check one environment at',
    'a time, or take the strictest reading with `--unknown-namespace match`.',
    '',
  ].join('\n')
  await expect(page).toMatchFileSnapshot(`${ROOT}docs/cli.md`)
})
