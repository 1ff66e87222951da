// Every setting of `serve`, said once: its flag, its variable, its key in the configuration file, the file's JSON Schema and
// docs/configuration.md come from this table.
import { LOG_LEVELS } from '../../host/log-level.ts'
import { DEFAULT_ENGINE_OPTIONS, MAX_FUEL } from '../../policy/engine-options.ts'
import { DEFAULT_CIRCUIT } from '../../server/circuits.ts'
import { DEFAULT_LIMITS } from '../../server/limits.ts'
import { REVIEW_PATH } from '../../server/review-path.ts'
import { DEFAULT_BUNDLE } from '../build/open-bundle.ts'

export type SettingSpec = { readonly summary: string } & (
  | {
      readonly kind: 'file'
      /** What serves where no file is named. */
      readonly otherwise?: string
    }
  | { readonly kind: 'address'; readonly default: string }
  /** Of an object in the cluster. */
  | { readonly kind: 'name'; readonly default: string }
  | { readonly kind: 'names' }
  | { readonly kind: 'switch' }
  | { readonly kind: 'choice'; readonly choices: readonly string[]; readonly default: string }
  | {
      readonly kind: 'number'
      readonly unit: string
      readonly minimum: number
      readonly maximum: number
      readonly default: number
    }
)

const MIB = 1024 * 1024

/** As Kubernetes names objects: a DNS name in lower case. */
export const OBJECT_NAME = '^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$'

export const SETTINGS = {
  bundle: {
    kind: 'file',
    otherwise: `the package's own, ${DEFAULT_BUNDLE}`,
    summary: 'the bundle to judge by',
  },
  listen: {
    kind: 'address',
    default: '0.0.0.0:8443',
    summary: `where POST ${REVIEW_PATH} is served`,
  },
  operatorListen: {
    kind: 'address',
    default: '127.0.0.1:8081',
    summary: 'where /livez, /readyz, /metrics and /debug/log-level are served, over plain HTTP',
  },
  tlsCertFile: { kind: 'file', summary: 'the serving certificate and its chain, PEM' },
  tlsPrivateKeyFile: { kind: 'file', summary: 'its private key, PEM' },
  tlsServerNames: {
    kind: 'names',
    summary: 'how clients know the server: a certificate that is not for each of these is refused',
  },
  clientCaFile: {
    kind: 'file',
    summary: 'only clients with a certificate by this CA are heard, PEM',
  },
  clientNames: {
    kind: 'names',
    summary: 'of those, only clients whose common name or DNS name is one of these',
  },
  devTls: { kind: 'switch', summary: 'make a CA and a certificate under ./certs, for a trial' },
  manageCerts: {
    kind: 'switch',
    summary:
      'keep a CA and a certificate in a Secret of the own Namespace, and have API servers trust it',
  },
  certsSecret: {
    kind: 'name',
    default: 'portcullis-certificates',
    summary: 'the Secret that manageCerts makes and keeps',
  },
  certsService: {
    kind: 'name',
    default: 'portcullis',
    summary: 'the Service by which API servers call: its certificate is for this name',
  },
  certsWebhookConfiguration: {
    kind: 'name',
    default: 'portcullis',
    summary: 'the validating webhook configuration whose caBundle is kept up to date',
  },
  namespaces: { kind: 'file', summary: 'Namespaces with their labels, for namespaceSelector' },
  watchNamespaces: {
    kind: 'switch',
    summary: 'take Namespaces from the API server instead, as they are at the moment',
  },
  kubeconfig: {
    kind: 'file',
    otherwise: 'KUBECONFIG, ~/.kube/config, or in a pod its service account',
    summary: 'the cluster that watchNamespaces and manageCerts speak to',
  },
  drainSeconds: {
    kind: 'number',
    unit: 'seconds',
    minimum: 0,
    maximum: 3_600,
    default: 10,
    summary: 'how long to serve on after SIGTERM, with /readyz saying no',
  },
  logLevel: {
    kind: 'choice',
    choices: LOG_LEVELS,
    default: 'info',
    summary: 'the least that is logged: debug, info, warn or error',
  },
  profiling: {
    kind: 'switch',
    summary: "serve CPU and heap profiles below /debug/pprof/ on the operators' listener",
  },
  maxBodyBytes: {
    kind: 'number',
    unit: 'bytes',
    minimum: MIB,
    maximum: 64 * MIB,
    default: DEFAULT_LIMITS.maxBodyBytes,
    summary: 'the largest body of a request',
  },
  maxHeaderBytes: {
    kind: 'number',
    unit: 'bytes',
    minimum: 4 * 1024,
    maximum: MIB,
    default: DEFAULT_LIMITS.maxHeaderBytes,
    summary: 'the most that the headers of a request may hold',
  },
  maxConnections: {
    kind: 'number',
    unit: 'connections',
    minimum: 16,
    maximum: 1_000_000,
    default: DEFAULT_LIMITS.maxConnections,
    summary: 'connections of a listener; more are closed at once',
  },
  handshakeTimeoutMs: {
    kind: 'number',
    unit: 'milliseconds',
    minimum: 1_000,
    maximum: 60_000,
    default: DEFAULT_LIMITS.handshakeTimeoutMs,
    summary: 'how long a TLS handshake may take',
  },
  headersTimeoutMs: {
    kind: 'number',
    unit: 'milliseconds',
    minimum: 1_000,
    maximum: 60_000,
    default: DEFAULT_LIMITS.headersTimeoutMs,
    summary: 'from the first byte of a request to the end of its headers',
  },
  requestTimeoutMs: {
    kind: 'number',
    unit: 'milliseconds',
    minimum: 1_000,
    maximum: 300_000,
    default: DEFAULT_LIMITS.requestTimeoutMs,
    summary: 'from the first byte of a request to its last',
  },
  keepAliveTimeoutMs: {
    kind: 'number',
    unit: 'milliseconds',
    minimum: 1_000,
    maximum: 3_600_000,
    default: DEFAULT_LIMITS.keepAliveTimeoutMs,
    summary: 'how long an idle connection is kept; the API server keeps its own for 90 s',
  },
  deadlineMs: {
    kind: 'number',
    unit: 'milliseconds',
    minimum: 100,
    maximum: 30_000,
    default: DEFAULT_LIMITS.deadlineMs,
    summary: 'from the headers of a review to its answer; `?timeout=` may make it shorter',
  },
  maxQueued: {
    kind: 'number',
    unit: 'reviews',
    minimum: 1,
    maximum: 100_000,
    default: DEFAULT_LIMITS.maxQueued,
    summary: 'reviews that wait for their turn; more are shed',
  },
  maxBufferedBytes: {
    kind: 'number',
    unit: 'bytes',
    minimum: MIB,
    maximum: 16 * 1024 * MIB,
    default: DEFAULT_LIMITS.maxBufferedBytes,
    summary: 'bodies that are read or wait, together; more are shed',
  },
  fuelPerBinding: {
    kind: 'number',
    unit: 'steps',
    minimum: 100_000,
    maximum: 1_000_000_000,
    default: DEFAULT_ENGINE_OPTIONS.fuelPerBinding,
    summary: 'what one binding may take on one review; a million is about 10 ms',
  },
  fuelPerReview: {
    kind: 'number',
    unit: 'steps',
    minimum: 1_000_000,
    maximum: MAX_FUEL,
    default: DEFAULT_ENGINE_OPTIONS.fuelPerReview,
    summary: 'what all bindings of a review may take together, its parsing included',
  },
  memoryPages: {
    kind: 'number',
    unit: 'pages of 64 KiB',
    minimum: 64,
    maximum: 16_384,
    default: DEFAULT_ENGINE_OPTIONS.memoryPages,
    summary: 'the most memory that policies may take',
  },
  circuitErrors: {
    kind: 'number',
    unit: 'errors',
    minimum: 1,
    maximum: 1_000,
    default: DEFAULT_CIRCUIT.consecutiveErrors,
    summary: 'evaluations of a binding that fail in a row until it is left alone for a while',
  },
  circuitOpenSeconds: {
    kind: 'number',
    unit: 'seconds',
    minimum: 1,
    maximum: 3_600,
    default: DEFAULT_CIRCUIT.openMs / 1_000,
    summary: 'how long it is left alone before it is tried again',
  },
} as const satisfies Readonly<Record<string, SettingSpec>>

