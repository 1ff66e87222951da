// A cluster without nodes and controllers: etcd and a kube-apiserver with RBAC, tokens and an audit log. What controllers would
// do (pods of a Deployment, endpoints of a Service, ServiceAccounts of a Namespace) a test does itself.
import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, inject } from 'vitest'
import { issueDevCertificates } from '../../../src/certs/issue-dev-certificates.ts'
import type { Run } from '../../support/run-process.ts'
import { type ApiAnswer, type ApiServer, askApi } from './api-client.ts'
import type { Binaries } from './binaries.ts'
import { type KubectlOptions, runKubectl, type User } from './kubectl.ts'
import { createNetwork, type Network } from './network.ts'
import { isAlive, run, type Running, waitFor } from './processes.ts'

export interface Cluster extends ApiServer {
  /** Everything of it is in here; goes with it. */
  readonly folder: string
  readonly network: Network
  readonly kubeconfig: string
  readonly binaries: Binaries
  readonly kubectl: (args: readonly string[], options?: KubectlOptions) => Promise<Run>
  /** Writes objects, as the admin; @throws Error with what kubectl said where that fails. */
  readonly apply: (...objects: readonly unknown[]) => Promise<void>
  readonly ask: (
    method: string,
    path: string,
    content?: { readonly body: unknown; readonly type?: string },
    user?: User,
  ) => Promise<ApiAnswer>
  /** What the audit log holds by now. An event is in it before its request is answered. */
  readonly auditEvents: () => Promise<readonly AuditEvent[]>
  /** Ends the API server, and starts it again on the same data. */
  readonly restartApiServer: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** Of k8s.io/apiserver/pkg/apis/audit/v1 Event. */
export interface AuditEvent {
  readonly verb: string
  readonly requestURI: string
  readonly user: { readonly username: string }
  readonly objectRef?: { readonly resource?: string; readonly name?: string }
  readonly responseStatus?: { readonly code?: number; readonly message?: string }
  readonly annotations?: Readonly<Record<string, string>>
}

/** Skips where a cluster cannot be had; global-setup.ts has said why. */
export const describeInCluster: typeof describe =
  inject('binaries') === undefined ? (describe.skip as typeof describe) : describe

const TOKENS: Readonly<Record<User, string>> = { admin: 'admin-token', jane: 'jane-token' }
// The address is the cluster's own, so its ports are free.
const API_PORT = 6443
const ETCD_PORT = 2379
const AUDIT_POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata' }],
}

