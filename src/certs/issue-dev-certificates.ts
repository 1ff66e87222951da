import { issueCa, issueServerCertificate } from './issue.ts'

export interface DevCertificates {
  /** What a client has to trust, PEM. */
  readonly caCertificate: string
  readonly certificate: string
  readonly key: string
}

/** By this name we know our own again. */
export const DEV_CA_NAME = 'portcullis development CA'

const LIFETIME_MS = 90 * 24 * 3_600_000

/**
 * Makes a CA and a serving certificate for hosts (DNS names and IP addresses), valid for 90 days. The CA's key is thrown away:
 * nobody can issue anything else in its name.
 */
export async function issueDevCertificates(options: {
  readonly now: Date
  readonly hosts: readonly string[]
}): Promise<DevCertificates> {
  const { now, hosts } = options
  const ca = await issueCa({ name: DEV_CA_NAME, now, lifetimeMs: LIFETIME_MS })
  const { certificate, key } = await issueServerCertificate({
    ca,
    hosts,
    now,
    lifetimeMs: LIFETIME_MS,
  })
  return { caCertificate: ca.certificate, certificate, key }
}
