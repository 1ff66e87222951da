import { hasErrors } from '../../diagnostic/diagnostic.ts'
import type { Command } from '../command.ts'
import { EXIT } from '../exit-code.ts'
import { BUNDLE_FOLDER, findBundle } from '../build/open-bundle.ts'
import { writeDiagnostics } from '../write-diagnostics.ts'

export const doc: Command = {
  name: 'doc',
  summary:
    'Write a page of Markdown about a bundle: its bindings, exceptions, policies and parameters.',
  operands: '[DIR|FILE]',
  maxOperands: 1,
  options: [],
  examples: [
    ['portcullis doc > POLICIES.md', `the policies in ./${BUNDLE_FOLDER}`],
    ['portcullis doc team.tgz', 'those of an archive'],
    ['portcullis doc | diff POLICIES.md -', 'in CI: is the page of today?'],
  ],
  exitCodes: [
    [EXIT.clean, 'the page is on stdout: the same sources, the same page'],
    [EXIT.failed, 'the bundle cannot be read, or built'],
    [EXIT.internal, 'a bug of ours'],
  ],
  run: async (args, host) => {
    const { bundle, diagnostics } = await findBundle(args.positionals[0] ?? BUNDLE_FOLDER, host)
    await writeDiagnostics(diagnostics, host)
    if (bundle === undefined || hasErrors(diagnostics)) return EXIT.failed
    const { renderDoc } = await import('./doc-markdown.ts')
    await host.stdout.write(renderDoc(bundle))
    return EXIT.clean
  },
}
