// An archive's bytes to a Bundle, for a reader who trusts nothing in them: sizes, names and forms are checked before what they
// hold, and nothing is ever written to disk.
import type { DiagnosticCode } from '../diagnostic/catalogue.ts'
import { type Diagnostic, diagnostic, hasErrors } from '../diagnostic/diagnostic.ts'
import type { SourceFile } from '../source/source-file.ts'
import { decodeUtf8 } from '../yaml/decode-utf8.ts'
import { ArchiveFault } from './archive-fault.ts'
import type { Bundle, JsonObject } from './bundle.ts'
import { isJsonObject } from './is-json-object.ts'
import { decompress, sha256 } from './gzip.ts'
import { MAX_COMPILED_BUNDLE_BYTES, MAX_DATA_BYTES, MAX_MANIFEST_BYTES } from './limits.ts'
import { parseCompiledBundle, type ParsedBundle, parseManifest } from './parse-compiled-bundle.ts'
import { readJson } from './read-json.ts'
import { labelAt } from './place.ts'
import { readTar } from './tar.ts'

/** Never throws: whatever is wrong with the archive comes back as diagnostics, and then there is no bundle. */
export function readBundle(
  bytes: Uint8Array,
  path: string,
): { bundle?: Bundle; diagnostics: Diagnostic[] } {
  try {
    const { content, checksummed } = decompress(bytes)
    return readMembers(readTar(content), { bytes, path, checksummed })
  } catch (error) {
    if (!(error instanceof ArchiveFault)) throw error
    return { diagnostics: [archiveDiagnostic(error.code, path, error.message, error.help)] }
  }
}

interface Archive {
  readonly bytes: Uint8Array
  readonly path: string
  readonly checksummed: boolean
}

function readMembers(
  members: ReadonlyMap<string, Uint8Array>,
  archive: Archive,
): { bundle?: Bundle; diagnostics: Diagnostic[] } {
  const diagnostics = [...members.keys()].flatMap((name) => refuseMember(name, archive.path))
  const file = (name: string, maxBytes: number): SourceFile | undefined => {
    const read = readText(members, name, maxBytes, archive.path)
    diagnostics.push(...read.diagnostics)
    return read.file
  }
  const compiled = file('portcullis.json', MAX_COMPILED_BUNDLE_BYTES)
  const parsed = compiled === undefined ? undefined : parseCompiledBundle(compiled)
  if (parsed?.bundle !== undefined) {
    const repacked = refuseRepacked(parsed.bundle, archive)
    if (repacked !== undefined) return { diagnostics: [...diagnostics, repacked] }
  }
  diagnostics.push(...(parsed?.diagnostics ?? []))
  const manifestFile = file('.manifest', MAX_MANIFEST_BYTES)
  const manifest =
    manifestFile === undefined ? undefined : parseManifest(manifestFile, parsed?.bundle)
  diagnostics.push(...(manifest?.diagnostics ?? []))
  const dataFile = members.has('data.json') ? file('data.json', MAX_DATA_BYTES) : undefined
  const data = dataFile === undefined ? { diagnostics: [], data: {} } : parseData(dataFile)
  diagnostics.push(...data.diagnostics)
  const wasm = members.get('policy.wasm')
  diagnostics.push(...checkModule(wasm, archive.path))
  if (
    hasErrors(diagnostics) ||
    parsed?.bundle === undefined ||
    compiled === undefined ||
    manifest?.manifest === undefined ||
    data.data === undefined ||
    wasm === undefined
  ) {
    return { diagnostics }
  }
  const bundle: Bundle = deepFreeze({
    name: parsed.bundle.written.metadata.name,
    revision: manifest.manifest.revision ?? '',
    digest: `sha256:${Buffer.from(sha256(archive.bytes)).toString('hex')}`,
    policies: parsed.bundle.policies,
    bindings: parsed.bundle.bindings,
    exceptions: parsed.bundle.written.exceptions ?? [],
    // A copy: the archive's other members need not stay in memory for it.
    wasm: wasm.slice(),
    data: data.data,
    source: compiled,
  })
  return { bundle, diagnostics }
}

