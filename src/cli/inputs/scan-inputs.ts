// What must be known of all files before the first is judged: the Namespaces in them, whose labels selectors ask for, and
// how much there is to do. Only files that may hold a Namespace are parsed for it.
import type { Diagnostic } from '../../diagnostic/diagnostic.ts'
import type { Host } from '../../host/host.ts'
import type { FoundInputs } from './find-inputs.ts'
import { type NamedObject, namespacesAmong } from '../../kubernetes/namespaces-among.ts'
import { readBytes } from './expand-operands.ts'
import type { Inputs } from './read-inputs.ts'

/** Bytes that are kept between the two readings; past it, files are read again when their turn comes. */
const MAX_KEPT_BYTES = 16 * 1024 * 1024

export interface ScannedFile {
  readonly path: string
  readonly size: number
  readonly read: () => Promise<Uint8Array>
}

export interface ScannedInputs {
  readonly files: readonly ScannedFile[]
  readonly namespaces: readonly NamedObject[]
  /** Of files that are not judged, and so have nobody else to tell. */
  readonly diagnostics: readonly Diagnostic[]
}

/** @throws {InputError} for a file that cannot be read. */
export async function scanInputs(found: FoundInputs, host: Host): Promise<ScannedInputs> {
  const files: ScannedFile[] = []
  const namespaces: NamedObject[] = []
  const diagnostics: Diagnostic[] = []
  let kept = 0
  for (const path of found.judged) {
    const bytes = await readBytes(path, host)
    if (mayHoldNamespace(bytes))
      namespaces.push(...namespacesAmong((await readText(path, bytes)).resources))
    kept += bytes.length
    // Standard input cannot be read twice.
    const isKept = path === '-' || kept <= MAX_KEPT_BYTES
    const read = isKept ? async () => bytes : () => readBytes(path, host)
    files.push({ path, size: bytes.length, read })
  }
  for (const path of found.unchanged) {
    const bytes = await readBytes(path, host)
    if (!mayHoldNamespace(bytes)) continue
    const read = await readText(path, bytes)
    namespaces.push(...namespacesAmong(read.resources))
    diagnostics.push(...read.diagnostics)
  }
  return { files, namespaces, diagnostics }
}

/** Most runs have no file with one, and do not wait here for what reads it. */
async function readText(path: string, bytes: Uint8Array): Promise<Inputs> {
  const reader = await import('./read-inputs.ts')
  return reader.readText(path, bytes)
}

/** The word stands in every file with a Namespace, unless its letters are written as escapes, or over two lines. */
function mayHoldNamespace(bytes: Uint8Array): boolean {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (buffer.includes('Namespace')) return true
  return buffer.includes('\\') && ESCAPES.some((escape) => buffer.includes(escape))
}

const ESCAPES = ['\\x', '\\u', '\\U', '\\\n', '\\\r']
