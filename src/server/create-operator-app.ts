import type { HttpBindings } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { LOG_LEVELS, type LogLevel, type LogLevelControl } from '../host/log-level.ts'
import type { Logger } from '../host/logger.ts'
import type { Metrics } from './metrics.ts'
import type { Profiles } from './profiles.ts'
import type { Readiness } from './readiness.ts'

export interface OperatorDeps {
  readonly readiness: Readiness
  readonly metrics: Metrics
  readonly logger: Logger
  /** Absent, there is no `/debug/log-level`. */
  readonly logLevel?: LogLevelControl | undefined
  /** Absent, there is no `/debug/pprof/`. */
  readonly profiles?: Profiles | undefined
}

type Env = { Bindings: HttpBindings }

const MAX_LEVEL_BYTES = 1_024
const DEFAULT_PROFILE_SECONDS = 30
const MAX_PROFILE_SECONDS = 120

/** For kubelets, Prometheus and people, over plain HTTP: probes, metrics, the log level and profiles. */
export function createOperatorApp(deps: OperatorDeps): Hono<Env> {
  const app = new Hono<Env>()
  app.get('/livez', (c) => c.text('ok\n'))
  app.get('/readyz', (c) => {
    const reasons = deps.readiness.reasons()
    if (reasons.length === 0) return c.text('ok\n')
    return c.text(reasons.map((reason) => `not ready: ${reason}\n`).join(''), 503)
  })
  app.get('/metrics', async (c) => {
    c.header('content-type', deps.metrics.contentType)
    return c.body(await deps.metrics.render())
  })
  allowOnly(app, ['/livez', '/readyz', '/metrics'], 'GET, HEAD')
  if (deps.logLevel !== undefined) addLogLevel(app, deps.logLevel, deps.logger)
  if (deps.profiles !== undefined) addProfiles(app, deps.profiles)
  app.notFound((c) => c.text('not found\n', 404))
  app.onError((error, c) => {
    deps.logger.error('a bug of ours, please report it', { stack: error.stack })
    return c.text('internal error\n', 500)
  })
  return app
}

function addLogLevel(app: Hono<Env>, control: LogLevelControl, logger: Logger): void {
  const path = '/debug/log-level'
  app.get(path, (c) => c.json({ level: control.level() }))
  app.put(
    path,
    (c, next) => {
      // A port-forward ends here; what else is on the pod network does not.
      if (isLoopback(c.env.incoming.socket.remoteAddress)) return next()
      return Promise.resolve(
        refuse(c, 403, 'only this host may change it, for instance by kubectl port-forward'),
      )
    },
    bodyLimit({
      maxSize: MAX_LEVEL_BYTES,
      onError: (c) => refuse(c, 413, `the body is larger than ${MAX_LEVEL_BYTES} bytes`),
    }),
    async (c) => {
      const to = parseLevel(await c.req.text())
      if (to === undefined) {
        return refuse(c, 400, `expected {"level":"..."} with one of ${LOG_LEVELS.join(', ')}`)
      }
      changeLevel(control, to, logger)
      return c.json({ level: control.level() })
    },
  )
  allowOnly(app, [path], 'GET, HEAD, PUT')
}

/** Whichever of the two levels shows warnings, shows this one. */
function changeLevel(control: LogLevelControl, to: LogLevel, logger: Logger): void {
  const from = control.level()
  if (from === to) return
  const tell = (): void => logger.warn('log level changed', { from, to })
  if (from !== 'error') tell()
  control.setLevel(to)
  if (from === 'error') tell()
}

function parseLevel(text: string): LogLevel | undefined {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof body !== 'object' || body === null || Object.keys(body).length !== 1) return undefined
  const level = 'level' in body ? body.level : undefined
  return LOG_LEVELS.find((each) => each === level)
}

function addProfiles(app: Hono<Env>, profiles: Profiles): void {
  app.get('/debug/pprof/', (c) =>
    c.text(
      [
        'profiles for `go tool pprof`:',
        `profile?seconds=N  CPU, for N seconds, 1 to ${MAX_PROFILE_SECONDS} (default ${DEFAULT_PROFILE_SECONDS})`,
        'heap  memory that is alive, by where it was allocated',
        '',
      ].join('\n'),
    ),
  )
  app.get('/debug/pprof/profile', async (c) => {
    const seconds = parseSeconds(c.req.query('seconds'))
    if (seconds === undefined) {
      return c.text(`seconds is no whole number from 1 to ${MAX_PROFILE_SECONDS}\n`, 400)
    }
    const profile = await profiles.cpu(seconds, c.req.raw.signal)
    return profile === 'busy'
      ? c.text('another CPU profile is being taken\n', 409)
      : sendProfile(c, profile)
  })
  app.get('/debug/pprof/heap', async (c) => sendProfile(c, await profiles.heap()))
  allowOnly(app, ['/debug/pprof/', '/debug/pprof/profile', '/debug/pprof/heap'], 'GET, HEAD')
}

function parseSeconds(text = String(DEFAULT_PROFILE_SECONDS)): number | undefined {
  const seconds = /^[1-9]\d{0,2}$/.test(text) ? Number(text) : 0
  return seconds > 0 && seconds <= MAX_PROFILE_SECONDS ? seconds : undefined
}

/** The file is a gzip; no transport may undo that. */
function sendProfile(c: Context<Env>, profile: Uint8Array): Response {
  c.header('content-type', 'application/octet-stream')
  return c.body(new Uint8Array(profile))
}

function allowOnly(app: Hono<Env>, paths: readonly string[], methods: string): void {
  for (const path of paths) {
    app.all(path, (c) => {
      c.header('allow', methods)
      return c.text('method not allowed\n', 405)
    })
  }
}

function refuse(c: Context, code: 400 | 403 | 413, error: string): Response {
  return c.json({ error }, code)
}

function isLoopback(address = ''): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address)
}
