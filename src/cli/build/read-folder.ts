import type { Diagnostic } from '../../diagnostic/diagnostic.ts'
import type { Host } from '../../host/host.ts'
import type { SourceFile } from '../../source/source-file.ts'
import { decodeUtf8 } from '../../yaml/decode-utf8.ts'
import { kindOf, listFiles, orInputError } from '../list-files.ts'
import { InputError } from '../usage-error.ts'

const TOP_LEVEL: ReadonlySet<string> = new Set(['bundle.yaml', 'data.json', 'data.yaml'])

/** Says whether a path below a folder of policies is a part of its bundle: Rego anywhere, but not what editors keep beside it, `.#policy.rego`. */
export function isBundleSource(path: string): boolean {
  return TOP_LEVEL.has(path) || /(?:^|[\\/])[^.\\/][^\\/]*\.rego$/.test(path)
}

export interface FolderFiles {
  readonly files: readonly SourceFile[]
  /** Of files that are not UTF-8. */
  readonly diagnostics: readonly Diagnostic[]
}

/** Reads the files below a folder whose path from there is accepted. @throws {InputError} where one cannot be read. */
export async function readFolder(
  folder: string,
  accepts: (path: string) => boolean,
  host: Host,
): Promise<FolderFiles> {
  const kind = await kindOf(folder, host)
  if (kind === undefined) throw new InputError(`there is no directory \`${folder}\``)
  if (kind !== 'directory') throw new InputError(`\`${folder}\` is not a directory`)
  const files: SourceFile[] = []
  const diagnostics: Diagnostic[] = []
  for (const path of await listFiles(folder, accepts, host)) {
    const decoded = decodeUtf8(await orInputError(path, () => host.files.read(path)), path)
    if (decoded.file !== undefined) files.push(decoded.file)
    diagnostics.push(...decoded.diagnostics)
  }
  return { files, diagnostics }
}
