import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AdmissionAnswer } from '../../src/admission/respond.ts'
import { fixedNamespaces } from '../../src/cluster/namespace-source.ts'
import type { ValidationAction } from '../../src/bundle/bundle.ts'
import type { EngineOptions } from '../../src/policy/engine-options.ts'
import type { Engine } from '../../src/policy/engine.ts'
import { cpuMs } from '../support/cpu-ms.ts'
import { podObject, reviewBytes, type WireObject, UID } from '../support/review.ts'
import { verifyAnswer } from '../support/verify-answer.ts'
import { defaultEngine, startWebhook, type Webhook } from '../support/webhook.ts'

let webhook: Webhook

beforeAll(async () => {
  webhook = await startWebhook()
})
afterAll(() => webhook.stop())

type Response = AdmissionAnswer['response']

async function decide(request: WireObject, uid: string = UID, to = webhook): Promise<Response> {
  const answer = await to.post(reviewBytes(request))
  expect(answer.code).toBe(200)
  expect(answer.headers['content-type']).toMatch(/^application\/json/)
  expect(verifyAnswer(answer.body, uid)).toEqual([])
  return (JSON.parse(answer.body) as AdmissionAnswer).response
}

async function expectBadRequest(request: WireObject, root: WireObject = {}): Promise<void> {
  const answer = await webhook.post(reviewBytes(request, root))
  expect(answer.code).toBe(400)
  expect(answer.body).not.toContain('allowed')
}

const hostNetwork = podObject({ hostNetwork: true })

