// `serve` as a process of its own: what it answers, how it ends, and when it does not start.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { Agent, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startOtlpReceiver } from '../support/otlp-receiver.ts'
import { portcullis } from '../support/portcullis.ts'
import { podObject, reviewBytes } from '../support/review.ts'
import { ANY_PORTS, ask, killAll, review, type Served, serve, start } from '../support/serve.ts'
import { send } from '../support/webhook.ts'

let cwd: string

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'portcullis-'))
})
afterEach(async () => {
  killAll()
  await rm(cwd, { recursive: true })
})

describe('serve --dev-tls', () => {
  test('judges with the package’s own bundle; its certificate is trusted through certs/ca.crt', async () => {
    const namespaces = join(cwd, 'namespaces.yaml')
    await writeFile(namespaces, 'apiVersion: v1\nkind: Namespace\nmetadata: { name: default }\n')
    const served = await serve(['--dev-tls', '--namespaces', namespaces], { cwd })
    expect(await ask(served, '/livez')).toBe(200)
    expect(await ask(served, '/readyz')).toBe(200)
    expect((await review(served)).allowed).toBe(true)
    const denied = await review(served, { hostNetwork: true })
    expect(denied.allowed).toBe(false)
    expect(denied.status?.message).toContain('hostNetwork')
    expect(served.stderr()).not.toContain('Warning')
  })
})

describe('a signal', () => {
  test('P1: SIGTERM: not ready at once, serves on for the drain time, exit 0', async () => {
    const served = await serve(['--dev-tls', '--drain-seconds', '2'], { cwd })
    served.process.kill('SIGTERM')
    await expect.poll(() => ask(served, '/readyz')).toBe(503)
    expect((await review(served, { hostNetwork: true })).allowed).toBe(false)
    expect(await served.ended).toEqual({ code: 0, signal: null })
  })

  test('P1: SIGTERM under load: no review that is sent until it is taken out of service fails', async () => {
    // A slow machine is not what this is about.
    const patience = ['--deadline-ms', '30000']
    const served = await serve(['--dev-tls', '--drain-seconds', '3', ...patience], { cwd })
    let outOfService = false
    let answered = 0
    const agent = new Agent({ keepAlive: true })
    const client = async (): Promise<void> => {
      const body = reviewBytes({ object: podObject() })
      while (!outOfService) {
        const { code } = await send(body, { ...served.client, agent })
        expect(code).toBe(200)
        answered++
      }
    }
    const clients = Promise.all([client(), client(), client(), client()])
    await expect.poll(() => answered).toBeGreaterThan(20)
    served.process.kill('SIGTERM')
    await expect.poll(() => ask(served, '/readyz')).toBe(503)
    const before = answered
    await expect.poll(() => answered).toBeGreaterThan(before + 20)
    outOfService = true
    await clients
    agent.destroy()
    expect(await served.ended).toEqual({ code: 0, signal: null })
  })

  test('P1: a review on its way at SIGTERM is answered, though nothing is drained', async () => {
    const served = await serve(['--dev-tls', '--drain-seconds', '0'], { cwd })
    const body = reviewBytes({ object: podObject() })
    const { half, answer } = beginReview(served, body)
    await half
    served.process.kill('SIGTERM')
    // Its listener is closed: nobody new is heard, whom it hears already is.
    await expect
      .poll(() =>
        review(served)
          .then(() => 'heard')
          .catch(errorCode),
      )
      .toBe('ECONNREFUSED')
    expect(await answer()).toEqual({ code: 200, connection: 'close' })
    expect(await served.ended).toEqual({ code: 0, signal: null })
  })

  test('P1: a second signal ends it at once', async () => {
    const served = await serve(['--dev-tls', '--drain-seconds', '600'], { cwd })
    served.process.kill('SIGTERM')
    await expect.poll(() => ask(served, '/readyz')).toBe(503)
    const start = performance.now()
    served.process.kill('SIGTERM')
    expect((await served.ended).code).toBe(0)
    expect(performance.now() - start).toBeLessThan(5_000)
  })

  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s before it listens ends it with exit 0',
    async (signal) => {
      // Standard input that does not end holds the start up for as long as that takes.
      const started = start(['--dev-tls', '--namespaces', '-'], { cwd })
      await expect
        .poll(() => started.stderr(), { timeout: 20_000 })
        .toContain('clients have to trust')
      started.process.kill(signal)
      expect(await started.ended).toEqual({ code: 0, signal: null })
      expect(started.stdout()).toBe('')
    },
  )
})

describe('an error that nobody caught', () => {
  // Modules that Node loads before ours: the fault is in the process, and no door to it in the product.
  const faults = {
    'thrown in a callback': 'throw new Error("boom")',
    'a promise rejected': 'void Promise.reject(new Error("boom"))',
  }
  test.each(Object.entries(faults))(
    'P3: %s: one line in the log, then exit 3',
    async (_, fault) => {
      const module = `data:text/javascript,process.on('SIGUSR2', () => { ${fault} })`
      const served = await serve(['--dev-tls', '--drain-seconds', '600'], {
        cwd,
        nodeArgs: ['--import', module],
      })
      await review(served)
      served.process.kill('SIGUSR2')
      expect(await served.ended).toEqual({ code: 3, signal: null })
      const lines = served.stderr().trimEnd().split('\n')
      const holding = (text: string): string[] => lines.filter((line) => line.includes(text))
      // Not the last in any case: a line before it may be on its way still.
      const bugs = holding('"level":"error"')
      expect(bugs).toHaveLength(1)
      expect(JSON.parse(bugs[0] ?? '')).toMatchObject({
        msg: 'a bug of ours, please report it',
        stack: expect.stringContaining('Error: boom'),
      })
      // And nothing of what was logged before is lost.
      expect(holding('"msg":"decision"')).toHaveLength(1)
    },
  )

  test('P3: where Node is told only to warn of rejected promises, all the same', async () => {
    const served = await serve(['--dev-tls'], {
      cwd,
      nodeArgs: [
        '--unhandled-rejections=warn',
        '--import',
        `data:text/javascript,process.on('SIGUSR2', () => { void Promise.reject('boom') })`,
      ],
    })
    served.process.kill('SIGUSR2')
    expect(await served.ended).toEqual({ code: 3, signal: null })
    expect(served.stderr()).toContain('"stack":"boom"')
  })
})

