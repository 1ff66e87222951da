// What options hand over beside the inputs. A file that holds nothing of the kind is a mistake, and is not passed over.
import { type Diagnostic, hasErrors } from '../../diagnostic/diagnostic.ts'
import type { Host } from '../../host/host.ts'
import { InputError } from '../usage-error.ts'
import { type NamedObject, namespacesAmong } from '../../kubernetes/namespaces-among.ts'
import { type Inputs, readFile, readInputs } from './read-inputs.ts'

/** The Namespaces of `--namespaces`. @throws {InputError} for a file that cannot be read, or has none. */
export async function readNamespaces(
  path: string | undefined,
  host: Host,
): Promise<{
  readonly namespaces: readonly NamedObject[]
  readonly diagnostics: readonly Diagnostic[]
}> {
  if (path === undefined) return { namespaces: [], diagnostics: [] }
  const { resources, diagnostics } = await readFile(path, host)
  const namespaces = namespacesAmong(resources)
  if (namespaces.length === 0 && !hasErrors(diagnostics)) {
    throw new InputError(`there is no Namespace in \`${path}\``)
  }
  return { namespaces, diagnostics }
}

/** The objects of `--old`. @throws {InputError} for operands that fit no file, or of which none has an object. */
export async function readOldObjects(operands: readonly string[], host: Host): Promise<Inputs> {
  const read = await readInputs(operands, host)
  if (operands.length > 0 && read.resources.length === 0 && !hasErrors(read.diagnostics)) {
    throw new InputError('there is no Kubernetes object in what `--old` names')
  }
  return read
}