describe('reviews over HTTPS', () => {
  test('a good pod is allowed, a pod on the host network is denied with the place', async () => {
    expect((await decide({})).allowed).toBe(true)
    const response = await decide({ object: hostNetwork })
    expect(response.allowed).toBe(false)
    expect(response.status).toMatchObject({
      code: 403,
      reason: 'Forbidden',
      details: { causes: [{ reason: 'host-network', field: 'spec.hostNetwork' }] },
    })
    expect(response.auditAnnotations?.['bundle-digest']).toMatch(/^sha256:[0-9a-f]{64}$/)
    expect(response.auditAnnotations?.['denied-by']).toBe('no-host-network')
  })

  test.each([
    ['request missing', { request: undefined }],
    ['request null', { request: null }],
    ['request a list', { request: [] }],
    ['kind Foo', { kind: 'Foo' }],
    ['apiVersion v2', { apiVersion: 'admission.k8s.io/v2' }],
  ])('A1: %s is a bad request', async (_name, root) => {
    await expectBadRequest({}, root)
  })

  test.each([undefined, '', 7, 'u'.repeat(1 << 20)])('A2: a uid that is none', async (uid) => {
    await expectBadRequest({ uid })
  })

  test('A3: v1beta1 is a bad request', async () => {
    await expectBadRequest({}, { apiVersion: 'admission.k8s.io/v1beta1' })
  })

  test('A4: the uid comes back byte for byte, whatever it holds', async () => {
    for (const uid of ['a', '"\\/\u2028é😀', ' x ', '__proto__', 'u'.repeat(128)]) {
      expect((await decide({ uid }, uid)).uid).toBe(uid)
      expect((await decide({ uid, object: hostNetwork }, uid)).uid).toBe(uid)
      expect((await decide({ uid, operation: 'PATCH' }, uid)).uid).toBe(uid)
    }
  })

  test('A4: a thousand faults make an answer under 16 KiB, without the request', async () => {
    const containers = Array.from({ length: 1_000 }, (_, index) => ({
      name: `c${index}`,
      image: `evil.example.com/x:${index}`,
      ports: [{ hostPort: index + 1 }],
    }))
    const response = await decide({
      namespace: 'core-a',
      object: podObject({ hostNetwork: true, containers }),
    })
    expect(response.allowed).toBe(false)
    expect(response.status?.message).toMatch(/and \d+ more$/)
  })

  test.each(['PATCH', 'create', undefined])('A5: operation %s is denied', async (operation) => {
    const response = await decide({ operation })
    expect(response.allowed).toBe(false)
    expect(response.status?.code).toBe(400)
  })

  test('A6: a DELETE is answered with and without objects', async () => {
    const deletion = { operation: 'DELETE', object: null }
    expect((await decide({ ...deletion, oldObject: hostNetwork })).allowed).toBe(true)
    expect((await decide({ ...deletion, oldObject: null })).allowed).toBe(true)
  })

  test('A6: a DELETE is judged by its oldObject where a binding asks for DELETE', async () => {
    const engine = await defaultEngine((binding) => ({
      ...binding,
      match: { ...binding.match, operations: ['DELETE'] },
    }))
    const strict = await startWebhook({ deps: { engine } })
    const deletion = { operation: 'DELETE', object: null }
    await decide({ ...deletion, oldObject: hostNetwork }, UID, strict)
    const response = await decide({ ...deletion, oldObject: null }, UID, strict)
    expect(response.allowed).toBe(false)
    expect(response.status).toMatchObject({ code: 500 })
    expect(response.status?.message).toContain('no-object')
    await strict.stop()
  })

  test.each(['exec', 'attach', 'portforward', 'proxy'])(
    'A8: CONNECT to pods/%s is no business of pod rules',
    async (subResource) => {
      const kind = { group: '', version: 'v1', kind: 'PodExecOptions' }
      const object = {
        apiVersion: 'v1',
        kind: 'PodExecOptions',
        hostNetwork: true,
        command: ['sh'],
      }
      const response = await decide({ operation: 'CONNECT', subResource, kind, object })
      expect(response.allowed).toBe(true)
    },
  )

  test('A10: an UPDATE without oldObject is judged as a CREATE', async () => {
    const update = { operation: 'UPDATE', oldObject: null }
    expect((await decide({ ...update, object: hostNetwork })).allowed).toBe(false)
    expect((await decide({ ...update })).allowed).toBe(true)
  })

  test('A11: a dry run is decided alike', async () => {
    expect((await decide({ dryRun: true })).allowed).toBe(true)
    expect((await decide({ dryRun: true, object: hostNetwork })).allowed).toBe(false)
  })

  test('A12: a List with items is denied', async () => {
    const object = { apiVersion: 'v1', kind: 'List', items: [hostNetwork] }
    const kind = { group: '', version: 'v1', kind: 'List' }
    expect((await decide({ object })).allowed).toBe(false)
    expect((await decide({ object, kind })).allowed).toBe(false)
  })

  test('A15: nesting of 5,000, 20,000 and 100,000 levels', async () => {
    for (const depth of [5_000, 20_000, 100_000]) {
      const body = Buffer.from(reviewBytes({ object: podObject({ x: 1 }) }))
        .toString()
        .replace('"x":1', `"x":${'['.repeat(depth)}${']'.repeat(depth)}`)
      const start = cpuMs()
      const answer = await webhook.post(body)
      expect(cpuMs() - start).toBeLessThan(1_000)
      expect(answer.body).not.toContain('"allowed":true')
      if (answer.code === 200) expect(verifyAnswer(answer.body, UID)).toEqual([])
      else expect(answer.code).toBe(400)
    }
  })

  test('A16: half a surrogate pair and NUL are denied, a line separator is decided', async () => {
    for (const name of ['\ud800', 'a\0']) expect((await decide({ name })).allowed).toBe(false)
    const images = podObject({ containers: [{ name: 'a', image: 'registry.example.com/\u2028x' }] })
    expect((await decide({ namespace: 'core-a', object: images })).allowed).toBe(false)
  })

  test('A17: numbers that JavaScript cannot hold harm nothing', async () => {
    for (const number of ['1e400', '9007199254740993', '-0', '9'.repeat(1 << 20)]) {
      const body = Buffer.from(reviewBytes({ object: podObject({ x: 1 }) })).toString()
      const answer = await webhook.post(body.replace('"x":1', `"x":${number}`))
      expect(answer.code).toBe(200)
      expect(verifyAnswer(answer.body, UID)).toEqual([])
    }
    expect((await decide({})).allowed).toBe(true)
  })

  test('A18: namespaces are the request’s, not the object’s', async () => {
    const object = podObject(
      { containers: [{ name: 'a', image: 'evil.example.com/x' }] },
      { namespace: 'core-a' },
    )
    const by = async (namespace: string): Promise<string | undefined> =>
      (await decide({ namespace, object })).auditAnnotations?.['denied-by']
    expect(await by('core-a')).toContain('core-registries')
    expect((await by('other')) ?? '').not.toContain('core-registries')
  })

  test.each(['a/b', 'a b', 'ä', 'x'.repeat(200), '', 'a\nb: c', '-'])(
    'A20: a binding named %j finds, warns and fails: annotations’ keys are qualified names',
    async (name) => {
      const rename = (options: Partial<EngineOptions>, action: ValidationAction): Promise<Engine> =>
        defaultEngine((each) => ({ ...each, name, validationActions: [action] }), options)
      for (const engine of [
        await rename({}, 'Deny'),
        await rename({}, 'Warn'),
        await rename({}, 'Audit'),
        await rename({ fuelPerBinding: 10 }, 'Deny'),
      ]) {
        const odd = await startWebhook({ deps: { engine } })
        const { auditAnnotations } = await decide({ object: hostNetwork }, UID, odd)
        await odd.stop()
        // That every key is a qualified name is asked of all answers of the tests.
        const keys = new Set(Object.keys(auditAnnotations ?? {}))
        expect(
          ['denied-by', 'warned-by', 'audited-by', 'failed'].some((key) => keys.has(key)),
        ).toBe(true)
      }
    },
  )

  test('O18: what the object says of itself exempts it from nothing', async () => {
    const metadata = {
      namespace: 'kube-system',
      annotations: { 'kubernetes.io/config.mirror': 'x', 'portcullis.dev/exempt': 'true' },
      deletionTimestamp: '2026-01-01T00:00:00Z',
    }
    expect((await decide({ object: podObject({ hostNetwork: true }, metadata) })).allowed).toBe(
      false,
    )
  })
})

