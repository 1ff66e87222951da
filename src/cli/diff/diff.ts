import { hasErrors } from '../../diagnostic/diagnostic.ts'
import type { Command } from '../command.ts'
import { EXIT } from '../exit-code.ts'
import { findBundle } from '../build/open-bundle.ts'
import { TEXT_OR_JSON } from '../text-or-json.ts'
import { UsageError } from '../usage-error.ts'
import { wantsColor, writeDiagnostics } from '../write-diagnostics.ts'

export const diff: Command = {
  name: 'diff',
  summary: 'Tell what differs between two bundles: bindings, exceptions, policies, data.',
  operands: 'OLD NEW',
  maxOperands: 2,
  options: [TEXT_OR_JSON],
  examples: [
    ['portcullis diff bundle.tgz policies', 'what the next build would change'],
    ['portcullis diff v1.tgz v2.tgz -o json', 'for a program'],
  ],
  exitCodes: [
    [EXIT.clean, 'nothing differs'],
    [EXIT.violations, 'something does'],
    [EXIT.failed, 'a bundle cannot be read, or built'],
    [EXIT.internal, 'a bug of ours'],
  ],
  run: async (args, host) => {
    const [oldPath, newPath] = args.positionals
    if (oldPath === undefined || newPath === undefined) {
      throw new UsageError('`portcullis diff` needs two bundles: OLD NEW')
    }
    const old = await findBundle(oldPath, host)
    const next = await findBundle(newPath, host)
    const diagnostics = [...old.diagnostics, ...next.diagnostics]
    await writeDiagnostics(diagnostics, host)
    if (old.bundle === undefined || next.bundle === undefined || hasErrors(diagnostics)) {
      return EXIT.failed
    }
    const { diffBundles, isSame } = await import('./diff-bundles.ts')
    const { renderDiff } = await import('./diff-text.ts')
    const found = diffBundles(old.bundle, next.bundle)
    await host.stdout.write(
      args.value('output') === 'json'
        ? `${JSON.stringify(found, undefined, 2)}\n`
        : renderDiff(found, { color: wantsColor(host.stdout, host) }),
    )
    return isSame(found) ? EXIT.clean : EXIT.violations
  },
}
