import type { AppError } from '../errors.ts'
import type { Host } from '../host/host.ts'

/** What could not be done, in one line on stderr. */
export async function writeError(error: AppError, host: Host): Promise<void> {
  await host.stderr.write(`portcullis: ${error.message.replaceAll(/\s*\n\s*/g, ' ')}\n`)
}
