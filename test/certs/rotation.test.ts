// The order of a rotation, as laws over any sequence of times, failures and restarts.
import { X509Certificate } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { KeyPair } from '../../src/certs/issue.ts'
import { parseCertificates } from '../../src/certs/pem.ts'
import {
  isIssuedBy,
  planRotation,
  type PublishedBundle,
  type RotationPolicy,
  type RotationState,
  type RotationStep,
} from '../../src/certs/rotation.ts'
import { takeRotationStep } from '../../src/certs/take-rotation-step.ts'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS
const POLICY: RotationPolicy = {
  hosts: ['portcullis.portcullis-system.svc'],
  caLifetimeMs: 360 * DAY_MS,
  leafLifetimeMs: 90 * DAY_MS,
  settleMs: 60 * MINUTE_MS,
}
const START_MS = Date.parse('2026-01-01')

/** A manager over a store and clients over a bundle, and all that was ever in either. */
class World {
  nowMs = START_MS
  state: RotationState = { cas: [] }
  /** What clients look at; the manager may have forgotten since when. */
  published: PublishedBundle | undefined
  readonly bundles: { readonly certificates: string; readonly fromMs: number }[] = []
  readonly leaves: KeyPair[] = []
  readonly steps: RotationStep['kind'][] = []

  get now(): Date {
    return new Date(this.nowMs)
  }

  plan(policy = POLICY): RotationStep {
    const { state, published, now } = this
    return planRotation({ state, published, now, policy })
  }

  /** One step; a failure leaves all as it was. */
  async step(fails = false, policy = POLICY): Promise<RotationStep> {
    const step = this.plan(policy)
    if (step.kind === 'wait' || fails) return step
    this.steps.push(step.kind)
    if (step.kind === 'publish') {
      const { certificates } = step
      this.published = { certificates, since: this.now }
      this.bundles.push({ certificates, fromMs: this.nowMs })
      return step
    }
    const { state, now } = this
    this.state = await takeRotationStep({ state, step, now, policy, caName: 'portcullis CA' })
    if (step.kind === 'issue-leaf' && this.state.leaf) this.leaves.push(this.state.leaf)
    return step
  }

  async settle(): Promise<void> {
    while ((await this.step()).kind !== 'wait') {
      if (this.steps.length > 10_000) throw new Error('it never ends')
    }
  }

  restart(): void {
    if (this.published) this.published = { ...this.published, since: this.now }
  }

  /** What some client may trust now: bundles reach it at most `settleMs` late. */
  trusted(): string[] {
    const horizonMs = this.nowMs - POLICY.settleMs
    return this.bundles
      .filter((_, index) => (this.bundles[index + 1]?.fromMs ?? Infinity) > horizonMs)
      .map(({ certificates }) => certificates)
  }

  /** Pairs of a client and a certificate that some replica may still serve, where the client refuses it. */
  refusals(): string[] {
    return this.trusted().flatMap((bundle) => {
      const cas = parseCertificates(bundle).filter((ca) => this.isValid(ca))
      // Who trusts nothing that is still valid cannot be helped: nobody published for a third of a CA's life.
      if (cas.length === 0) return []
      return this.leaves
        .filter((leaf) => this.isValid(new X509Certificate(leaf.certificate)))
        .filter((leaf) => !cas.some((ca) => isIssuedBy(leaf, { certificate: ca.toString() })))
        .map((leaf) => `${this.now.toISOString()}: ${new X509Certificate(leaf.certificate).issuer}`)
    })
  }

  private isValid({ validFrom, validTo }: X509Certificate): boolean {
    return Date.parse(validFrom) <= this.nowMs && this.nowMs < Date.parse(validTo)
  }
}

const event = fc.record({
  gapMs: fc.oneof(
    fc.constantFrom(0, MINUTE_MS, 59 * MINUTE_MS, 60 * MINUTE_MS, DAY_MS),
    fc.integer({ min: 1, max: 70 }).map((days) => days * DAY_MS),
  ),
  kind: fc.constantFrom('step', 'settle', 'settle', 'fail', 'restart'),
})

