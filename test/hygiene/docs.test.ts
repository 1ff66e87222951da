// Pages that list what the code holds are written by these tests: `npm run docs` after a change.
import { expect, test } from 'vitest'
import { COMMANDS } from '../../src/cli/run.ts'
import { renderHelp } from '../../src/cli/help.ts'
import { EXIT } from '../../src/cli/exit-code.ts'
import { readSettings } from '../../src/cli/serve/read-settings.ts'
import { renderSettings } from '../../src/cli/serve/print-settings.ts'
import {
  defaultOf,
  flagOf,
  SETTING_NAMES,
  type SettingSpec,
  specOf,
  variableOf,
} from '../../src/cli/serve/serve-settings.ts'
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
    bundle: '`serve`: no bundle to judge by; `check` ends with 2 then',
    certificate: '`serve`: no certificate to serve with, or no client CA',
    address: '`serve`: an address is in use, or not to be had',
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
    '## portcullis.yaml',
    '',
    'Defaults of a repository: the options that take a value, by command. The file is looked for from the working directory upwards, to the top of the',
    'git repository; the nearest one counts alone. The command line wins over it, it wins over the defaults above. Paths in it are meant from its',
    'folder. `portcullis COMMAND --help` says which file it is, `--no-defaults` leaves it unread: for a pipeline that the repository’s authors are not',
    'to loosen, together with `--bundle`. An unknown key or a wrong value is an error with its place.',
    '',
    '```yaml',
    '# yaml-language-server: $schema=node_modules/portcullis/dist/schemas/defaults.schema.json',
    'apiVersion: portcullis.dev/v1',
    'kind: Defaults',
    'check:',
    '  bundle: policies',
    '  namespaces: namespaces.yaml',
    '  output: [text, sarif=portcullis.sarif]',
    '```',
    '',
    '`serve` is not in it. It is started by an operator in a cluster and not by an author in a repository: nothing that lies about where it happens to',
    'run may change what it does, so its settings are in a file that is named, or in variables ([configuration.md](configuration.md)).',
    '',
    '## kubectl portcullis',
    '',
    'The package installs `kubectl-portcullis` beside `portcullis`: where both are on the `PATH`, `kubectl portcullis check deploy/` is the same command',
    'under kubectl’s roof.',
    '',
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

test('docs/configuration.md lists every setting', async () => {
  const rows = SETTING_NAMES.map((name) => {
    const spec = specOf(name)
    const otherwise = spec.kind === 'file' ? spec.otherwise : defaultOf(name)
    const cells = [
      `\`${name}\``,
      `\`--${flagOf(name)}\``,
      `\`${variableOf(name)}\``,
      takes(spec),
      otherwise === undefined ? '' : String(otherwise),
      spec.summary,
    ]
    return `| ${cells.join(' | ')} |`
  })
  const nothingSaid = {
    positionals: [],
    value: () => undefined,
    values: () => [],
    flag: () => false,
  }
  const { effective } = readSettings({ args: nothingSaid, environment: {} })
  if (effective === undefined) throw new Error('no settings')
  const page = [
    '# Configuration',
    '',
    'Of `portcullis serve`. Each setting may be said by a flag, by an environment variable and in a YAML file that `--config` names; where several',
    'say it, the flag wins over the variable, the variable over the file, and the file over the default. `serve --print-config` prints what they',
    'come to, and where each value was said.',
    '',
    '| key in the file | flag | variable | takes | default | meaning |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
    '- A key, or a variable that starts with `PORTCULLIS_`, that is not in the table is an error, as is an empty variable; all faults of the file are',
    '  told in one run. What Kubernetes sets beside a Service (`PORTCULLIS_PORT`, `PORTCULLIS_SERVICE_HOST` and the like) is left alone.',
    '- `clientNames` and `tlsServerNames` are lists in the file; a flag or a variable has commas between the names.',
    '- `devTls`, `manageCerts`, `watchNamespaces` and `profiling` as flags take no value and switch on; variables take `true` or `false`.',
    '- Paths are relative to the working directory. Secrets have no setting of their own: the private key stays in its file.',
    '- `headersTimeoutMs` may not be more than `requestTimeoutMs`, `maxBodyBytes` than `maxBufferedBytes`, `fuelPerBinding` than `fuelPerReview`.',
    '',
    '## The file',
    '',
    'What `serve --print-config` prints where nothing is said. The JSON Schema is in the package; an editor takes it from a first line',
    '',
    '```yaml',
    '# yaml-language-server: $schema=node_modules/portcullis/dist/schemas/server-configuration.schema.json',
    '```',
    '',
    '```yaml',
    renderSettings(effective).trimEnd(),
    '```',
    '',
    '## How it ends',
    '',
    'On SIGTERM or SIGINT `/readyz` says no at once, reviews are answered for `drainSeconds` more, those in flight are finished, and the process ends',
    'with 0. A second signal ends it at once, as does a first one before it listens. An error that nobody caught is logged and ends it with 3: nobody',
    'knows what state it left behind, and the other replicas serve on. The exit codes are in [cli.md](cli.md).',
    '',
  ].join('\n')
  await expect(page).toMatchFileSnapshot(`${ROOT}docs/configuration.md`)
})

function takes(spec: SettingSpec): string {
  switch (spec.kind) {
    case 'file':
      return 'a path'
    case 'address':
      return 'HOST:PORT'
    case 'name':
      return 'a name'
    case 'names':
      return 'names'
    case 'switch':
      return 'true or false'
    case 'choice':
      return spec.choices.map((each) => `\`${each}\``).join(', ')
    case 'number':
      return `${spec.unit}, ${spec.minimum} to ${spec.maximum}`
  }
}