/** For tests in `describeInCluster`. */
export async function startCluster(): Promise<Cluster> {
  const binaries = inject('binaries')
  if (binaries === undefined) throw new Error('no binaries to start a cluster of')
  const folder = await makeFolder()
  const network = await createNetwork()
  const etcd = startEtcd(binaries, folder, network.address)
  let apiServer: Running | undefined
  const stop = async (): Promise<void> => {
    await apiServer?.stop()
    await etcd.stop()
    await network.remove()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const url = `https://${network.address}:${API_PORT}`
    const caCertificate = await writeFiles(folder, network.address)
    const server = { url, caCertificate }
    const start = async (): Promise<void> => {
      apiServer = startApiServer(binaries, folder, network.address)
      const isReady = async (): Promise<boolean> =>
        (await askApi(server, TOKENS.admin, 'GET', '/readyz')).code === 200
      await waitFor('ready', isReady, apiServer)
    }
    await start()
    const kubeconfig = await writeKubeconfig(folder, server)
    const kubectl: Cluster['kubectl'] = (args, options) =>
      runKubectl(binaries.kubectl, { folder, kubeconfig }, args, options)
    return {
      ...server,
      folder,
      network,
      kubeconfig,
      binaries,
      kubectl,
      apply: async (...objects) => {
        const list = { apiVersion: 'v1', kind: 'List', items: objects }
        const { code, stderr } = await kubectl(['apply', '-f', '-'], {
          stdin: JSON.stringify(list),
        })
        if (code !== 0) throw new Error(stderr)
      },
      ask: (method, path, content, user = 'admin') =>
        askApi(server, TOKENS[user], method, path, content),
      auditEvents: async () =>
        (await readFile(join(folder, 'audit.log'), 'utf8'))
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => JSON.parse(line) as AuditEvent),
      restartApiServer: async () => {
        await apiServer?.stop()
        await start()
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

async function makeFolder(): Promise<string> {
  // What a run left that was killed.
  for (const name of await readdir(tmpdir())) {
    const pid = /^portcullis-e2e-(\d+)-/.exec(name)?.[1]
    if (pid === undefined || isAlive(pid)) continue
    await rm(join(tmpdir(), name), { recursive: true, force: true })
  }
  return await mkdtemp(join(tmpdir(), `portcullis-e2e-${process.pid}-`))
}

function startEtcd({ etcd }: Binaries, folder: string, address: string): Running {
  const clients = `http://${address}:${ETCD_PORT}`
  const peers = `http://${address}:${ETCD_PORT + 1}`
  const args = {
    'data-dir': join(folder, 'etcd'),
    'listen-client-urls': clients,
    'advertise-client-urls': clients,
    'listen-peer-urls': peers,
    'initial-advertise-peer-urls': peers,
    'initial-cluster': `default=${peers}`,
    'log-level': 'error',
    'unsafe-no-fsync': 'true',
  }
  return run([etcd, ...flags(args)], { cwd: folder })
}

function startApiServer({ kubeApiserver }: Binaries, folder: string, address: string): Running {
  const args = {
    'etcd-servers': `http://${address}:${ETCD_PORT}`,
    'bind-address': address,
    'secure-port': String(API_PORT),
    'tls-cert-file': join(folder, 'apiserver.crt'),
    'tls-private-key-file': join(folder, 'apiserver.key'),
    'cert-dir': folder,
    'token-auth-file': join(folder, 'tokens.csv'),
    'authorization-mode': 'RBAC',
    'service-account-issuer': 'https://kubernetes.default.svc',
    'service-account-key-file': join(folder, 'service-accounts.key'),
    'service-account-signing-key-file': join(folder, 'service-accounts.key'),
    'service-cluster-ip-range': '10.96.0.0/16',
    'audit-policy-file': join(folder, 'audit-policy.json'),
    'audit-log-path': join(folder, 'audit.log'),
    'audit-log-mode': 'blocking',
    // Services have no proxy here: their endpoints are asked themselves.
    'enable-aggregator-routing': 'true',
    // It waits for a ServiceAccount that a controller would make.
    'disable-admission-plugins': 'ServiceAccount',
    'allow-privileged': 'true',
  }
  return run([kubeApiserver, ...flags(args)], { cwd: folder })
}

function flags(args: Readonly<Record<string, string>>): string[] {
  return Object.entries(args).map(([name, value]) => `--${name}=${value}`)
}

/** Returns the certificate of the CA that the API server's own is signed by. */
async function writeFiles(folder: string, address: string): Promise<string> {
  const { caCertificate, certificate, key } = await issueDevCertificates({
    now: new Date(),
    hosts: [address, 'kubernetes.default.svc'],
  })
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const tokens = [`${TOKENS.admin},admin,1,system:masters`, `${TOKENS.jane},jane,2,developers`]
  const files = {
    'apiserver.crt': certificate,
    'apiserver.key': key,
    'service-accounts.key': privateKey.export({ type: 'sec1', format: 'pem' }),
    'tokens.csv': `${tokens.join('\n')}\n`,
    'audit-policy.json': JSON.stringify(AUDIT_POLICY),
  }
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(folder, name), text, { mode: 0o600 })
  }
  return caCertificate
}

async function writeKubeconfig(folder: string, server: ApiServer): Promise<string> {
  const authority = Buffer.from(server.caCertificate).toString('base64')
  const path = join(folder, 'kubeconfig')
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'e2e',
        cluster: { server: server.url, 'certificate-authority-data': authority },
      },
    ],
    users: Object.entries(TOKENS).map(([name, token]) => ({ name, user: { token } })),
    contexts: [{ name: 'e2e', context: { cluster: 'e2e', user: 'admin' } }],
    'current-context': 'e2e',
  }
  await writeFile(path, JSON.stringify(config), { mode: 0o600 })
  return path
}
