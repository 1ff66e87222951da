// From the operands of `check` to Kubernetes objects with their places. Nothing is passed over in silence.
import type { Diagnostic } from '../../diagnostic/diagnostic.ts'
import type { Host } from '../../host/host.ts'
import { readResources } from '../../kubernetes/read-resources.ts'
import type { Resource } from '../../kubernetes/resource.ts'
import { decodeUtf8 } from '../../yaml/decode-utf8.ts'
import { expandOperands, readBytes } from './expand-operands.ts'

export interface Inputs {
  readonly resources: readonly Resource[]
  readonly diagnostics: readonly Diagnostic[]
}

/** @throws {InputError} for an operand that fits no file, or a file that cannot be read. */
export async function readInputs(operands: readonly string[], host: Host): Promise<Inputs> {
  const resources: Resource[] = []
  const diagnostics: Diagnostic[] = []
  for (const path of await expandOperands(operands, host)) {
    const read = await readFile(path, host)
    resources.push(...read.resources)
    diagnostics.push(...read.diagnostics)
  }
  return { resources, diagnostics }
}

/** Reads one file of Kubernetes objects; `-` is standard input. */
export async function readFile(path: string, host: Host): Promise<Inputs> {
  return readText(path, await readBytes(path, host))
}

/** Reads the Kubernetes objects in a file's bytes. */
export function readText(path: string, bytes: Uint8Array): Inputs {
  const decoded = decodeUtf8(bytes, path === '-' ? '<stdin>' : path)
  if (decoded.file === undefined) return { resources: [], diagnostics: decoded.diagnostics }
  const read = readResources(decoded.file)
  return { resources: read.resources, diagnostics: [...decoded.diagnostics, ...read.diagnostics] }
}
