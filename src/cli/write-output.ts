import { describeSystemError } from '../host/system-error.ts'
import type { Host } from '../host/host.ts'
import { InputError } from './usage-error.ts'

/** Writes a file, all or nothing; directories on the way are made. @throws {InputError} where it cannot be written. */
export async function writeOutput(path: string, bytes: Uint8Array, host: Host): Promise<void> {
  try {
    await host.files.makeDirectoryOf(path)
    await host.files.write(path, bytes)
  } catch (error) {
    throw new InputError(`cannot write \`${path}\`: ${describeSystemError(error)}`, {
      cause: error,
    })
  }
}