/** Members that would change what OPA sees of the bundle, and that this reader would pass over. */
function refuseMember(name: string, path: string): Diagnostic[] {
  const refuse = (code: DiagnosticCode, message: string, help?: string) => [
    archiveDiagnostic(code, path, message, help),
  ]
  const base = name.slice(name.lastIndexOf('/') + 1)
  switch (base) {
    case '.signatures.json':
      return name === base
        ? refuse('bundle/signed', 'it is signed, and no key is configured to verify it')
        : refuse('bundle/unsafe-member', `\`${name}\` is not at the root of the archive`)
    case 'patch.json':
      return name === base
        ? refuse('bundle/unsafe-member', 'it is a delta bundle, and only whole ones load')
        : []
    case 'data.json':
    case 'data.yaml':
    case 'data.yml':
      return name === 'data.json'
        ? []
        : refuse(
            'bundle/unsafe-member',
            `\`${name}\` holds data, and only \`data.json\` at the root of the archive is read`,
            'pack the bundle with `opa build`, which puts all data into one file',
          )
    default: {
      const isShadow =
        (base.endsWith('.manifest') && name !== '.manifest') ||
        base.endsWith('.manifest.pb') ||
        (base.endsWith('.wasm') && name !== 'policy.wasm') ||
        (base === 'portcullis.json' && name !== base)
      return isShadow
        ? refuse('bundle/unsafe-member', `\`${name}\` is a second manifest or module`)
        : []
    }
  }
}

function readText(
  members: ReadonlyMap<string, Uint8Array>,
  name: string,
  maxBytes: number,
  path: string,
): { file?: SourceFile; diagnostics: readonly Diagnostic[] } {
  const bytes = members.get(name)
  if (bytes === undefined) {
    return {
      diagnostics: [archiveDiagnostic('bundle/missing-file', path, `it has no \`${name}\``)],
    }
  }
  if (bytes.length > maxBytes) {
    const message = `\`${name}\` has ${bytes.length} bytes, and ${maxBytes} are allowed`
    return { diagnostics: [archiveDiagnostic('bundle/too-large', path, message)] }
  }
  return decodeUtf8(bytes, `${path}!${name}`)
}

/** Our archives carry a checksum in the gzip header; without one, such an archive is not as it was built. */
function refuseRepacked(
  { written, place }: ParsedBundle,
  archive: Archive,
): Diagnostic | undefined {
  if (written.generator === undefined || archive.checksummed) return undefined
  return diagnostic(
    'bundle/damaged',
    'the archive says that Portcullis built it, but its checksum is missing: it was damaged or packed again',
    {
      primary: labelAt(place, ['generator']),
      help: 'build it again; an archive packed by other means leaves `generator` out',
    },
  )
}

function parseData(file: SourceFile): { data?: JsonObject; diagnostics: Diagnostic[] } {
  const { json, diagnostics } = readJson(file)
  if (json === undefined) return { diagnostics }
  if (isJsonObject(json.value)) return { data: json.value, diagnostics }
  const primary = labelAt({ file, root: json.root, path: [] })
  return { diagnostics: [diagnostic('bundle/wrong-type', 'data must be a map', { primary })] }
}

function checkModule(wasm: Uint8Array | undefined, path: string): Diagnostic[] {
  if (wasm === undefined) {
    return [archiveDiagnostic('bundle/missing-file', path, 'it has no `policy.wasm`')]
  }
  const magic = Buffer.from(wasm.subarray(0, 8)).toString('latin1')
  return magic === '\0asm\u0001\0\0\0'
    ? []
    : [
        archiveDiagnostic(
          'bundle/invalid-module',
          path,
          '`policy.wasm` is not a WebAssembly module',
        ),
      ]
}

function archiveDiagnostic(
  code: DiagnosticCode,
  path: string,
  message: string,
  help?: string,
): Diagnostic {
  return diagnostic(code, `bundle \`${path}\`: ${message}`, help === undefined ? {} : { help })
}

// JSON by construction: it comes from readJson.

function deepFreeze<T>(value: T): T {
  // A typed array cannot be frozen.
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value
  if (Object.isFrozen(value)) return value
  for (const child of Object.values(value)) deepFreeze(child)
  return Object.freeze(value)
}
