import { randomBytes } from 'node:crypto'
import { constants, type Dirent, readdir, readFileSync, statSync } from 'node:fs'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
import { type FileKind, kindOf } from './file-kind.ts'
import { errorCode, systemError } from './system-error.ts'
import { walk } from './walk.ts'
import { watch } from './watch.ts'

/** The file system, as far as the product needs it. Paths are relative to the working directory. */
export interface FileSystem {
  /** @throws the system's error, with its `code`, if the file cannot be read. */
  read(path: string): Promise<Uint8Array>
  /**
   * Reads a regular file at once, in a fifth of the time: for who reads thousands and has nothing else to do. Undefined for
   * what is none, a pipe say, which would keep the whole program waiting.
   * @throws as `read`.
   */
  readAtOnce(path: string): Uint8Array | undefined
  /**
   * Reads a regular file of at most so many bytes, and never waits for anybody, as one who reads a pipe does.
   * @throws the system's error, or one like it with the code `EFTYPE` or `EFBIG`.
   */
  readSmall(path: string, maxBytes: number): Promise<Uint8Array>
  /** Undefined where nothing is there. */
  kind(path: string): Promise<FileKind | undefined>
  /**
   * Files and directories that a glob fits, sorted by code unit; dot files only where the glob names the dot.
   * @throws the system's error, with its `code`, for a directory on the way that cannot be read.
   */
  glob(pattern: string): Promise<readonly string[]>
  /** Files below a directory, see `walk`. */
  list(directory: string, accepts: (path: string) => boolean): Promise<readonly string[]>
  /** Tells of changes among the files that are listed, see `watch`. */
  watch(
    list: () => Promise<readonly string[]>,
    onChange: (changed: readonly string[]) => void,
  ): Promise<() => void>
  /** Makes the directory that a path lies in, and those above it, where they are missing. */
  makeDirectoryOf(path: string): Promise<void>
  /** Writes all or nothing: into a file beside it, then by a rename. */
  write(path: string, bytes: Uint8Array, mode?: number): Promise<void>
}

const CHUNK_BYTES = 16 * 1024

export const nodeFiles: FileSystem = {
  read: (path) => readFile(path),
  readAtOnce: (path) => (statSync(path).isFile() ? readFileSync(path) : undefined),
  readSmall: async (path, maxBytes) => {
    // Opened so, a pipe that nobody writes to does not hold up a thread of libuv for ever.
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const found = await handle.stat()
      if (found.isDirectory()) throw systemError('EISDIR', path)
      if (!found.isFile()) throw systemError('EFTYPE', path)
      const chunks: Uint8Array[] = []
      for (let length = 0; length <= maxBytes;) {
        const { bytesRead, buffer } = await handle.read(Buffer.alloc(CHUNK_BYTES))
        if (bytesRead === 0) return Buffer.concat(chunks)
        length += bytesRead
        chunks.push(buffer.subarray(0, bytesRead))
      }
      throw systemError('EFBIG', path)
    } finally {
      await handle.close()
    }
  },
  kind: async (path) => {
    try {
      // Asked of thousands of paths, one after the other: each wait would take longer than the answer.
      return kindOf(statSync(path))
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  },
  glob: async (pattern) => {
    const { glob } = await import('tinyglobby')
    // It passes over what it cannot read, so its errors are heard here.
    const faults: Error[] = []
    const found = await glob(pattern, {
      expandDirectories: false,
      onlyFiles: false,
      absolute: isAbsolute(pattern),
      fs: { readdir: hearing(faults) },
    })
    const fault = faults.find((each) => !isMissing(each))
    if (fault !== undefined) throw fault
    return found.toSorted()
  },
  list: async (directory, accepts) => walk(directory, accepts),
  watch,
  makeDirectoryOf: async (path) => {
    await mkdir(dirname(path), { recursive: true })
  },
  write: async (path, bytes, mode = 0o644) => {
    const temporary = join(dirname(path), `.${randomBytes(6).toString('hex')}.tmp`)
    try {
      const handle = await open(temporary, 'wx', mode)
      try {
        await handle.writeFile(bytes)
        await handle.sync()
      } finally {
        await handle.close()
      }
      await rename(temporary, path)
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
  },
}

function hearing(faults: Error[]): typeof readdir {
  const heard = (path: string, options: { withFileTypes: true }, then: ReaddirCallback): void =>
    readdir(path, options, (error, entries) => {
      if (error !== null) faults.push(error)
      then(error, entries)
    })
  // The one overload that is called.
  return heard as unknown as typeof readdir
}

type ReaddirCallback = (error: Error | null, entries: Dirent[]) => void

function isMissing(error: unknown): boolean {
  const code = errorCode(error)
  return code === 'ENOENT' || code === 'ENOTDIR'
}
