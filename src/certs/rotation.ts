// Which step keeps certificates alive, told from what is stored and what clients trust. Pure: whoever calls it takes the step,
// stores what comes of it, and asks again. The order is what makes a rotation safe: clients trust a new CA before anything by it
// is served, and an old one until nothing by it can be served any more.
import { assertKeyFits, assertServes } from './inspect-pair.ts'
import type { KeyPair } from './issue.ts'
import { CertError } from './cert-error.ts'
import { parseCertificate, parseCertificates } from './pem.ts'

export interface StoredCa {
  readonly certificate: string
  /** Absent once nothing is to be issued by it any more. */
  readonly key?: string
  /** When the last of what it issued expires; absent where it has issued nothing. */
  readonly servesUntil?: Date
}

/** What is stored, in a Secret for instance; clients are to trust all of the CAs. */
export interface RotationState {
  /** The newest first. */
  readonly cas: readonly StoredCa[]
  readonly leaf?: KeyPair
}

export interface RotationPolicy {
  /** For which the serving certificate has to be. */
  readonly hosts: readonly string[]
  readonly caLifetimeMs: number
  readonly leafLifetimeMs: number
  /** How long after a bundle was read back every client heeds it. */
  readonly settleMs: number
}

/** The bundle of CAs as it was read back from where clients look, and since when it has been like that. */
export interface PublishedBundle {
  readonly certificates: string
  readonly since: Date
}

export type RotationStep =
  /** There is none that can issue, or the newest one is past two thirds of its life. */
  | { readonly kind: 'create-ca' }
  | { readonly kind: 'publish'; readonly certificates: string }
  /** There is none that can serve, it is past two thirds of its life, or a newer CA may issue. */
  | { readonly kind: 'issue-leaf'; readonly ca: StoredCa }
  | { readonly kind: 'drop-ca'; readonly ca: StoredCa }
  /** Nothing to do before then. */
  | { readonly kind: 'wait'; readonly until: Date }

export interface RotationInput {
  readonly state: RotationState
  /** Undefined where it has not been read back. */
  readonly published: PublishedBundle | undefined
  readonly now: Date
  readonly policy: RotationPolicy
}

export function planRotation({ state, published, now, policy }: RotationInput): RotationStep {
  const [newest] = state.cas
  const issuers = state.cas.filter((ca) => canIssue(ca, now))
  const [candidate] = issuers
  if (newest === undefined || candidate !== newest || renewalOf(newest.certificate) <= now) {
    return { kind: 'create-ca' }
  }

  // Who has only just been published is not trusted everywhere yet.
  const settledAt = published && new Date(published.since.getTime() + policy.settleMs)
  const isSettled = (ca: StoredCa): boolean =>
    settledAt !== undefined && settledAt <= now && contains(published?.certificates, ca)
  const issuer = issuers.find(isSettled)
  const { leaf } = state
  const leafRenewal = leaf === undefined ? now : renewalOfLeaf(leaf, state, policy.hosts, now)
  const isByOther = leaf !== undefined && issuer !== undefined && !isIssuedBy(leaf, issuer)
  if (leafRenewal <= now || isByOther) {
    // Where none is known to be trusted everywhere, the oldest is the likeliest to be.
    return { kind: 'issue-leaf', ca: issuer ?? issuers.at(-1) ?? candidate }
  }

  const dropped = state.cas.find((ca) => ca !== newest && retirementOf(ca) <= now)
  if (dropped !== undefined) return { kind: 'drop-ca', ca: dropped }

  const certificates = bundleOf(state)
  if (!isSameBundle(published?.certificates, certificates)) return { kind: 'publish', certificates }

  const times = [leafRenewal, renewalOf(newest.certificate)]
  times.push(...state.cas.filter((ca) => ca !== newest).map(retirementOf))
  if (issuer !== newest && settledAt !== undefined) times.push(settledAt)
  return { kind: 'wait', until: new Date(Math.min(...times.map(Number))) }
}

/** What clients are to trust, PEM, the newest CA first. */
export function bundleOf({ cas }: RotationState): string {
  return cas.map(({ certificate }) => certificate).join('')
}

/** Two thirds of its life; a moment long past for what is no certificate. */
function renewalOf(certificate: string): Date {
  const parsed = parsedOr(certificate)
  if (parsed === undefined) return new Date(0)
  const start = Date.parse(parsed.validFrom)
  return new Date(start + ((Date.parse(parsed.validTo) - start) * 2) / 3)
}

/** As `renewalOf`, and a moment long past also where clients would not take it for the server's. */
function renewalOfLeaf(
  leaf: KeyPair,
  { cas }: RotationState,
  hosts: readonly string[],
  now: Date,
): Date {
  try {
    const certificate = parseCertificate(leaf.certificate)
    assertKeyFits(certificate, leaf.key)
    assertServes(certificate, hosts)
    const isGood =
      isValidAt(leaf.certificate, now) &&
      cas.some((ca) => isValidAt(ca.certificate, now) && isIssuedBy(leaf, ca))
    return isGood ? renewalOf(leaf.certificate) : new Date(0)
  } catch (error) {
    if (error instanceof CertError) return new Date(0)
    throw error
  }
}

function canIssue({ certificate, key }: StoredCa, now: Date): boolean {
  const parsed = parsedOr(certificate)
  if (parsed === undefined || key === undefined || !isValidAt(certificate, now)) return false
  try {
    assertKeyFits(parsed, key)
    return parsed.ca
  } catch (error) {
    if (error instanceof CertError) return false
    throw error
  }
}

/** When nothing by it can be served any more. */
function retirementOf({ certificate, key, servesUntil }: StoredCa): Date {
  const parsed = parsedOr(certificate)
  if (parsed === undefined) return new Date(0)
  const end = new Date(parsed.validTo)
  if (key !== undefined) return end
  return servesUntil !== undefined && servesUntil < end ? servesUntil : end
}

export function isIssuedBy(
  leaf: { readonly certificate: string },
  ca: { readonly certificate: string },
): boolean {
  const [certificate, issuer] = [parsedOr(leaf.certificate), parsedOr(ca.certificate)]
  if (certificate === undefined || issuer === undefined) return false
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)
}

function isValidAt(certificate: string, now: Date): boolean {
  const parsed = parsedOr(certificate)
  if (parsed === undefined) return false
  return new Date(parsed.validFrom) <= now && now < new Date(parsed.validTo)
}

function contains(bundle: string | undefined, { certificate }: StoredCa): boolean {
  const found = parsedOr(certificate)?.fingerprint256
  return found !== undefined && fingerprintsOf(bundle).has(found)
}

/** In whatever order, and however often each. */
function isSameBundle(one: string | undefined, other: string): boolean {
  const [a, b] = [fingerprintsOf(one), fingerprintsOf(other)]
  return a.size === b.size && [...a].every((each) => b.has(each))
}

function fingerprintsOf(bundle: string | undefined): ReadonlySet<string> {
  try {
    return new Set(parseCertificates(bundle ?? '').map((each) => each.fingerprint256))
  } catch (error) {
    if (error instanceof CertError) return new Set()
    throw error
  }
}

function parsedOr(certificate: string): ReturnType<typeof parseCertificate> | undefined {
  try {
    return parseCertificate(certificate)
  } catch (error) {
    if (error instanceof CertError) return undefined
    throw error
  }
}
