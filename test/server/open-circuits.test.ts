// What callers see of a circuit, in the real server; when it opens and closes is in circuits.test.ts.
import { afterEach, describe, expect, test } from 'vitest'
import { fixtureBinding, fixtureEngine } from '../support/fixture-engine.ts'
import { decide, FOUND, NAMES, serveEngine, TWO } from '../support/fixture-webhook.ts'
import { readMetric } from '../support/read-metric.ts'
import { podObject } from '../support/review.ts'
import { skewedClock } from '../support/skewed-clock.ts'
import type { Webhook } from '../support/webhook.ts'

let webhook: Webhook
afterEach(() => webhook.stop())

describe('a circuit', () => {
  const CIRCUIT = { consecutiveErrors: 3, openMs: 3_600_000 }
  const fuelOf = (binding: string): Promise<number> =>
    readMetric(webhook, `portcullis_binding_fuel_used_total{binding="${binding}"}`)
  const openCircuits = (): Promise<number> =>
    readMetric(webhook, 'portcullis_binding_circuits_open{binding="loop"}')
  const changes = (): unknown[] =>
    webhook.log.flatMap(({ level, message, fields }) =>
      message.startsWith('circuit') ? [{ level, message, ...fields }] : [],
    )
  const errorOf = async (namespace: string): Promise<string | undefined> =>
    (await decide(webhook, { namespace })).auditAnnotations?.['failed']

  test('W1: Fail: after some failures it is denied at once, at no cost, and tried again later', async () => {
    const clock = skewedClock()
    const engine = fixtureEngine([NAMES, fixtureBinding('loop')], { fuelPerBinding: 100_000 })
    webhook = await serveEngine(engine, { deps: { clock }, config: { circuit: CIRCUIT } })
    for (let i = 0; i < 3; i++) expect(await errorOf('a')).toBe('loop (budget-exceeded)')
    expect(changes()).toEqual([
      { level: 'warn', message: 'circuit open', binding: 'loop', namespace: 'a' },
    ])
    expect(await openCircuits()).toBe(1)

    const fuel = await fuelOf('loop')
    for (let i = 0; i < 5; i++) {
      const response = await decide(webhook, { ...TWO, namespace: 'a' })
      expect(response.allowed).toBe(false)
      expect(response.auditAnnotations?.['failed']).toBe('loop (circuit-open)')
      expect(response.status?.details?.causes).toEqual([
        FOUND,
        expect.objectContaining({
          reason: 'circuit-open',
          message: expect.stringMatching(
            /was not evaluated: it failed again and again for this namespace, and is tried again in \d+ s/,
          ) as string,
        }),
      ])
    }
    expect(await fuelOf('loop')).toBe(fuel)
    const code = 'code="circuit-open"'
    expect(
      await readMetric(webhook, `portcullis_binding_errors_total{binding="loop",${code}}`),
    ).toBe(5)

    clock.pass(CIRCUIT.openMs)
    expect(await openCircuits()).toBe(0)
    expect(await errorOf('a')).toBe('loop (budget-exceeded)')
    expect(await fuelOf('loop')).toBeGreaterThan(fuel)
    expect(await errorOf('a')).toBe('loop (circuit-open)')
  })

  test('W1: Ignore: it is skipped for a while with a warning', async () => {
    const loop = fixtureBinding('loop', { failurePolicy: 'Ignore' })
    const engine = fixtureEngine([NAMES, loop], { fuelPerBinding: 100_000 })
    webhook = await serveEngine(engine, { config: { circuit: CIRCUIT } })
    for (let i = 0; i < 3; i++) expect((await decide(webhook)).allowed).toBe(true)
    const fuel = await fuelOf('loop')
    const response = await decide(webhook)
    expect(response.allowed).toBe(true)
    expect(response.warnings).toEqual([
      expect.stringMatching(/^loop: policy loop could not be evaluated: [^]*was not evaluated/),
    ])
    expect(response.auditAnnotations?.['failed']).toBe('loop (circuit-open)')
    expect((await decide(webhook, TWO)).allowed).toBe(false)
    expect(await fuelOf('loop')).toBe(fuel)
    expect(await openCircuits()).toBe(1)
  })

  test('W1: of one namespace leaves the others alone; where three fail it is for all, until a try succeeds', async () => {
    const clock = skewedClock()
    // Ends for a few containers, and not for very many.
    webhook = await serveEngine(fixtureEngine([NAMES], { fuelPerBinding: 20_000 }), {
      deps: { clock },
      config: { circuit: CIRCUIT },
    })
    const containers = Array.from({ length: 2_000 }, () => ({ name: 'app' }))
    const fail = async (namespace: string): Promise<string | undefined> =>
      (await decide(webhook, { namespace, object: podObject({ containers }) })).auditAnnotations?.[
        'failed'
      ]
    const passes = async (namespace: string): Promise<boolean> =>
      (await decide(webhook, { namespace })).allowed

    for (let i = 0; i < 5; i++) {
      for (let j = 0; j < 2; j++) expect(await fail('a')).toBe('names (budget-exceeded)')
      expect(await passes('a')).toBe(true)
    }
    for (const namespace of ['a', 'b']) {
      for (let i = 0; i < 3; i++) expect(await fail(namespace)).toBe('names (budget-exceeded)')
      expect(await fail(namespace)).toBe('names (circuit-open)')
      expect(await passes(namespace)).toBe(false)
    }
    expect(await passes('z')).toBe(true)

    // One failure each, and no success between them: it is the policy, and not one of them.
    for (const namespace of ['c', 'd', 'e']) await fail(namespace)
    expect(changes().at(-1)).toMatchObject({ message: 'circuit open', namespace: 'all' })
    expect(await passes('z')).toBe(false)
    clock.pass(CIRCUIT.openMs)
    expect(await passes('z')).toBe(true)
    expect(changes().at(-1)).toMatchObject({ message: 'circuit closed', namespace: 'all' })
    expect(await fail('y')).toBe('names (budget-exceeded)')
    expect(await passes('z')).toBe(true)
  })
})