describe('a rotation', () => {
  test('T10: at any time every client that trusts a published bundle accepts what may be served', async () => {
    let dropped = 0
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 10, maxLength: 40 }), async (events) => {
        const world = new World()
        await world.settle()
        for (const { gapMs, kind } of events) {
          world.nowMs += gapMs
          expect(world.refusals()).toEqual([])
          if (kind === 'settle') await world.settle()
          else if (kind === 'restart') world.restart()
          else await world.step(kind === 'fail')
          expect(world.refusals()).toEqual([])
        }
        dropped += world.steps.filter((each) => each === 'drop-ca').length
      }),
      { numRuns: 40 },
    )
    // Whole rotations were among them.
    expect(dropped).toBeGreaterThan(5)
  })

  test('goes by the book: CA, leaf and bundle at first; then bundle, leaf, and the old CA last', async () => {
    const world = new World()
    await world.settle()
    expect(world.steps).toEqual(['create-ca', 'issue-leaf', 'publish'])
    expect(world.plan()).toEqual({ kind: 'wait', until: new Date(START_MS + 60 * MINUTE_MS) })
    const times: [string, number][] = []
    while (world.nowMs < START_MS + 400 * DAY_MS) {
      const plan = world.plan()
      if (plan.kind === 'wait') world.nowMs = Math.max(world.nowMs + 1, Number(plan.until))
      else {
        times.push([plan.kind, Math.round((world.nowMs - START_MS) / DAY_MS)])
        await world.step()
      }
      expect(world.refusals()).toEqual([])
    }
    expect(times).toMatchInlineSnapshot(`
      [
        [
          "issue-leaf",
          60,
        ],
        [
          "issue-leaf",
          120,
        ],
        [
          "issue-leaf",
          180,
        ],
        [
          "issue-leaf",
          240,
        ],
        [
          "create-ca",
          240,
        ],
        [
          "publish",
          240,
        ],
        [
          "issue-leaf",
          240,
        ],
        [
          "issue-leaf",
          300,
        ],
        [
          "drop-ca",
          330,
        ],
        [
          "publish",
          330,
        ],
        [
          "issue-leaf",
          360,
        ],
      ]
    `)
  })

  test('a CA that issues no more has no key', async () => {
    const world = new World()
    await world.settle()
    world.nowMs += 241 * DAY_MS
    await world.settle()
    expect(world.state.cas.map(({ key }) => key !== undefined)).toEqual([true, true])
    world.nowMs += POLICY.settleMs
    await world.settle()
    expect(world.state.cas.map(({ key }) => key !== undefined)).toEqual([true, false])
  })

  test('a new CA is not served by before its bundle has settled, also when the leaf is due', async () => {
    const world = new World()
    await world.settle()
    const [old] = world.state.cas
    world.nowMs += 241 * DAY_MS
    // The leaf is long expired, and the bundle with the new CA is a moment old.
    await world.settle()
    expect(world.state.cas).toHaveLength(2)
    expect(world.state.leaf && old && isIssuedBy(world.state.leaf, old)).toBe(true)
  })

  test('other names, a broken leaf or a lost one: another one at once', async () => {
    const world = new World()
    await world.settle()
    expect(world.plan({ ...POLICY, hosts: ['other.svc'] }).kind).toBe('issue-leaf')
    const { state } = world
    const { leaf } = state
    if (leaf === undefined) throw new Error('no leaf')
    world.state = { ...state, leaf: { ...leaf, key: state.cas[0]?.key ?? '' } }
    expect(world.plan().kind).toBe('issue-leaf')
    world.state = { ...state, leaf: { ...leaf, certificate: leaf.certificate.slice(0, 200) } }
    expect(world.plan().kind).toBe('issue-leaf')
    world.state = { cas: state.cas }
    expect(world.plan().kind).toBe('issue-leaf')
  })

  test('a CA that is broken, or without its key: a new one', async () => {
    const world = new World()
    await world.settle()
    const [ca] = world.state.cas
    if (ca === undefined) throw new Error('no CA')
    for (const broken of [{ certificate: ca.certificate }, { ...ca, certificate: 'none' }]) {
      world.state = { ...world.state, cas: [broken] }
      expect(world.plan().kind).toBe('create-ca')
    }
  })

  test('what somebody else wrote over the bundle is published again', async () => {
    const world = new World()
    await world.settle()
    world.published = { certificates: '', since: world.now }
    expect(world.plan()).toMatchObject({
      kind: 'publish',
      certificates: world.state.cas[0]?.certificate,
    })
  })
})
