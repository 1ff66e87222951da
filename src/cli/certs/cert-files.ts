// What the verbs of `certs` share: where the files of a directory lie, how they are read and written, and what options mean.
import { join } from 'node:path'
import { isServerName } from '../../certs/names.ts'
import { describeSystemError } from '../../host/system-error.ts'
import type { Host } from '../../host/host.ts'
import type { Arguments } from '../command.ts'
import { orInputError } from '../list-files.ts'
import { InputError, UsageError } from '../usage-error.ts'

export const CERT_FILES = ['ca.crt', 'ca.key', 'tls.crt', 'tls.key'] as const
export type CertFile = (typeof CERT_FILES)[number]

/** Of `rotate`. */
export const ROTATION_STEPS = ['leaf', 'new-ca', 'drop-old-ca'] as const

const MAX_PEM_BYTES = 1024 * 1024
const DAY_MS = 24 * 3_600_000
const MAX_DAYS = 36_500

/** @throws {InputError} where it cannot be read. */
export async function readCertFile(path: string, host: Host): Promise<string> {
  const bytes = await orInputError(path, () => host.files.readSmall(path, MAX_PEM_BYTES))
  return new TextDecoder().decode(bytes)
}

/**
 * Writes in the order given; keys for their owner only.
 *
 * @throws {InputError} where one cannot be written.
 */
export async function writeCertFiles(
  directory: string,
  texts: readonly (readonly [file: CertFile, text: string])[],
  host: Host,
): Promise<void> {
  for (const [file, text] of texts) {
    const path = join(directory, file)
    try {
      await host.files.makeDirectoryOf(path)
      const mode = file.endsWith('.key') ? 0o600 : 0o644
      await host.files.write(path, new TextEncoder().encode(text), mode)
    } catch (error) {
      const reason = describeSystemError(error)
      throw new InputError(`cannot write \`${path}\`: ${reason}`, { cause: error })
    }
  }
}

/** @throws {UsageError} for one that is neither a DNS name nor an IP address. */
export function readHosts(args: Arguments): readonly string[] {
  const hosts = args.values('host')
  const invalid = hosts.find((name) => !isServerName(name))
  if (invalid === undefined) return hosts
  throw new UsageError(`\`--host\` takes a DNS name or an IP address, got \`${invalid}\``)
}

/** In milliseconds. @throws {UsageError} for no number of days. */
export function readDays(args: Arguments, option: 'days' | 'ca-days', otherwise: number): number {
  const text = args.value(option) ?? String(otherwise)
  const days = /^\d+$/.test(text) ? Number(text) : 0
  if (days >= 1 && days <= MAX_DAYS) return days * DAY_MS
  throw new UsageError(`\`--${option}\` takes a number from 1 to ${MAX_DAYS}, got \`${text}\``)
}

export const LEAF_DAYS = 365
export const CA_DAYS = 3_650
export const CA_NAME = 'portcullis CA'
