import { issueCa, issueServerCertificate, type KeyPair } from './issue.ts'
import { parseCertificate } from './pem.ts'
import type { RotationPolicy, RotationState, RotationStep, StoredCa } from './rotation.ts'

/** Steps that change what is stored; the others are for whoever publishes, and waits. */
export type StoringStep = Exclude<RotationStep, { readonly kind: 'publish' | 'wait' }>

/** What is to be stored after a step. @throws CertError `name-invalid` for a host that is none. */
export async function takeRotationStep(options: {
  readonly state: RotationState
  readonly step: StoringStep
  readonly now: Date
  readonly policy: RotationPolicy
  /** Of a CA that is made; the same one again is fine, as keys tell them apart. */
  readonly caName: string
}): Promise<RotationState> {
  const { state, step, now, policy } = options
  switch (step.kind) {
    case 'create-ca': {
      const made = await issueCa({ name: options.caName, now, lifetimeMs: policy.caLifetimeMs })
      return { ...state, cas: [made, ...state.cas] }
    }
    case 'issue-leaf': {
      const { certificate, key } = step.ca
      if (key === undefined) throw new Error('bug: a CA without its key is asked to issue')
      const { hosts, leafLifetimeMs: lifetimeMs } = policy
      const leaf = await issueServerCertificate({
        ca: { certificate, key },
        hosts,
        now,
        lifetimeMs,
      })
      const position = state.cas.findIndex((ca) => ca.certificate === certificate)
      const cas = state.cas.map((ca, index) => {
        if (index === position) return { ...ca, servesUntil: laterOf(ca.servesUntil, leaf) }
        return index > position ? withoutKey(ca) : ca
      })
      return { cas, leaf }
    }
    case 'drop-ca':
      return { ...state, cas: state.cas.filter((ca) => ca.certificate !== step.ca.certificate) }
  }
}

/** Older than one that has issued: it never issues again, and nobody is to do so in its name. */
function withoutKey({ certificate, servesUntil = new Date(0) }: StoredCa): StoredCa {
  return { certificate, servesUntil }
}

function laterOf(time: Date | undefined, { certificate }: KeyPair): Date {
  const end = new Date(parseCertificate(certificate).validTo)
  return time !== undefined && time > end ? time : end
}
