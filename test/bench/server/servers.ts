// The servers that are measured, each a process of its own on the core for servers.
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { request } from 'node:https'
import { join } from 'node:path'
import type { AddressInfo } from 'node:net'
import { issueDevCertificates } from '../../../src/certs/issue-dev-certificates.ts'
import { type Child, type Children, programPath, SERVER_CORE } from './children.ts'
import type { Target } from './connection.ts'
import type { PlannedRequest } from './load.ts'
import type { Opa } from './opa.ts'

export interface Server {
  readonly name: string
  readonly child: Child
  readonly target: Target
  /** Of the listener for operators, where there is one. */
  readonly operatorPort?: number
}

/** What all servers of a run share. */
export interface Site {
  readonly children: Children
  readonly directory: string
  readonly certificateFile: string
  readonly keyFile: string
  readonly ca: string
}

export async function createSite(children: Children, directory: string): Promise<Site> {
  const made = await issueDevCertificates({ now: new Date(), hosts: ['localhost', '127.0.0.1'] })
  const certificateFile = join(directory, 'tls.crt')
  const keyFile = join(directory, 'tls.key')
  writeFileSync(certificateFile, made.certificate)
  writeFileSync(keyFile, made.key, { mode: 0o600 })
  return { children, directory, certificateFile, keyFile, ca: made.caCertificate }
}

/** The built command line, logging a line a decision into a file. */
export async function startPortcullis(
  site: Site,
  name: string,
  bundle: string,
  openFiles?: number,
): Promise<Server> {
  const options = [
    `--bundle=${bundle}`,
    '--listen=127.0.0.1:0',
    '--operator-listen=127.0.0.1:0',
    `--tls-cert-file=${site.certificateFile}`,
    `--tls-private-key-file=${site.keyFile}`,
    '--log-level=info',
    '--drain-seconds=0',
  ]
  const command = [process.execPath, 'dist/cli/main.js', 'serve', ...options]
  const child = site.children.spawn(name, command, {
    core: SERVER_CORE,
    logFile: join(site.directory, `${name.replaceAll(' ', '-')}.log`),
    ...(openFiles === undefined ? {} : { openFiles }),
  })
  const port = await readPort(child, /^webhook on https:\/\/127\.0\.0\.1:(\d+)/)
  const operatorPort = await readPort(child, /^operators on http:\/\/127\.0\.0\.1:(\d+)/)
  // As the API server asks.
  const path = '/validate?timeout=5s'
  return { name, child, target: { port, path, ca: site.ca }, operatorPort }
}

export async function startNoop(site: Site): Promise<Server> {
  const command = [process.execPath, programPath('noop-program')]
  const child = site.children.spawn('no-op', [...command, site.certificateFile, site.keyFile], {
    core: SERVER_CORE,
  })
  const port = await readPort(child, /^port (\d+)/)
  return { name: 'no-op', child, target: { port, path: '/validate', ca: site.ca } }
}

/** Without a line in its log for each request, which it would write by default: that is in its favour. */
export async function startOpa(
  site: Site,
  name: string,
  opa: Opa,
  policies: string,
): Promise<Server> {
  const port = await findFreePort()
  const options = [
    '--server',
    `--addr=127.0.0.1:${port}`,
    `--tls-cert-file=${site.certificateFile}`,
    `--tls-private-key-file=${site.keyFile}`,
    '--log-level=error',
    '--disable-telemetry',
  ]
  const child = site.children.spawn(name, [opa.path, 'run', ...options, policies], {
    core: SERVER_CORE,
    logFile: join(site.directory, `${name.replaceAll(' ', '-')}.log`),
  })
  const target = { port, path: '/', ca: site.ca }
  await waitUntilAnswered(target)
  return { name, child, target }
}

/** @throws where the server does not answer as it has to. */
export async function assertAnswers(
  { name, target }: Server,
  requests: readonly PlannedRequest[],
): Promise<void> {
  for (const { kind, body, expect } of requests) {
    const { status, text } = await post(target, body)
    const uid = (JSON.parse(body) as { request: { uid: string } }).request.uid
    const wanted = [`"uid":"${uid}"`, `"allowed":${expect === 'allowed'}`]
    if (status !== 200 || !wanted.every((each) => text.includes(each))) {
      throw new Error(`${name}: ${kind} should be ${expect}, got ${status} ${text}`)
    }
  }
}

/** Ends them, and sees to it that ours end well. */
export async function stopServers(servers: readonly Server[]): Promise<void> {
  for (const { name, child, operatorPort } of servers) {
    const code = await child.end('SIGTERM')
    if (operatorPort !== undefined && code !== 0) throw new Error(`${name} ended with ${code}`)
  }
}

async function readPort(child: Child, pattern: RegExp): Promise<number> {
  for (;;) {
    const port = pattern.exec(await child.nextLine())?.[1]
    if (port !== undefined) return Number(port)
  }
}

/** OPA does not say which port it got. */
function findFreePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}

async function waitUntilAnswered(target: Target): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await post(target, '{}')
      return
    } catch (error) {
      if (attempt === 100) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}

function post(target: Target, body: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port: target.port,
        path: target.path,
        ca: target.ca,
        method: 'POST',
        agent: false,
        headers: { 'content-type': 'application/json' },
      },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => (text += chunk))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
      },
    )
    sent.on('error', reject)
    sent.end(body)
  })
}
