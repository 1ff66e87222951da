// From the operands of `check` to files and their bytes.
import { describeSystemError } from '../../host/system-error.ts'
import type { Host } from '../../host/host.ts'
import { kindOf, listFiles, orInputError } from '../list-files.ts'
import { InputError } from '../usage-error.ts'

/** What kubectl reads of a directory, dot files included. */
const MANIFEST = /\.(?:yaml|yml|json)$/

/** Returns the files that operands name, each once. @throws {InputError} for an operand that fits no file. */
export async function expandOperands(
  operands: readonly string[],
  host: Host,
): Promise<readonly string[]> {
  const paths = new Set<string>()
  for (const operand of operands) {
    for (const path of await expandOperand(operand, host)) paths.add(path)
  }
  return [...paths]
}

/** @throws {InputError} */
export async function readBytes(path: string, host: Host): Promise<Uint8Array> {
  try {
    if (path === '-') return await host.readStdin()
    return host.files.readAtOnce(path) ?? (await host.files.read(path))
  } catch (error) {
    throw new InputError(`cannot read \`${path}\`: ${describeSystemError(error)}`, { cause: error })
  }
}

async function expandOperand(operand: string, host: Host): Promise<readonly string[]> {
  if (operand === '-') return [operand]
  const kind = await kindOf(operand, host)
  if (kind === 'directory') {
    const found = await listManifests(operand, host)
    if (found.length > 0) return found
    throw new InputError(`there is no .yaml, .yml or .json file below \`${operand}\``)
  }
  if (kind !== undefined) return [operand]
  const fitting = await orInputError(operand, () => host.files.glob(operand))
  const found: string[] = []
  for (const path of fitting) {
    // As a shell would hand them over: a directory that fits stands for what is below it.
    if ((await kindOf(path, host)) === 'directory') found.push(...(await listManifests(path, host)))
    else found.push(path)
  }
  if (found.length > 0) return found
  const what = /[*?[{]/.test(operand) ? 'no file fits' : 'there is no file or directory'
  throw new InputError(`${what} \`${operand}\``)
}

function listManifests(directory: string, host: Host): Promise<readonly string[]> {
  return listFiles(directory, (path) => MANIFEST.test(path), host)
}
