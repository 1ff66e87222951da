import { hasErrors } from '../../diagnostic/diagnostic.ts'
import type { Host } from '../../host/host.ts'
import type { Command } from '../command.ts'
import { EXIT } from '../exit-code.ts'
import { kindOf } from '../list-files.ts'
import { BUNDLE_FOLDER, findBundle } from '../build/open-bundle.ts'
import { TEXT_OR_JSON } from '../text-or-json.ts'
import { wantsColor, writeDiagnostics } from '../write-diagnostics.ts'

export const lint: Command = {
  name: 'lint',
  summary: 'Tell what in a bundle would lock a cluster out, or leave a hole.',
  operands: '[DIR|FILE]',
  maxOperands: 1,
  options: [
    TEXT_OR_JSON,
    {
      name: 'fail-on',
      value: 'SEVERITY',
      choices: ['warning', 'error'],
      default: 'warning',
      summary: 'the mildest finding that ends with 1: warning or error',
    },
  ],
  examples: [
    ['portcullis lint', `the policies in ./${BUNDLE_FOLDER}, with places in bundle.yaml and Rego`],
    [
      'portcullis lint team.tgz --fail-on error',
      'an archive, as far as it can be told without its Rego',
    ],
  ],
  exitCodes: [
    [EXIT.clean, 'nothing is found, or nothing as bad as `--fail-on` says'],
    [EXIT.violations, 'something is found'],
    [EXIT.failed, 'the bundle cannot be read, or built'],
    [EXIT.internal, 'a bug of ours'],
  ],
  run: async (args, host) => {
    const { subject, modules, diagnostics } = await open(args.positionals[0] ?? BUNDLE_FOLDER, host)
    await writeDiagnostics(
      diagnostics.filter(({ severity }) => severity === 'error'),
      host,
    )
    if (subject === undefined || hasErrors(diagnostics)) return EXIT.failed
    const { lintBundle } = await import('../../policy/lint/lint-bundle.ts')
    const { allDiagnostics, renderLint, renderLintJson } = await import('./lint-output.ts')
    const result = lintBundle({ ...subject, now: host.now() }, modules)
    await host.stdout.write(
      args.value('output') === 'json'
        ? renderLintJson(result)
        : renderLint(result, { color: wantsColor(host.stdout, host) }),
    )
    const found = allDiagnostics(result)
    const isBad = args.value('fail-on') === 'error' ? hasErrors(found) : found.length > 0
    return isBad ? EXIT.violations : EXIT.clean
  },
}

async function open(path: string, host: Host) {
  if ((await kindOf(path, host)) !== 'directory') {
    const { bundle, diagnostics } = await findBundle(path, host)
    return { modules: [], diagnostics, ...(bundle === undefined ? {} : { subject: { bundle } }) }
  }
  const { openLintableFolder } = await import('./lint-folder.ts')
  return openLintableFolder(path, host)
}