export type SettingName = keyof typeof SETTINGS

/** A file that nobody names, and names that nobody gives, are undefined. */
type ValueOf<Spec extends SettingSpec> = Spec extends { readonly kind: 'number' }
  ? number
  : Spec extends { readonly kind: 'switch' }
    ? boolean
    : Spec extends { readonly kind: 'names' }
      ? readonly string[] | undefined
      : Spec extends { readonly choices: readonly (infer Choice)[] }
        ? Choice
        : Spec extends { readonly kind: 'address' | 'name' }
          ? string
          : string | undefined

export type Settings = {
  readonly [Name in SettingName]: ValueOf<(typeof SETTINGS)[Name]>
}

export type SettingValue = Settings[SettingName]

export const SETTING_NAMES = Object.keys(SETTINGS) as readonly SettingName[]

/** `deadlineMs` is `--deadline-ms`; without the dashes, as options are named. */
export function flagOf(name: SettingName): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

export const VARIABLE_PREFIX = 'PORTCULLIS_'

/** `deadlineMs` is `PORTCULLIS_DEADLINE_MS`. */
export function variableOf(name: SettingName): string {
  return `${VARIABLE_PREFIX}${flagOf(name).replaceAll('-', '_').toUpperCase()}`
}

export function specOf(name: SettingName): SettingSpec {
  return SETTINGS[name]
}

export function defaultOf(name: SettingName): SettingValue {
  const spec = specOf(name)
  if (spec.kind === 'switch') return false
  return 'default' in spec ? spec.default : undefined
}
