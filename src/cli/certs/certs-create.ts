import { join } from 'node:path'
import { issueCa, issueServerCertificate } from '../../certs/issue.ts'
import type { Host } from '../../host/host.ts'
import {
  CA_DAYS,
  CA_NAME,
  CERT_FILES,
  LEAF_DAYS,
  readDays,
  readHosts,
  writeCertFiles,
} from './cert-files.ts'
import type { Arguments } from '../command.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { kindOf } from '../list-files.ts'
import { InputError, UsageError } from '../usage-error.ts'

export async function createCerts(
  directory: string,
  args: Arguments,
  host: Host,
): Promise<ExitCode> {
  const hosts = readHosts(args)
  if (hosts.length === 0) throw new UsageError('`portcullis certs create` needs a `--host`')
  const lifetimeMs = readDays(args, 'days', LEAF_DAYS)
  const caLifetimeMs = readDays(args, 'ca-days', CA_DAYS)
  for (const file of args.flag('force') ? [] : CERT_FILES) {
    const path = join(directory, file)
    if ((await kindOf(path, host)) === undefined) continue
    throw new InputError(`\`${path}\` is there already: \`--force\` overwrites it`)
  }
  const now = host.now()
  const ca = await issueCa({ name: CA_NAME, now, lifetimeMs: caLifetimeMs })
  const leaf = await issueServerCertificate({ ca, hosts, now, lifetimeMs })
  await writeCertFiles(
    directory,
    [
      ['ca.crt', ca.certificate],
      ['ca.key', ca.key],
      ['tls.crt', leaf.certificate],
      ['tls.key', leaf.key],
    ],
    host,
  )
  await host.stdout.write(CERT_FILES.map((file) => `${join(directory, file)}\n`).join(''))
  return EXIT.clean
}
