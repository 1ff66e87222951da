import { hasErrors } from '../../diagnostic/diagnostic.ts'
import type { Host } from '../../host/host.ts'
import type { SourceFile } from '../../source/source-file.ts'
import { decodeUtf8 } from '../../yaml/decode-utf8.ts'
import type { Command } from '../command.ts'
import { EXIT } from '../exit-code.ts'
import { kindOf, listFiles, orInputError } from '../list-files.ts'
import { BUNDLE_FOLDER } from '../build/open-bundle.ts'
import { openCompiler } from '../build/open-compiler.ts'
import { InputError, UsageError } from '../usage-error.ts'
import { writeDiagnostics } from '../write-diagnostics.ts'
import { writeOutput } from '../write-output.ts'

export const fmt: Command = {
  name: 'fmt',
  summary: 'Lay out Rego as OPA does.',
  operands: '[FILE|DIR|- ...]',
  maxOperands: Number.POSITIVE_INFINITY,
  options: [
    { name: 'check', summary: 'write nothing; list the files that are laid out otherwise' },
    { name: 'diff', summary: 'write nothing; show what would change' },
  ],
  examples: [
    ['portcullis fmt', `every .rego file below ./${BUNDLE_FOLDER}, in place`],
    ['portcullis fmt --check --diff policies', 'for CI'],
    ['portcullis fmt - < policy.rego', 'from standard input to standard output'],
  ],
  exitCodes: [
    [EXIT.clean, 'all is laid out'],
    [EXIT.violations, 'with `--check` or `--diff`: something is not'],
    [EXIT.failed, 'a file cannot be read or written, or is no Rego'],
    [EXIT.internal, 'a bug of ours'],
  ],
  run: async (args, host) => {
    const operands = args.positionals.length === 0 ? [BUNDLE_FOLDER] : args.positionals
    const isDry = args.flag('check') || args.flag('diff')
    if (operands.includes('-') && operands.length > 1) {
      throw new UsageError('`-` stands alone: standard input goes to standard output')
    }
    const paths = new Set<string>()
    for (const each of operands) for (const path of await expand(each, host)) paths.add(path)
    const compiler = await openCompiler()
    let changed = 0
    let isWhole = true
    for (const path of paths) {
      const read = await readSource(path, host)
      const formatted = read.file === undefined ? undefined : compiler.format(read.file)
      const diagnostics = [...read.diagnostics, ...(formatted?.diagnostics ?? [])]
      await writeDiagnostics(diagnostics, host)
      const text = formatted?.text
      if (read.file === undefined || text === undefined || hasErrors(diagnostics)) {
        isWhole = false
        continue
      }
      if (path === '-' && !isDry) await host.stdout.write(text)
      if (text === read.file.text) continue
      changed++
      if (args.flag('diff')) {
        const { unifiedDiff } = await import('./fmt-diff.ts')
        await host.stdout.write(unifiedDiff(read.file.path, read.file.text, text))
      } else if (path !== '-' || isDry) await host.stdout.write(`${read.file.path}\n`)
      if (!isDry && path !== '-') await writeOutput(path, new TextEncoder().encode(text), host)
    }
    if (!isWhole) return EXIT.failed
    return isDry && changed > 0 ? EXIT.violations : EXIT.clean
  },
}

async function readSource(
  path: string,
  host: Host,
): Promise<{ file?: SourceFile; diagnostics: ReturnType<typeof decodeUtf8>['diagnostics'] }> {
  const bytes = await orInputError(path, () =>
    path === '-' ? host.readStdin() : host.files.read(path),
  )
  return decodeUtf8(bytes, path === '-' ? '<stdin>' : path)
}

async function expand(operand: string, host: Host): Promise<readonly string[]> {
  if (operand === '-') return [operand]
  const kind = await kindOf(operand, host)
  if (kind === undefined) throw new InputError(`there is no file or directory \`${operand}\``)
  if (kind !== 'directory') return [operand]
  const found = await listFiles(
    operand,
    (path) => /(?:^|[\\/])[^.\\/][^\\/]*\.rego$/.test(path),
    host,
  )
  if (found.length === 0) throw new InputError(`there is no .rego file below \`${operand}\``)
  return found
}
