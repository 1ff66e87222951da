// `serve --manage-certs` as a process of its own, beside an API server that has a Secret and a webhook configuration.
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  type CertificateCluster,
  OUR_WEBHOOK,
  startCertificateCluster,
} from '../support/certificate-cluster.ts'
import { clientCa } from '../support/client-certificates.ts'
import { portcullis } from '../support/portcullis.ts'
import { json } from '../support/scripted-api-server.ts'
import { ask, killAll, serve, type Served, start } from '../support/serve.ts'

const SOON = { timeout: 60_000, interval: 250 }

let cluster: CertificateCluster
let cwd: string
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'portcullis-'))
  // What the helper takes the webhook's CA from.
  await mkdir(join(cwd, 'certs'))
  await writeFile(join(cwd, 'certs/ca.crt'), '')
  cluster = await startCertificateCluster()
})
afterEach(async () => {
  killAll()
  await cluster.stop()
  await rm(cwd, { recursive: true })
})

const managed = (...more: readonly string[]): string[] => managedBy(cluster.kubeconfig, ...more)
const managedBy = (kubeconfig: string, ...more: readonly string[]): string[] => [
  '--manage-certs',
  `--kubeconfig=${kubeconfig}`,
  '--drain-seconds=0',
  ...more,
]

/** Whether a handshake succeeds for an API server, which knows the Service's name and the caBundle. */
function isTrusted({ webhookPort: port }: Served): Promise<boolean> {
  const options = { port, host: '127.0.0.1', servername: 'portcullis.here.svc' }
  return new Promise((resolve) => {
    const socket = connect({ ...options, ca: cluster.caBundle() }, () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}

test('serves what API servers trust, is ready once they do, and ends at a signal', async () => {
  cluster.fail((request, response) => {
    if (request.method !== 'PATCH') return false
    response.writeHead(403).end()
    return true
  })
  const served = await serve(managed(), { cwd })
  expect(await ask(served, '/readyz')).toBe(503)
  cluster.fail(undefined)
  await expect.poll(() => ask(served, '/readyz'), SOON).toBe(200)
  expect(await isTrusted(served)).toBe(true)
  expect(cluster.secret()).toMatchObject({ data: { 'tls.key': expect.any(String) } })
  served.process.kill('SIGTERM')
  expect(await served.ended).toEqual({ code: 0, signal: null })
  expect(served.stderr()).not.toMatch(/PRIVATE|LS0tLS1CRUdJTi/)
})

test('the names of the objects are settings, and the certificate is for more names where told', async () => {
  cluster.setConfiguration([
    { ...OUR_WEBHOOK, clientConfig: { service: { name: 'gate', namespace: 'here' } } },
  ])
  const names = ['--certs-secret', 'gate-certs', '--certs-service', 'gate']
  const configuration = ['--certs-webhook-configuration', 'gates']
  const hosts = ['--tls-server-names', 'gate.example.com']
  const served = await serve(managed(...names, ...configuration, ...hosts), { cwd })
  await expect.poll(() => ask(served, '/readyz'), SOON).toBe(200)
  const asked = cluster.asked.join('\n')
  expect(asked).toContain('/api/v1/namespaces/here/secrets/gate-certs')
  expect(asked).toContain('/validatingwebhookconfigurations/gates')
  expect(cluster.caBundle()).toContain('BEGIN CERTIFICATE')
})

test('certificates and Namespaces are of one cluster, by a kubeconfig that can be read only once', async () => {
  cluster.fail((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://here')
    if (pathname !== '/api/v1/namespaces' || searchParams.has('watch')) return false
    json(response, { metadata: { resourceVersion: '1' }, items: [] })
    return true
  })
  const pipe = join(cwd, 'pipe')
  execFileSync('mkfifo', [pipe])
  const written = readFile(cluster.kubeconfig).then((text) => writeFile(pipe, text))
  const served = await serve(managedBy(pipe, '--watch-namespaces'), { cwd })
  await written
  await expect.poll(() => ask(served, '/readyz'), SOON).toBe(200)
  const asked = cluster.asked.join('\n')
  expect(asked).toContain('/api/v1/namespaces?')
  expect(asked).toContain('/api/v1/namespaces/here/secrets/')
})

test('T9: a client CA goes with it, and is watched', async () => {
  const ca = join(cwd, 'client-ca.crt')
  await writeFile(ca, clientCa().caCertificate)
  const served = await serve(managed('--client-ca-file', ca), { cwd })
  await expect.poll(() => ask(served, '/readyz'), SOON).toBe(200)
  await writeFile(ca, 'nothing')
  await expect.poll(served.stderr, SOON).toContain('certificate not reloaded')
  expect(await ask(served, '/readyz')).toBe(200)
})

test('P5: a Secret of somebody else, or no cluster: does not start, and says why', async () => {
  const foreign = Buffer.from('theirs').toString('base64')
  cluster.setSecret({ password: foreign })
  const started = start(managed(), { cwd })
  expect(await started.ended).toEqual({ code: 5, signal: null })
  expect(started.stderr()).toContain('holds password, which was not put there by --manage-certs')
  expect(cluster.secret()?.data).toEqual({ password: foreign })
  const none = await portcullis(['serve', '--manage-certs'], { cwd, env: { HOME: cwd } })
  expect(none).toMatchObject({ code: 2, stdout: '' })
  expect(none.stderr).toContain('no kubeconfig')
})

test.each([
  ['--dev-tls', '`--manage-certs` and `--dev-tls` do not go together'],
  ['--tls-cert-file=a', '`--manage-certs` and `--tls-cert-file` do not go together'],
])('does not go with %s', async (flag, message) => {
  const { code, stderr } = await portcullis(['serve', '--manage-certs', flag], { cwd })
  expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining(message) })
})
