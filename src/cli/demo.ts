// `npm run demo`: the real webhook over TLS and the real command line, on the same objects, so that a newcomer sees one
// bundle give one verdict at both doors.
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { Agent, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { AdmissionAnswer } from '../admission/respond.ts'
import { nodeHost } from '../host/host.ts'
import { toReview } from '../kubernetes/to-review.ts'
import { packageFile } from './package-file.ts'
import { readFile as readManifest } from './inputs/read-inputs.ts'

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const host = nodeHost()
const example = relative('', packageFile('docs/examples/shop.yaml'))

process.exitCode = await demo()

async function demo(): Promise<number> {
  await say('1. The webhook', [
    'portcullis serve --dev-tls makes a certificate, loads policies/bundle.tgz and listens over HTTPS.',
    `Each object of ${example} is sent to it as the AdmissionReview that the API server would send.`,
  ])
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-demo-'))
  const namespaces = packageFile('docs/examples/shop.yaml')
  const server = spawn(
    process.execPath,
    [
      MAIN,
      'serve',
      '--dev-tls',
      '--listen',
      '127.0.0.1:0',
      '--operator-listen',
      '127.0.0.1:0',
    ].concat(['--namespaces', namespaces, '--drain-seconds', '0']),
    { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  try {
    const address = await listening(server)
    const ca = await readFile(join(folder, 'certs', 'ca.crt'), 'utf8')
    await judgeOverHttps(address, new Agent({ ca, keepAlive: true }))
  } finally {
    server.kill('SIGTERM')
    await new Promise((resolve) => server.once('close', resolve))
    await rm(folder, { recursive: true, force: true })
  }

  await say('2. The command line', [
    `portcullis check ${example} asks the same engine with the same bundle, before anything is pushed.`,
  ])
  const code = await runCheck()
  await say('What you saw', [
    `The same faults at both doors; \`check\` ended with exit code ${code}, which fails a merge request.`,
    'Next: `node dist/cli/main.js check YOUR.yaml`, or docs/cli.md.',
  ])
  return code === 1 ? 0 : 2
}

async function judgeOverHttps(address: string, agent: Agent): Promise<void> {
  const { resources } = await readManifest(example, host)
  for (const resource of resources) {
    const body = toReview(resource, { operation: 'CREATE' }).bytes
    const answer = JSON.parse(await post(address, body, agent)) as AdmissionAnswer
    const { allowed, status } = answer.response
    const name = `${resource.kind} ${resource.namespace ?? ''}/${resource.name}`
    await host.stdout.write(`  ${allowed ? 'allowed' : 'DENIED '}  ${name.replace(' /', ' ')}\n`)
    for (const line of status?.message.split('\n') ?? [])
      await host.stdout.write(`             ${line}\n`)
  }
  agent.destroy()
}

function post(address: string, body: Uint8Array, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(
      address,
      { method: 'POST', agent, headers: { 'content-type': 'application/json' } },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')))
      },
    )
    sent.on('error', reject)
    sent.end(body)
  })
}

async function listening(server: ChildProcess): Promise<string> {
  if (server.stdout === null || server.stderr === null)
    throw new Error('bug: the server has no output')
  let log = ''
  server.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()))
  for await (const line of createInterface({ input: server.stdout })) {
    const found = /https:\/\/\S+\/validate/.exec(line)
    if (found !== null) return found[0]
  }
  throw new Error(`the webhook did not start: ${log}`)
}

function runCheck(): Promise<number | null> {
  const child = spawn(process.execPath, [MAIN, 'check', example], { stdio: 'inherit' })
  return new Promise((resolve) => child.once('close', resolve))
}

async function say(title: string, lines: readonly string[]): Promise<void> {
  await host.stdout.write(`\n${title}\n${lines.map((line) => `  ${line}\n`).join('')}\n`)
}