describe('traces', () => {
  const started = (env: NodeJS.ProcessEnv): Promise<Served> =>
    serve(['--dev-tls', '--drain-seconds', '0'], { cwd, env })

  test('a collector that never answers does not hold up the end', async () => {
    const collector = await startOtlpReceiver({ status: 'never' })
    try {
      const served = await started({
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${collector.port}`,
      })
      await review(served)
      served.process.kill('SIGTERM')
      expect(await served.ended).toEqual({ code: 0, signal: null })
    } finally {
      await collector.stop()
    }
  })

  test('a variable of OpenTelemetry that is not understood: exit 2, one line', async () => {
    const { ended, stderr } = start(['--dev-tls'], {
      cwd,
      env: { OTEL_TRACES_EXPORTER: 'zipkin' },
    })
    expect(await ended).toEqual({ code: 2, signal: null })
    expect(stderr()).toMatch(/\nportcullis: .*OTEL_TRACES_EXPORTER.*\n$/)
  })
})

describe('serve does not start', () => {
  test('P5: without its bundle, or with a broken one: exit 4', async () => {
    const broken = join(cwd, 'broken.tgz')
    await writeFile(broken, 'no bundle')
    const missing = await portcullis(['serve', '--dev-tls', '--bundle', 'no.tgz'], { cwd })
    expect(missing.stderr).toContain('portcullis: cannot read `no.tgz`: no such file\n')
    const refused = await portcullis(['serve', '--dev-tls', '--bundle', broken], { cwd })
    expect(refused.stderr).toContain('error[bundle/unreadable]')
    expect([missing.code, refused.code]).toEqual([4, 4])
    const checked = await portcullis(['check', '--bundle', broken, broken], { cwd })
    expect(checked.code).toBe(2)
  })

  test('P5: with a certificate or a client CA that is missing or is none: exit 5, one line', async () => {
    const none = join(cwd, 'none.pem')
    await writeFile(none, 'no certificate')
    const empty = join(cwd, 'empty.pem')
    await writeFile(empty, '')
    const pair = (file: string): string[] => [
      '--tls-cert-file',
      file,
      '--tls-private-key-file',
      file,
    ]
    const client = (file: string): string[] => ['--dev-tls', '--client-ca-file', file]
    for (const [args, message] of [
      [pair(none), 'the certificate is not PEM'],
      [pair('no.pem'), 'cannot read `no.pem`: no such file'],
      [client(none), 'the client CA is not certificates in PEM'],
      // For TLS an empty one stands for every CA that Node knows.
      [client(empty), 'the client CA is not certificates in PEM'],
      [client('no.pem'), 'cannot read `no.pem`: no such file'],
    ] as const) {
      const { code, stderr } = await portcullis(['serve', ...args, ...ANY_PORTS], { cwd })
      expect(stderr.replace(/^clients have to trust .*\n/, '')).toBe(`portcullis: ${message}\n`)
      expect(code).toBe(5)
    }
  })

  test('with a file of Namespaces that has none: exit 2, one line', async () => {
    await writeFile(join(cwd, 'empty.yaml'), '# nothing\n')
    const run = await portcullis(['serve', '--dev-tls', '--namespaces', 'empty.yaml'], { cwd })
    expect(run).toMatchObject({ code: 2, stdout: '' })
    expect(run.stderr).toContain('there is no Namespace in `empty.yaml`')
  })

  test('P6: on an address in use, or of another machine: exit 6, one line', async () => {
    const first = await serve(['--dev-tls'], { cwd })
    const used = `127.0.0.1:${first.webhookPort}`
    for (const address of [used, '192.0.2.1:8443']) {
      const args = ['--listen', address, '--operator-listen', '127.0.0.1:0']
      const { code, stderr } = await portcullis(['serve', '--dev-tls', ...args], { cwd })
      expect(stderr).toMatch(new RegExp(`\\nportcullis: .*${address}.*\\n$`))
      expect(code).toBe(6)
    }
  })
})

/** Sends the first half of a review; `answer` sends the rest. */
function beginReview(
  served: Served,
  body: Uint8Array,
): { half: Promise<void>; answer: () => Promise<unknown> } {
  const middle = Math.floor(body.length / 2)
  const headers = { 'content-type': 'application/json', 'content-length': body.length }
  const sent = request({ ...served.client, headers })
  const answered = new Promise<unknown>((resolve, reject) => {
    sent.on('error', reject)
    sent.on('response', (response) => {
      response.resume()
      resolve({ code: response.statusCode, connection: response.headers.connection })
    })
  })
  const half = new Promise<void>((resolve) => sent.write(body.subarray(0, middle), () => resolve()))
  return {
    half,
    answer: () => {
      sent.end(body.subarray(middle))
      return answered
    },
  }
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
