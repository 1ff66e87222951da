import { hasErrors } from '../../diagnostic/diagnostic.ts'
import { AppError } from '../../errors.ts'
import { nodeClock } from '../../host/clock.ts'
import type { Host } from '../../host/host.ts'
import type { LogLevelControl } from '../../host/log-level.ts'
import type { Logger } from '../../host/logger.ts'
import type { Engine } from '../../policy/engine.ts'
import type { ServerLimits } from '../../server/limits.ts'
import { REVIEW_PATH } from '../../server/review-path.ts'
import type { RunningServer } from '../../server/start-server.ts'
import { decodeUtf8 } from '../../yaml/decode-utf8.ts'
import { checkSettings } from './check-settings.ts'
import type { Arguments } from '../command.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { orInputError } from '../list-files.ts'
import { parseListenAddress } from './listen-address.ts'
import { openBundle } from '../build/open-bundle.ts'
import { type OpenCertificates, openCertificates } from './open-certificates.ts'
import { openNamespaces } from './open-namespaces.ts'
import { packageVersion } from '../package-file.ts'
import { renderSettings } from './print-settings.ts'
import { type EffectiveSettings, readSettings } from './read-settings.ts'
import type { Settings } from './serve-settings.ts'
import { type ClusterDeps, sharedCluster } from './shared-cluster.ts'
import { stopBySignal } from './stop-by-signal.ts'
import { writeDiagnostics } from '../write-diagnostics.ts'
import { writeError } from '../write-error.ts'

export async function runServe(args: Arguments, host: Host): Promise<ExitCode> {
  const effective = await readEffective(args, host)
  if (effective === undefined) return EXIT.failed
  if (args.flag('print-config')) {
    await host.stdout.write(renderSettings(effective))
    return EXIT.clean
  }
  return start(effective.settings, host)
}

/** The settings, or undefined with what is wrong on stderr. */
async function readEffective(args: Arguments, host: Host): Promise<EffectiveSettings | undefined> {
  const path = args.value('config')
  const decoded = path === undefined ? undefined : await readText(path, host)
  const file = decoded?.file
  if (decoded !== undefined && file === undefined) {
    await writeDiagnostics(decoded.diagnostics, host)
    return undefined
  }
  const { environment } = host
  const read = readSettings({ args, environment, ...(file === undefined ? {} : { file }) })
  const { effective } = read
  const diagnostics = effective === undefined ? read.diagnostics : checkSettings(effective)
  await writeDiagnostics(diagnostics, host)
  return hasErrors(diagnostics) ? undefined : effective
}

async function readText(path: string, host: Host): Promise<ReturnType<typeof decodeUtf8>> {
  return decodeUtf8(await orInputError(path, () => host.files.read(path)), path)
}

async function start(settings: Settings, host: Host): Promise<ExitCode> {
  const until = stopBySignal(host)
  // Here, not at the top: neither a usage error nor `--print-config` has to wait for a server's modules.
  const { nodeLogger } = await import('../../host/logger.ts')
  const logger = nodeLogger(settings.logLevel)
  host.onUncaught((error) => {
    // Nobody knows what state this leaves behind, and a gate in doubt is better down: the others serve on.
    const stack = error instanceof Error ? error.stack : String(error)
    logger.error('a bug of ours, please report it', { stack })
    host.exit(EXIT.internal)
  })

  const openCluster = sharedCluster(settings.kubeconfig)
  const deps = { clock: nodeClock, logger, openCluster }
  const listen = parseListenAddress(settings.listen)
  const certificates = await openCertificates(settings, listen, host, deps)
  try {
    return await serveWith(certificates, { settings, host, logger, openCluster, until })
  } finally {
    await certificates.close()
  }
}

async function serveWith(
  certificates: OpenCertificates,
  parts: {
    readonly settings: Settings
    readonly host: Host
    readonly logger: Logger & LogLevelControl
    readonly openCluster: ClusterDeps['openCluster']
    readonly until: ReturnType<typeof stopBySignal>
  },
): Promise<ExitCode> {
  const { settings, host, logger, openCluster, until } = parts
  const { startTracing } = await import('../../server/tracing.ts')
  const version = await packageVersion(host.files)
  const { environment, files } = host
  const tracing = await startTracing(environment, { version, clock: nodeClock, logger, files })
  const engine = await openEngine(settings, host)
  if (engine === undefined) return EXIT.bundle
  const deps = { clock: nodeClock, logger, openCluster }
  const namespaces = await openNamespaces(settings, host, deps)
  if (namespaces === undefined) return EXIT.failed

  const { tlsServerNames } = settings
  const { startServer } = await import('../../server/start-server.ts')
  try {
    const server = await startServer(
      {
        listen: parseListenAddress(settings.listen),
        operatorListen: parseListenAddress(settings.operatorListen),
        tls: certificates.tls,
        ...(tlsServerNames === undefined ? {} : { serverNames: tlsServerNames }),
        drainMs: settings.drainSeconds * 1_000,
        limits: limitsOf(settings),
        circuit: {
          consecutiveErrors: settings.circuitErrors,
          openMs: settings.circuitOpenSeconds * 1_000,
        },
        profiling: settings.profiling,
      },
      {
        engine,
        namespaces: namespaces.source,
        clock: nodeClock,
        logger,
        logLevel: logger,
        version,
        tlsSource: certificates.source,
        tlsFault: certificates.fault,
        ...(tracing === undefined ? {} : { tracing }),
      },
    )
    // Before anybody is told that it listens: a signal from then on must drain.
    const drain = async (): Promise<void> => {
      await server.drain()
      await tracing?.shutdown()
    }
    const stopped = until({ ...server, drain })
    await host.stdout.write(describe(engine, server))
    await stopped
    return EXIT.clean
  } finally {
    await namespaces.close()
  }
}

/** The bundle ready to judge, or undefined with the reason on stderr. */
async function openEngine(settings: Settings, host: Host): Promise<Engine | undefined> {
  const { fuelPerBinding, fuelPerReview, memoryPages } = settings
  try {
    const options = { fuelPerBinding, fuelPerReview, memoryPages }
    const { engine, diagnostics } = await openBundle(settings.bundle, host, options)
    await writeDiagnostics(diagnostics, host)
    return hasErrors(diagnostics) ? undefined : engine
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    await writeError(error, host)
    return undefined
  }
}

function limitsOf(settings: Settings): ServerLimits {
  return {
    maxBodyBytes: settings.maxBodyBytes,
    maxHeaderBytes: settings.maxHeaderBytes,
    maxConnections: settings.maxConnections,
    handshakeTimeoutMs: settings.handshakeTimeoutMs,
    headersTimeoutMs: settings.headersTimeoutMs,
    requestTimeoutMs: settings.requestTimeoutMs,
    keepAliveTimeoutMs: settings.keepAliveTimeoutMs,
    deadlineMs: settings.deadlineMs,
    maxQueued: settings.maxQueued,
    maxBufferedBytes: settings.maxBufferedBytes,
  }
}

function describe({ bundle }: Engine, { addresses }: RunningServer): string {
  return [
    `bundle ${bundle.name}: ${bundle.bindings.length} bindings, ${bundle.digest}`,
    `webhook on https://${hostPort(addresses.webhook)}${REVIEW_PATH}`,
    `operators on http://${hostPort(addresses.operator)}`,
    '',
  ].join('\n')
}

function hostPort({ address, port }: { address: string; port: number }): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}
