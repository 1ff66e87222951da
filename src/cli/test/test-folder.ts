// The files that tests are about, read anew only where they changed.
import { API_VERSION } from '../../bundle/schema/definitions.ts'
import { type Diagnostic, diagnostic } from '../../diagnostic/diagnostic.ts'
import type { Host } from '../../host/host.ts'
import type { SourceFile } from '../../source/source-file.ts'
import { decodeUtf8 } from '../../yaml/decode-utf8.ts'
import { kindOf, listFiles, orInputError } from '../list-files.ts'
import { pathBelow } from '../path-below.ts'
import { isBundleSource } from '../build/read-folder.ts'
import { isSamplePath } from './test-samples.ts'
import { readSuite, type Suite } from './test-suite.ts'
import { objectPaths } from './test-suite-trials.ts'
import { InputError } from '../usage-error.ts'

export interface TestFolder {
  readonly directory: string
  /** Tests and policies. */
  readonly rego: readonly SourceFile[]
  /** bundle.yaml and data. */
  readonly other: readonly SourceFile[]
  readonly samples: readonly SourceFile[]
  readonly suites: readonly Suite[]
  /** What suites name, by path; undefined for what is not there. */
  readonly objects: ReadonlyMap<string, SourceFile | undefined>
  readonly diagnostics: readonly Diagnostic[]
}

function isSuitePath(path: string): boolean {
  return /(?:^|\/)(?:[^/.][^/]*\.)?suite\.ya?ml$/.test(path)
}

const YAML = /(?:^|\/)[^/.][^/]*\.ya?ml$/

/** A suite that nobody runs would pass for ever. Any other YAML may lie in the folder. */
function findMisnamedSuite(file: SourceFile): readonly Diagnostic[] {
  const kind = /^["']?kind["']?:[ \t]*["']?Suite\b/m.exec(file.text)
  if (kind === null || !file.text.includes(API_VERSION)) return []
  const message = 'a suite lies in `suite.yaml`, or in a file whose name ends in `.suite.yaml`'
  const span = { start: kind.index, end: kind.index + kind[0].length }
  return [diagnostic('test/invalid-suite', message, { primary: { file, span } })]
}

export class TestFolderReader {
  readonly #directory: string
  readonly #host: Host
  #files = new Map<string, { file?: SourceFile; diagnostics: readonly Diagnostic[] }>()
  /** A suite stays the same object as long as its file does. */
  #suites = new WeakMap<SourceFile, ReturnType<typeof readSuite>>()
  #objects: readonly string[] = []

  constructor(directory: string, host: Host) {
    this.#directory = directory
    this.#host = host
  }

  /** Everything that a run depends on. @throws {InputError} where the directory cannot be read. */
  async list(): Promise<readonly string[]> {
    return [...(await this.#listFolder()), ...this.#objects]
  }

  /** These have changed, or are gone. */
  forget(paths: readonly string[]): void {
    for (const path of paths) this.#files.delete(path)
  }

  /** @throws {InputError} where a file cannot be read. */
  async read(): Promise<TestFolder> {
    const kind = await kindOf(this.#directory, this.#host)
    if (kind === undefined) throw new InputError(`there is no directory \`${this.#directory}\``)
    if (kind !== 'directory') throw new InputError(`\`${this.#directory}\` is not a directory`)
    const diagnostics: Diagnostic[] = []
    const rego: SourceFile[] = []
    const other: SourceFile[] = []
    const samples: SourceFile[] = []
    const suites: Suite[] = []
    for (const path of await this.#listFolder()) {
      const { file, diagnostics: faults } = await this.#readFile(path)
      diagnostics.push(...faults)
      if (file === undefined) continue
      const below = pathBelow(this.#directory, path)
      if (isSuitePath(below)) {
        const read = this.#suites.get(file) ?? readSuite(file)
        this.#suites.set(file, read)
        diagnostics.push(...read.diagnostics)
        if (read.suite !== undefined) suites.push(read.suite)
      } else if (isSamplePath(below)) samples.push(file)
      else if (below.endsWith('.rego')) rego.push(file)
      else if (isBundleSource(below)) other.push(file)
      else diagnostics.push(...findMisnamedSuite(file))
    }
    const objects = new Map<string, SourceFile | undefined>()
    this.#objects = [...new Set(suites.flatMap(objectPaths))]
    for (const path of this.#objects) {
      const isFile = (await kindOf(path, this.#host)) === 'file'
      const read = isFile ? await this.#readFile(path) : undefined
      diagnostics.push(...(read?.diagnostics ?? []))
      objects.set(path, read?.file)
    }
    const directory = this.#directory
    return { directory, rego, other, samples, suites, objects, diagnostics }
  }

  #listFolder(): Promise<readonly string[]> {
    return listFiles(
      this.#directory,
      (path) => {
        const below = path.replaceAll('\\', '/')
        return isBundleSource(below) || isSamplePath(below) || YAML.test(below)
      },
      this.#host,
    )
  }

  async #readFile(
    path: string,
  ): Promise<{ file?: SourceFile; diagnostics: readonly Diagnostic[] }> {
    const known = this.#files.get(path)
    if (known !== undefined) return known
    const bytes = await orInputError(path, () => this.#host.files.read(path))
    const read = decodeUtf8(bytes, path)
    this.#files.set(path, read)
    return read
  }
}
