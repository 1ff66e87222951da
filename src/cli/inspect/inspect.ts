import { hasErrors } from '../../diagnostic/diagnostic.ts'
import type { Command } from '../command.ts'
import { EXIT } from '../exit-code.ts'
import { DEFAULT_BUNDLE, findBundle } from '../build/open-bundle.ts'
import { TEXT_OR_JSON } from '../text-or-json.ts'
import { wantsColor, writeDiagnostics } from '../write-diagnostics.ts'

export const inspect: Command = {
  name: 'inspect',
  summary: 'Show what a bundle holds: bindings, exceptions, policies and their parameters.',
  operands: '[FILE|DIR]',
  maxOperands: 1,
  options: [TEXT_OR_JSON],
  examples: [
    ['portcullis inspect', `the bundle that the package carries, ${DEFAULT_BUNDLE}`],
    ['portcullis inspect team.tgz -o json', 'for a program'],
  ],
  exitCodes: [
    [EXIT.clean, 'the bundle is shown'],
    [EXIT.failed, 'it cannot be read, or built'],
    [EXIT.internal, 'a bug of ours'],
  ],
  run: async (args, host) => {
    const { bundle, diagnostics } = await findBundle(args.positionals[0], host)
    await writeDiagnostics(diagnostics, host)
    if (bundle === undefined || hasErrors(diagnostics)) return EXIT.failed
    const { inspectBundle } = await import('./inspect-bundle.ts')
    const { renderInspection } = await import('./inspect-text.ts')
    const inspection = inspectBundle(bundle, host.now())
    await host.stdout.write(
      args.value('output') === 'json'
        ? `${JSON.stringify(inspection, undefined, 2)}\n`
        : renderInspection(inspection, { color: wantsColor(host.stdout, host) }),
    )
    return EXIT.clean
  },
}
