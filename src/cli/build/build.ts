import { findExpired } from '../../bundle/check-exceptions.ts'
import type { Compiler } from '../../compiler/compiler.ts'
import { hasErrors } from '../../diagnostic/diagnostic.ts'
import type { Host } from '../../host/host.ts'
import { BUNDLE_FOLDER, buildFolder } from './open-bundle.ts'
import type { Command } from '../command.ts'
import { counted } from '../counted.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { listFiles } from '../list-files.ts'
import { openCompiler } from './open-compiler.ts'
import { isBundleSource } from './read-folder.ts'
import { writeDiagnostics } from '../write-diagnostics.ts'
import { writeOutput } from '../write-output.ts'

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
    { name: 'watch', short: 'w', summary: 'build again at each change, until interrupted' },
  ],
  examples: [
    ['portcullis build', `compile ./${BUNDLE_FOLDER} into ./bundle.tgz`],
    ['portcullis build team-policies -o team.tgz', 'compile another folder'],
    ['portcullis build --watch', 'while writing a policy'],
  ],
  exitCodes: [
    [EXIT.clean, 'the bundle is written; with `--watch`: interrupted'],
    [
      EXIT.failed,
      'it is not: a fault in the policies or bundle.yaml, or a file that cannot be read or written',
    ],
    [EXIT.internal, 'a bug of ours'],
  ],
  run: async (args, host) => {
    const folder = args.positionals[0] ?? BUNDLE_FOLDER
    const output = args.value('output') ?? 'bundle.tgz'
    let compiler: Promise<Compiler> | undefined
    const buildOnce = (): Promise<ExitCode> =>
      buildTo(output, folder, host, () => (compiler ??= openCompiler()))
    if (!args.flag('watch')) return buildOnce()
    const { runOnChange } = await import('../run-on-change.ts')
    // A build reads the whole folder anew.
    const watched = { list: () => listFiles(folder, isBundleSource, host), forget: () => {} }
    return runOnChange(watched, buildOnce, host)
  },
}

async function buildTo(
  output: string,
  folder: string,
  host: Host,
  compiler: () => Promise<Compiler>,
): Promise<ExitCode> {
  const { bundle, archive, diagnostics } = await buildFolder(folder, host, compiler)
  const expired = findExpired(bundle?.exceptions ?? [], host.now())
  await writeDiagnostics([...diagnostics, ...expired], host)
  if (bundle === undefined || archive === undefined || hasErrors(diagnostics)) return EXIT.failed
  await writeOutput(output, archive, host)
  const policies = counted(bundle.policies.length, 'policy', 'policies')
  const bindings = counted(bundle.bindings.length, 'binding')
  await host.stdout.write(`${output}: ${policies}, ${bindings}, ${bundle.digest}\n`)
  return EXIT.clean
}
