// Policies that misbehave, in the real server: each costs its binding, and nothing else.
import { afterEach, describe, expect, test } from 'vitest'
import type { JsonObject } from '../../src/bundle/bundle.ts'
import { fixtureBinding, fixtureEngine, hostileEngine } from '../support/fixture-engine.ts'
import { decide, FOUND, NAMES, serveEngine, TWO } from '../support/fixture-webhook.ts'
import { ABORT_TEXT, CALL, type OpaModuleOptions } from '../support/opa-module.ts'
import { readMetric } from '../support/read-metric.ts'
import { podObject, reviewBytes } from '../support/review.ts'
import { i32 } from '../support/wasm-module.ts'
import type { Webhook } from '../support/webhook.ts'

let webhook: Webhook
afterEach(() => webhook.stop())

const AFTER = { ...NAMES, name: 'after' }
const FOUND_AFTER = { ...FOUND, message: 'after: container other' }
const matching = (pattern: RegExp): string => expect.stringMatching(pattern) as string
const LOOP_FAILED = {
  reason: 'budget-exceeded',
  message:
    'loop: policy loop could not be evaluated: policy `loop` (binding `loop`) used up its budget (budget-exceeded, failurePolicy Fail)',
}

describe('a policy that loops', () => {
  const LOOP = fixtureBinding('loop', { match: { namespaces: ['burn'] } })

  test('W1: is stopped by its budget and named; what the other bindings find is in the same answer', async () => {
    webhook = await serveEngine(fixtureEngine([NAMES, LOOP, AFTER]))
    const burnt = await decide(webhook, { ...TWO, namespace: 'burn' })
    expect(burnt.status).toMatchObject({
      code: 403,
      details: { causes: [FOUND, FOUND_AFTER, LOOP_FAILED] },
    })
    expect(burnt.auditAnnotations).toMatchObject({
      'denied-by': 'names; after',
      failed: 'loop (budget-exceeded)',
    })
    expect((await decide(webhook, { namespace: 'burn' })).status).toMatchObject({
      code: 500,
      details: { causes: [LOOP_FAILED] },
    })
    expect((await decide(webhook, TWO)).status?.details?.causes).toEqual([FOUND, FOUND_AFTER])
    expect((await decide(webhook)).allowed).toBe(true)
  })

  test('W1: holds nobody up for longer than its budget: others are answered right meanwhile', async () => {
    webhook = await serveEngine(fixtureEngine([NAMES, LOOP]), {
      config: { circuit: { consecutiveErrors: 1_000 } },
    })
    let isOver = false
    let others = 0
    const other = async (): Promise<void> => {
      while (!isOver) {
        const isBad = others++ % 2 === 0
        expect((await decide(webhook, isBad ? TWO : {})).allowed).toBe(!isBad)
      }
    }
    const clients = [other(), other()]
    for (let i = 0; i < 10; i++) {
      expect((await decide(webhook, { namespace: 'burn' })).status?.details?.causes).toEqual([
        LOOP_FAILED,
      ])
    }
    isOver = true
    await Promise.all(clients)
    expect(others).toBeGreaterThan(20)
    const outcome = 'portcullis_binding_evaluation_duration_seconds_count'
    expect(await readMetric(webhook, `${outcome}{binding="loop",outcome="failed"}`)).toBe(10)
  })

  test('W1: on every object never gets ready', async () => {
    webhook = await serveEngine(fixtureEngine([NAMES, fixtureBinding('loop')]))
    const ready = await webhook.ask('/readyz')
    expect(ready).toMatchObject({
      code: 503,
      body: expect.stringContaining('binding loop fails its self-test') as string,
    })
  })
})

