import { hasErrors } from '../diagnostic/diagnostic.ts'
import { nodeClock } from '../host/clock.ts'
import { describeSystemError } from '../host/files.ts'
import type { Host } from '../host/host.ts'
import type { LogLevel } from '../host/logger.ts'
import type { NamespaceLookup } from '../policy/review.ts'
import type { ListenAddress, TlsFiles } from '../server/listener.ts'
import { REVIEW_PATH } from '../server/review-path.ts'
import type { RunningServer } from '../server/start-server.ts'
import type { Arguments, Command } from './command.ts'
import { EXIT } from './exit-code.ts'
import { parseListenAddress } from './listen-address.ts'
import { lookupAmong, namespacesAmong } from './namespaces.ts'
import { DEFAULT_BUNDLE, openBundle } from './open-bundle.ts'
import { readFile } from './read-inputs.ts'
import { InputError, UsageError } from './usage-error.ts'
import { writeDiagnostics } from './write-diagnostics.ts'

const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const satisfies readonly LogLevel[]

export const serve: Command = {
  name: 'serve',
  summary: 'Serve the bundle as a validating admission webhook over HTTPS.',
  operands: '',
  maxOperands: 0,
  options: [
    {
      name: 'bundle',
      value: 'FILE',
      summary: `the bundle to judge by (default: the package's own, ${DEFAULT_BUNDLE})`,
    },
    {
      name: 'listen',
      value: 'HOST:PORT',
      default: '0.0.0.0:8443',
      summary: `where POST ${REVIEW_PATH} is served`,
    },
    {
      name: 'operator-listen',
      value: 'HOST:PORT',
      default: '127.0.0.1:8081',
      summary: 'where /livez, /readyz and /metrics are served, over plain HTTP',
    },
    {
      name: 'tls-cert-file',
      value: 'FILE',
      summary: 'the serving certificate and its chain, PEM',
    },
    { name: 'tls-private-key-file', value: 'FILE', summary: 'its private key, PEM' },
    {
      name: 'client-ca-file',
      value: 'FILE',
      summary: 'only clients with a certificate by this CA are heard, PEM',
    },
    { name: 'dev-tls', summary: 'make a CA and a certificate under ./certs, for a trial' },
    {
      name: 'namespaces',
      value: 'FILE',
      summary: 'Namespaces with their labels, for namespaceSelector',
    },
    {
      name: 'drain-seconds',
      value: 'N',
      default: '10',
      summary: 'how long to serve on after SIGTERM, with /readyz saying no',
    },
    {
      name: 'log-level',
      value: 'LEVEL',
      choices: LOG_LEVELS,
      default: 'info',
      summary: 'the least that is logged',
    },
  ],
  examples: [
    ['portcullis serve --dev-tls --listen 127.0.0.1:8443', 'a trial on this machine'],
    [
      'portcullis serve --bundle b.tgz --tls-cert-file tls.crt --tls-private-key-file tls.key',
      'in a cluster',
    ],
  ],
  run: async (args, host) => {
    const listen = readAddress(args, 'listen')
    const operatorListen = readAddress(args, 'operator-listen')
    const drainMs = readSeconds(args, 'drain-seconds') * 1000
    const tls = await readTls(args, listen, host)
    const namespaces = await readNamespaces(args.value('namespaces'), host)
    if (namespaces === undefined) return EXIT.failed
    const { engine, diagnostics } = await openBundle(args.value('bundle'), host)
    await writeDiagnostics(diagnostics, host)
    if (engine === undefined || hasErrors(diagnostics)) return EXIT.failed

    // Here, not at the top: `check` and `build` start twice as fast without a server's modules.
    const { nodeLogger } = await import('../host/logger.ts')
    const { startServer } = await import('../server/start-server.ts')
    const logger = nodeLogger(args.value('log-level') as LogLevel)
    const server = await startServer(
      { listen, operatorListen, tls, drainMs },
      { engine, namespaces, clock: nodeClock, logger },
    )
    // Before anybody is told that it listens: a signal from then on must drain.
    const stopped = stopBySignal(server, host)
    const { webhook, operator } = server.addresses
    const { bundle } = engine
    await host.stdout.write(
      [
        `bundle ${bundle.name}: ${bundle.bindings.length} bindings, ${bundle.digest}`,
        `webhook on https://${hostPort(webhook)}${REVIEW_PATH}`,
        `operators on http://${hostPort(operator)}`,
        '',
      ].join('\n'),
    )
    await stopped
    return EXIT.clean
  },
}

/** The first signal drains, a second one ends at once. */
async function stopBySignal(server: RunningServer, host: Host): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    let signals = 0
    const forget = host.onSignal(() => {
      signals++
      const ending = signals === 1 ? server.drain() : server.close()
      ending.then(resolve, reject).finally(forget)
    })
  })
}

async function readTls(args: Arguments, listen: ListenAddress, host: Host): Promise<TlsFiles> {
  const certificateFile = args.value('tls-cert-file')
  const keyFile = args.value('tls-private-key-file')
  const clientCaFile = args.value('client-ca-file')
  const clientCa =
    clientCaFile === undefined ? {} : { clientCa: await readText(clientCaFile, host) }
  if (args.flag('dev-tls')) {
    if (certificateFile !== undefined || keyFile !== undefined) {
      throw new UsageError('`--dev-tls` and `--tls-cert-file` do not go together')
    }
    const hosts = isAnyAddress(listen.host) ? [] : [listen.host]
    const { ensureDevTls } = await import('../server/dev-tls.ts')
    const made = await ensureDevTls({ files: host.files, now: host.now(), hosts })
    await host.stderr.write(`clients have to trust ${made.caPath}\n`)
    return { ...made.tls, ...clientCa }
  }
  if (certificateFile === undefined && keyFile === undefined) {
    throw new UsageError(
      '`--tls-cert-file` and `--tls-private-key-file` are missing; `--dev-tls` makes a pair for a trial',
    )
  }
  if (certificateFile === undefined) throw new UsageError('`--tls-cert-file` is missing')
  if (keyFile === undefined) throw new UsageError('`--tls-private-key-file` is missing')
  return {
    certificate: await readText(certificateFile, host),
    key: await readText(keyFile, host),
    ...clientCa,
  }
}

async function readNamespaces(
  path: string | undefined,
  host: Host,
): Promise<NamespaceLookup | undefined> {
  if (path === undefined) return lookupAmong([], 'error')
  const { resources, diagnostics } = await readFile(path, host)
  await writeDiagnostics(diagnostics, host)
  return hasErrors(diagnostics) ? undefined : lookupAmong(namespacesAmong(resources), 'error')
}

async function readText(path: string, host: Host): Promise<string> {
  try {
    return new TextDecoder().decode(await host.files.read(path))
  } catch (error) {
    throw new InputError(`cannot read \`${path}\`: ${describeSystemError(error)}`, { cause: error })
  }
}

function readAddress(args: Arguments, name: string): ListenAddress {
  return parseListenAddress(name, args.value(name) ?? '')
}

function readSeconds(args: Arguments, name: string): number {
  const text = args.value(name) ?? ''
  if (!/^\d{1,4}$/.test(text)) {
    throw new UsageError(`\`--${name}\` takes a whole number of seconds, got \`${text}\``)
  }
  return Number(text)
}

function isAnyAddress(host: string): boolean {
  return host === '0.0.0.0' || host === '::'
}

function hostPort({ address, port }: { address: string; port: number }): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}
