import type { Command } from '../command.ts'
import { EXIT } from '../exit-code.ts'
import { kindOf } from '../list-files.ts'
import { packageVersion } from '../package-file.ts'
import { InputError } from '../usage-error.ts'
import { writeOutput } from '../write-output.ts'

export const init: Command = {
  name: 'init',
  summary: 'Make a directory ready to edit: a policy with its tests and samples, bundle.yaml, CI.',
  operands: '[DIR]',
  maxOperands: 1,
  options: [],
  examples: [
    ['portcullis init', 'in the working directory'],
    ['portcullis init team-policies', 'in a directory of its own'],
  ],
  exitCodes: [
    [EXIT.clean, 'the files are written'],
    [EXIT.failed, 'a file is there already, and nothing is written; or one cannot be written'],
    [EXIT.internal, 'a bug of ours'],
  ],
  run: async (args, host) => {
    const { starterFiles } = await import('./init-files.ts')
    const directory = args.positionals[0] ?? '.'
    const files = starterFiles(await packageVersion(host.files)).map(([path, text]) => ({
      path: directory === '.' ? path : `${directory.replace(/\/+$/, '')}/${path}`,
      text,
    }))
    for (const { path } of files) {
      if ((await kindOf(path, host)) === undefined) continue
      throw new InputError(`\`${path}\` is there already, so nothing is written`)
    }
    for (const { path, text } of files) {
      await writeOutput(path, new TextEncoder().encode(text), host)
    }
    const where = directory === '.' ? '' : `cd ${directory} && `
    await host.stdout.write(
      [...files.map(({ path }) => path), '', `next: ${where}portcullis test`, ''].join('\n'),
    )
    return EXIT.clean
  },
}
