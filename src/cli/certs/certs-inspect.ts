import { join } from 'node:path'
import { API_VERSION } from '../../bundle/schema/definitions.ts'
import {
  type CertificatesInspection,
  inspectCertificates,
  type InspectedCertificate,
} from '../../certs/inspect-certificates.ts'
import type { Host } from '../../host/host.ts'
import { readCertFile, readHosts } from './cert-files.ts'
import type { Arguments } from '../command.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { kindOf } from '../list-files.ts'
import { InputError, UsageError } from '../usage-error.ts'

interface Paths {
  readonly certificate: string
  readonly key?: string
  readonly ca?: string
}

export async function inspectCerts(path: string, args: Arguments, host: Host): Promise<ExitCode> {
  const hosts = readHosts(args)
  const paths = await findPaths(path, args, host)
  const { key, ca } = paths
  const inspection = inspectCertificates({
    certificate: await readCertFile(paths.certificate, host),
    ...(key === undefined ? {} : { key: await readCertFile(key, host) }),
    ...(ca === undefined ? {} : { ca: await readCertFile(ca, host) }),
    hosts,
    now: host.now(),
  })
  const json = { apiVersion: API_VERSION, kind: 'CertificatesInspection', ...inspection }
  await host.stdout.write(
    args.value('output') === 'json'
      ? `${JSON.stringify(json, undefined, 2)}\n`
      : renderText(inspection, paths),
  )
  return inspection.faults.length > 0 ? EXIT.violations : EXIT.clean
}

/** Of a directory its pair, and its CAs where they are there. */
async function findPaths(path: string, args: Arguments, host: Host): Promise<Paths> {
  const kind = await kindOf(path, host)
  if (kind === undefined) throw new InputError(`there is no file or directory \`${path}\``)
  const [key, ca] = [args.value('key'), args.value('ca')]
  if (kind !== 'directory') {
    return { certificate: path, ...(key && { key }), ...(ca && { ca }) }
  }
  if (key !== undefined || ca !== undefined) {
    throw new UsageError('`--key` and `--ca` belong to a file; a directory has its own')
  }
  const own = join(path, 'ca.crt')
  const hasCa = (await kindOf(own, host)) !== undefined
  return {
    certificate: join(path, 'tls.crt'),
    key: join(path, 'tls.key'),
    ...(hasCa && { ca: own }),
  }
}

function renderText(inspection: CertificatesInspection, { certificate, key, ca }: Paths): string {
  const { certificates, keyFits, cas, faults } = inspection
  const lines = certificates.flatMap((each) => [certificate, ...describe(each)])
  if (keyFits !== undefined) lines.push(`${key} ${keyFits ? 'fits' : 'does not fit'}`)
  lines.push(...cas.flatMap((each) => [ca ?? '', ...describe(each)]))
  lines.push(...faults.map(({ message }) => `wrong: ${message}`))
  return `${lines.join('\n')}\n`
}

function describe(certificate: InspectedCertificate): readonly string[] {
  const { notBefore, notAfter, daysLeft, subjectAltNames } = certificate
  const left = daysLeft < 0 ? 'expired' : `${daysLeft} days left`
  const names = subjectAltNames.length === 0 ? [] : [`  names    ${subjectAltNames.join(', ')}`]
  return [
    `  subject  ${oneLine(certificate.subject)}${certificate.isCa ? ' (a CA)' : ''}`,
    `  issuer   ${oneLine(certificate.issuer)}`,
    ...names,
    `  valid    ${notBefore.toISOString()} to ${notAfter.toISOString()}, ${left}`,
    `  sha256   ${certificate.fingerprint}`,
  ]
}

/** node:crypto has a line for each part of a name. */
function oneLine(name: string): string {
  return name.replaceAll('\n', ', ')
}