describe('bindings that fail', () => {
  test('Fail denies as an error and names the policy; Ignore allows with a warning', async () => {
    const starve = { fuelPerBinding: 10 }
    const failing = await startWebhook({ deps: { engine: await defaultEngine(undefined, starve) } })
    const denied = await decide({}, UID, failing)
    expect(denied.allowed).toBe(false)
    expect(denied.status).toMatchObject({ code: 500, reason: 'InternalError' })
    expect(denied.status?.message).toContain('policy host-network could not be evaluated')
    expect(denied.status?.message).toContain('budget-exceeded')
    await failing.stop()

    const ignore = await defaultEngine(
      (binding) => ({ ...binding, failurePolicy: 'Ignore' as const }),
      starve,
    )
    const lenient = await startWebhook({ deps: { engine: ignore } })
    const allowed = await decide({}, UID, lenient)
    expect(allowed.allowed).toBe(true)
    expect(allowed.warnings?.join()).toContain('policy host-network could not be evaluated')
    expect(allowed.auditAnnotations?.['failed']).toContain('no-host-network (budget-exceeded)')
    await lenient.stop()
  })

  test('an unknown Namespace that a selector needs is an error, not a match or a miss', async () => {
    const engine = await defaultEngine((binding) => ({
      ...binding,
      match: {
        ...binding.match,
        namespaceSelector: { matchLabels: { environment: 'production' } },
      },
    }))
    const blind = await startWebhook({
      deps: { engine, namespaces: fixedNamespaces(() => ({ kind: 'unknown' })) },
    })
    const response = await decide({}, UID, blind)
    expect(response.allowed).toBe(false)
    expect(response.status?.message).toContain('unknown-namespace')
    await blind.stop()
  })
})

describe('an exception', () => {
  test('allows with a warning while it is in force, and nothing else than it names', async () => {
    let now = new Date()
    const expires = now.toISOString().slice(0, 10)
    const engine = await defaultEngine(undefined, {}, [
      {
        name: 'legacy',
        binding: 'no-host-network',
        match: { namespaces: ['legacy'] },
        owner: 'team-cart',
        reason: 'it is being replaced',
        expires,
      },
    ])
    const clock = { now: () => now, elapsedMs: () => 0 }
    const excepting = await startWebhook({ deps: { engine, clock } })
    const ask = (namespace: string): Promise<Response> =>
      decide({ namespace, object: hostNetwork }, UID, excepting)
    const excepted = await ask('legacy')
    expect(excepted.allowed).toBe(true)
    expect(excepted.warnings?.[0]).toContain(`excepted until ${expires} by legacy`)
    expect(excepted.auditAnnotations?.['excepted-by']).toBe('legacy (no-host-network)')
    expect((await ask('default')).allowed).toBe(false)
    const { body } = await excepting.ask('/metrics')
    expect(body).toMatch(/^portcullis_exception_uses_total{exception="legacy"} 1$/m)
    now = new Date(now.getTime() + 24 * 3_600_000)
    expect((await ask('legacy')).allowed).toBe(false)
    await excepting.stop()
  })
})

describe('the log', () => {
  test('has one line a decision, and nothing of the object', async () => {
    const secret = 'c2VjcmV0LXZhbHVl'
    const before = webhook.log.length
    await decide({ object: podObject({ hostNetwork: true, secret }) })
    await webhook.post(Buffer.from(reviewBytes({ object: podObject({ secret }) })).subarray(0, -3))
    await decide({ operation: secret, object: podObject({ secret }) })
    const lines = webhook.log.slice(before)
    expect(lines.map((line) => line.message)).toEqual(['decision', 'review refused'])
    expect(lines[0]?.fields).toMatchObject({
      uid: UID,
      operation: 'CREATE',
      resource: 'pods',
      namespace: 'default',
      name: 'app',
      user: 'jane',
      allowed: false,
      deniedBy: ['no-host-network'],
    })
    expect(JSON.stringify(lines)).not.toContain(secret)
  })
})