describe('a module that breaks', () => {
  const grow = [...i32(1), 0x40, 0x00, ...i32(-1), 0x47, 0x0d, 0x00]
  const abort = [...i32(ABORT_TEXT), 0x10, CALL.opaAbort, ...i32(0)]
  const builtin = [...i32(77), ...i32(0), ...i32(ABORT_TEXT), 0x10, CALL.builtin1]

  test.each<[string, OpaModuleOptions, string]>([
    [
      'W2: that grows its memory to the maximum',
      { eval: [0x03, 0x40, ...grow, 0x0b, 0x00] },
      'the module trapped (unreachable)',
    ],
    ['W2: that hits unreachable', { eval: [0x00] }, 'the module trapped (unreachable)'],
    ['W2: that recurses without end', { eval: [0x20, 0x00, 0x10, 0x04] }, 'recursed too deeply'],
    [
      'W2: that reads outside of its memory',
      { eval: [...i32(-4), 0x28, 0x02, 0x00] },
      'the module trapped',
    ],
    [
      'W3: that aborts',
      { eval: abort, abort: 'x.rego:1:2: var assignment conflict\0' },
      'x.rego:1:2: var assignment conflict',
    ],
    [
      'W3: that aborts with what may be the object’s',
      { eval: abort, abort: 'hunter2\0' },
      'the module aborted',
    ],
    [
      'W3: that calls a built-in it did not ask for',
      { eval: builtin },
      'built-in function number 77',
    ],
    ['W3: whose result is no JSON', { result: 'true false' }, 'its result '],
  ])('%s: denied, and the reason is in the log', async (_name, options, reason) => {
    webhook = await serveEngine(hostileEngine(options), {
      config: { circuit: { consecutiveErrors: 10 } },
    })
    for (let i = 0; i < 3; i++) {
      const { allowed, status } = await decide(webhook)
      expect(allowed).toBe(false)
      expect(status?.code).toBe(500)
      expect(status?.message).toContain(reason)
      expect(status?.message).not.toContain('hunter2')
    }
    const lines = webhook.log.filter((line) => line.message === 'decision')
    expect(lines).toHaveLength(3)
    expect(JSON.stringify(lines)).toContain(reason)
    expect(JSON.stringify(webhook.log)).not.toContain('hunter2')
    expect((await webhook.ask('/livez')).code).toBe(200)
  })

  test('W2: a policy that fills the memory: denied, the instance dropped, the others’ findings told', async () => {
    const engine = fixtureEngine([NAMES, fixtureBinding('hoarder'), AFTER], {
      memoryPages: 64,
      fuelPerBinding: 1_000_000_000,
      fuelPerReview: 2_000_000_000,
    })
    webhook = await serveEngine(engine)
    for (let i = 0; i < 2; i++) {
      expect((await decide(webhook, TWO)).status?.details?.causes).toEqual([
        FOUND,
        FOUND_AFTER,
        expect.objectContaining({ reason: 'memory-exceeded' }),
      ])
    }
  })

  test('W3: rules that contradict each other: an error with its place, in answer and log', async () => {
    webhook = await serveEngine(fixtureEngine([NAMES, fixtureBinding('conflict')]))
    const response = await decide(webhook, TWO)
    expect(response.status?.message).toContain('conflict.rego:7:1: var assignment conflict')
    expect(JSON.stringify(webhook.log)).toContain('conflict.rego:7:1: var assignment conflict')
  })
})

describe('W7: bytes that are no JSON, or that the module may not read', () => {
  test.each<[string, string | Buffer, number]>([
    ['nothing', '', 400],
    ['half of a review', Buffer.from(reviewBytes()).subarray(0, -20), 400],
    ['a text', '"review"', 400],
    ['a set of OPA’s', '{"a","b"}', 400],
    ['bytes that are not UTF-8', corrupt(Buffer.from(reviewBytes()), 0xff), 400],
    ['a raw control character', corrupt(Buffer.from(reviewBytes()), 0x01), 400],
    ['half a surrogate pair', reviewText('"x":"\\ud800"'), 200],
    ['an escaped NUL', reviewText('"x":"\\u0000"'), 200],
    ['a key twice', reviewText('"x":1,"x":2'), 200],
    ['deep nesting', reviewText(`"x":${'['.repeat(2_000)}${']'.repeat(2_000)}`), 200],
  ])('W7: %s: refused before any binding is evaluated', async (_name, body, code) => {
    webhook = await serveEngine(fixtureEngine([NAMES]))
    const answer = await webhook.post(body)
    expect(answer.code).toBe(code)
    expect(answer.body).not.toContain('"allowed":true')
    expect((await webhook.ask('/metrics')).body).not.toMatch(
      /^portcullis_binding_evaluation_duration_seconds_count/m,
    )
    expect((await decide(webhook, TWO)).status?.details?.causes).toEqual([FOUND])
  })

  function corrupt(bytes: Buffer, byte: number): Buffer {
    bytes[bytes.indexOf('jane')] = byte
    return bytes
  }

  function reviewText(members: string): string {
    return Buffer.from(reviewBytes({ object: podObject({ x: 1 }) }))
      .toString()
      .replace('"x":1', members)
  }
})

describe('built-ins', () => {
  const bomb = Array.from({ length: 20 }, (_, i) =>
    i === 0
      ? 'a0: &a0 [x, x, x, x, x, x, x, x, x]'
      : `a${i}: &a${i} [${Array.from({ length: 9 }, () => `*a${i - 1}`).join(', ')}]`,
  ).join('\n')
  const long = 'a'.repeat(10_000)

  test.each<[string, string, JsonObject, RegExp[]]>([
    ['a pattern that others backtrack on', 'regex_split', { text: long }, [/^regex_split: a{50}/]],
    [
      'sprintf with operands of the wrong types',
      'wrong_operands',
      {},
      [/^wrong_operands: %!d\(string=x\) %!s\(int64=1\) %!v\(MISSING\)$/],
    ],
    ['sprintf of a milliard of bytes', 'wide_format', {}, [/budget-exceeded/]],
    ['a bomb of YAML aliases', 'yaml_bomb', { text: bomb }, [/budget-exceeded/]],
  ])('W9: %s: ends, and the others are judged', async (_name, policy, parameters, said) => {
    const binding = fixtureBinding(policy, { name: policy, parameters })
    webhook = await serveEngine(fixtureEngine([NAMES, binding, AFTER]))
    for (let i = 0; i < 2; i++) {
      const { status } = await decide(webhook, TWO)
      const messages = (status?.details?.causes ?? []).map((cause) => cause.message)
      expect(messages).toEqual(
        expect.arrayContaining([
          'names: container other',
          'after: container other',
          ...said.map(matching),
        ]),
      )
      expect(messages).toHaveLength(2 + said.length)
    }
  })
})
