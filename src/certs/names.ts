// The names for which a certificate stands. node:crypto judges them: the texts that it makes of names are for people.
import type { X509Certificate } from 'node:crypto'
import { parseAddress } from './ip-address.ts'

/** `DNS:localhost` and `IP Address:127.0.0.1`, as node:crypto writes them. */
export function describeNames({ subjectAltName }: X509Certificate): readonly string[] {
  return subjectAltName?.split(', ').filter((name) => name !== '') ?? []
}

/** Whether a client that knows the server by a DNS name or an IP address takes the certificate for the server's. */
export function hasName(certificate: X509Certificate, name: string): boolean {
  const found =
    parseAddress(name) !== undefined
      ? certificate.checkIP(name)
      : // No client looks at the common name any more.
        certificate.checkHost(name, { subject: 'never' })
  return found !== undefined
}

/** The DNS names and addresses of a certificate, to ask another one for. */
export function namesOf(certificate: X509Certificate): readonly string[] {
  return describeNames(certificate).flatMap(
    (name) => /^(?:DNS|IP Address):(.*)$/.exec(name)?.[1] ?? [],
  )
}

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
const DNS_NAME = new RegExp(`^(?:\\*\\.)?${LABEL}(?:\\.${LABEL})*$`, 'i')

/** Whether a certificate can be made for it: a DNS name, with `*.` before it or not, or an IP address. */
export function isServerName(name: string): boolean {
  if (parseAddress(name) !== undefined) return true
  // Digits only are an address gone wrong: no top level domain is a number.
  return name.length <= 253 && DNS_NAME.test(name) && !/(?:^|\.)\d+$/.test(name)
}
