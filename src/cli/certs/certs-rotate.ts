import type { X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import { CertError } from '../../certs/cert-error.ts'
import { assertKeyFits } from '../../certs/inspect-pair.ts'
import { issueCa, issueServerCertificate, type KeyPair } from '../../certs/issue.ts'
import { namesOf } from '../../certs/names.ts'
import { parseCertificate, parseCertificates } from '../../certs/pem.ts'
import { isIssuedBy } from '../../certs/rotation.ts'
import type { Host } from '../../host/host.ts'
import {
  CA_DAYS,
  CA_NAME,
  type CertFile,
  LEAF_DAYS,
  readCertFile,
  readDays,
  readHosts,
  ROTATION_STEPS,
  writeCertFiles,
} from './cert-files.ts'
import type { Arguments } from '../command.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { expectChoice } from '../parse-arguments.ts'
import { InputError } from '../usage-error.ts'

type Texts = readonly (readonly [file: CertFile, text: string])[]

/** Each step leaves files behind of which the next one can be taken, wherever it was killed. */
export async function rotateCerts(
  directory: string,
  args: Arguments,
  host: Host,
): Promise<ExitCode> {
  const step = expectChoice('--step', args.value('step') ?? 'leaf', ROTATION_STEPS)
  const texts = await takeStep(step, directory, args, host)
  await writeCertFiles(directory, texts, host)
  await host.stdout.write(texts.map(([file]) => `${join(directory, file)}\n`).join(''))
  return EXIT.clean
}

async function takeStep(
  step: (typeof ROTATION_STEPS)[number],
  directory: string,
  args: Arguments,
  host: Host,
): Promise<Texts> {
  const lifetimeMs = readDays(args, 'days', LEAF_DAYS)
  const caLifetimeMs = readDays(args, 'ca-days', CA_DAYS)
  const given = readHosts(args)
  const { cas, ca, leaf } = await readExisting(directory, host)
  const now = host.now()
  switch (step) {
    case 'leaf': {
      const hosts = given.length > 0 ? given : namesOf(parseCertificate(leaf))
      const made = await issueServerCertificate({ ca, hosts, now, lifetimeMs })
      return [
        ['tls.crt', made.certificate],
        ['tls.key', made.key],
      ]
    }
    case 'new-ca': {
      if (cas.length > 1) {
        throw new InputError(
          `\`${join(directory, 'ca.crt')}\` holds two CAs: end the rotation that is under way first, by \`--step drop-old-ca\``,
        )
      }
      const made = await issueCa({ name: CA_NAME, now, lifetimeMs: caLifetimeMs })
      return [
        // First: its key without it would fit nothing.
        ['ca.crt', made.certificate + cas.map(String).join('')],
        ['ca.key', made.key],
      ]
    }
    case 'drop-old-ca': {
      if (!isIssuedBy({ certificate: leaf }, ca)) {
        throw new InputError(
          `\`${join(directory, 'tls.crt')}\` is by the old CA: \`portcullis certs rotate\` makes one by the new CA`,
        )
      }
      return [['ca.crt', ca.certificate]]
    }
  }
}

/** @throws {InputError} for files that do not belong together: they are not overwritten. */
async function readExisting(
  directory: string,
  host: Host,
): Promise<{
  readonly cas: readonly X509Certificate[]
  /** The one whose key is there. */
  readonly ca: KeyPair
  readonly leaf: string
}> {
  const read = (file: CertFile): Promise<string> => readCertFile(join(directory, file), host)
  // One after the other, so that of several that are not there the same one is told each time.
  const cas = parseCertificates(await read('ca.crt'))
  const key = await read('ca.key')
  const leaf = await read('tls.crt')
  const own = cas.find((each) => fits(each, key))
  if (own === undefined) {
    throw new InputError(
      `\`${join(directory, 'ca.key')}\` is the key of no CA in \`${join(directory, 'ca.crt')}\``,
    )
  }
  if (!cas.some((each) => isIssuedBy({ certificate: leaf }, { certificate: String(each) }))) {
    throw new InputError(
      `\`${join(directory, 'tls.crt')}\` is by no CA in \`${join(directory, 'ca.crt')}\``,
    )
  }
  return { cas, ca: { certificate: String(own), key }, leaf }
}

function fits(certificate: X509Certificate, key: string): boolean {
  try {
    assertKeyFits(certificate, key)
    return true
  } catch (error) {
    if (error instanceof CertError && error.code === 'key-mismatch') return false
    throw error
  }
}
