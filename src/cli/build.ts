import { describeSystemError } from '../host/files.ts'
import { findExpired } from '../bundle/check-exceptions.ts'
import { hasErrors } from '../diagnostic/diagnostic.ts'
import { BUNDLE_FOLDER, buildFolder } from './open-bundle.ts'
import type { Command } from './command.ts'
import { counted } from './counted.ts'
import { EXIT } from './exit-code.ts'
import { writeDiagnostics } from './write-diagnostics.ts'
import { InputError } from './usage-error.ts'

export const build: Command = {
  name: 'build',
  summary: 'Compile a folder of policies and its bundle.yaml into one checked bundle.',
  operands: '[DIR]',
  maxOperands: 1,
  options: [
    {
      name: 'output',
      short: 'o',
      value: 'FILE',
      default: 'bundle.tgz',
      summary: 'where the bundle goes',
    },
  ],
  examples: [
    ['portcullis build', `compile ./${BUNDLE_FOLDER} into ./bundle.tgz`],
    ['portcullis build team-policies -o team.tgz', 'compile another folder'],
  ],
  exitCodes: [
    [EXIT.clean, 'the bundle is written'],
    [
      EXIT.failed,
      'it is not: a fault in the policies or bundle.yaml, or a file that cannot be read or written',
    ],
    [EXIT.internal, 'a bug of ours'],
  ],
  run: async (args, host) => {
    const folder = args.positionals[0] ?? BUNDLE_FOLDER
    const output = args.value('output') ?? 'bundle.tgz'
    const { bundle, archive, diagnostics } = await buildFolder(folder, host)
    const expired = findExpired(bundle?.exceptions ?? [], host.now())
    await writeDiagnostics([...diagnostics, ...expired], host)
    if (bundle === undefined || archive === undefined || hasErrors(diagnostics)) return EXIT.failed
    try {
      await host.files.write(output, archive)
    } catch (error) {
      throw new InputError(`cannot write \`${output}\`: ${describeSystemError(error)}`, {
        cause: error,
      })
    }
    const policies = counted(bundle.policies.length, 'policy', 'policies')
    const bindings = counted(bundle.bindings.length, 'binding')
    await host.stdout.write(`${output}: ${policies}, ${bindings}, ${bundle.digest}\n`)
    return EXIT.clean
  },
}
