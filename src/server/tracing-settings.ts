// OpenTelemetry's standard environment variables, as far as they concern us (Environment Variable Specification; OTLP Exporter
// Configuration). Where that says to warn and ignore, we stop: a gate whose traces go nowhere should say so when it starts.
import { TracingError } from './tracing-error.ts'

export interface TracingSettings {
  readonly exporter: OtlpSettings | { readonly kind: 'console' }
  /** Attributes that name this process. */
  readonly resource: Readonly<Record<string, string>>
  readonly sampler: SamplerSettings
  readonly batch: BatchSettings
}

export interface OtlpSettings {
  readonly kind: 'otlp'
  readonly url: string
  /** May hold credentials. */
  readonly headers: Readonly<Record<string, string>>
  readonly compression: 'gzip' | 'none'
  /** For one batch, retries included. */
  readonly timeoutMs: number
  /** PEM files. */
  readonly caFile: string | undefined
  readonly certificateFile: string | undefined
  readonly keyFile: string | undefined
}

export interface SamplerSettings {
  /** What decides where the caller has not decided already, or where its decision is not heeded. */
  readonly root: 'always_on' | 'always_off' | 'traceidratio'
  readonly heedsParent: boolean
  /** Of `traceidratio`, 0 to 1. */
  readonly ratio: number
}

export interface BatchSettings {
  readonly maxQueued: number
  readonly maxBatch: number
  readonly delayMs: number
}

type Environment = Readonly<Record<string, string | undefined>>

const SAMPLERS = [
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
  'always_on',
  'always_off',
  'traceidratio',
] as const

/** Returns nothing where traces are off, whatever the other variables say. @throws TracingError. */
export function readTracingSettings(
  environment: Environment,
  version: string,
): TracingSettings | undefined {
  if (textOf(environment, 'OTEL_SDK_DISABLED')?.toLowerCase() === 'true') return undefined
  const hasEndpoint = otlpVariable(environment, 'ENDPOINT').value !== undefined
  const exporter =
    choiceOf(environment, 'OTEL_TRACES_EXPORTER', ['otlp', 'console', 'none']) ??
    (hasEndpoint ? 'otlp' : 'none')
  if (exporter === 'none') return undefined
  const exportTimeoutMs = numberOf(environment, 'OTEL_BSP_EXPORT_TIMEOUT', 30_000)
  return {
    exporter: exporter === 'console' ? { kind: 'console' } : readOtlp(environment, exportTimeoutMs),
    resource: readResource(environment, version),
    sampler: readSampler(environment),
    batch: readBatch(environment),
  }
}

function readOtlp(environment: Environment, exportTimeoutMs: number): OtlpSettings {
  const protocol = otlpVariable(environment, 'PROTOCOL')
  choiceOf(environment, protocol.name, ['http/protobuf'])
  const compression = otlpVariable(environment, 'COMPRESSION')
  const timeout = otlpVariable(environment, 'TIMEOUT')
  return {
    kind: 'otlp',
    url: readUrl(environment),
    headers: readHeaders(environment),
    compression: choiceOf(environment, compression.name, ['gzip', 'none']) ?? 'none',
    timeoutMs: Math.min(numberOf(environment, timeout.name, 10_000), exportTimeoutMs),
    caFile: otlpVariable(environment, 'CERTIFICATE').value,
    certificateFile: otlpVariable(environment, 'CLIENT_CERTIFICATE').value,
    keyFile: otlpVariable(environment, 'CLIENT_KEY').value,
  }
}

/** The endpoint for traces is taken as it is, the one for all signals has the path appended. */
function readUrl(environment: Environment): string {
  const { name, value, isForTraces } = otlpVariable(environment, 'ENDPOINT')
  const endpoint = value ?? 'http://localhost:4318'
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    // Its value is not shown: it may hold a password.
    throw misconfigured(name, 'is no http or https URL')
  }
  if (!isForTraces) url.pathname = `${url.pathname.replace(/\/$/, '')}/v1/traces`
  return url.href
}

function readHeaders(environment: Environment): Readonly<Record<string, string>> {
  const all = 'OTEL_EXPORTER_OTLP_HEADERS'
  const ours = 'OTEL_EXPORTER_OTLP_TRACES_HEADERS'
  try {
    const headers = new Headers(pairsOf(environment, all))
    for (const [name, value] of Object.entries(pairsOf(environment, ours))) headers.set(name, value)
    return Object.fromEntries(headers)
  } catch (error) {
    if (error instanceof TracingError) throw error
    throw misconfigured(`${all}\` or \`${ours}`, 'holds what is no HTTP header')
  }
}

function readResource(environment: Environment, version: string): Record<string, string> {
  const name = textOf(environment, 'OTEL_SERVICE_NAME')
  return {
    'service.name': 'portcullis',
    'service.version': version,
    ...pairsOf(environment, 'OTEL_RESOURCE_ATTRIBUTES'),
    ...(name === undefined ? {} : { 'service.name': name }),
  }
}

function readSampler(environment: Environment): SamplerSettings {
  const name = choiceOf(environment, 'OTEL_TRACES_SAMPLER', SAMPLERS) ?? 'parentbased_always_on'
  const root = name.replace('parentbased_', '') as SamplerSettings['root']
  const argument = 'OTEL_TRACES_SAMPLER_ARG'
  const ratio = root === 'traceidratio' ? Number(textOf(environment, argument) ?? 1) : 1
  if (!(ratio >= 0 && ratio <= 1)) throw misconfigured(argument, 'is no number from 0 to 1')
  return { root, heedsParent: name !== root, ratio }
}

function readBatch(environment: Environment): BatchSettings {
  const maxQueued = numberOf(environment, 'OTEL_BSP_MAX_QUEUE_SIZE', 2_048)
  return {
    maxQueued,
    maxBatch: Math.min(numberOf(environment, 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE', 512), maxQueued),
    delayMs: numberOf(environment, 'OTEL_BSP_SCHEDULE_DELAY', 5_000),
  }
}

/** The variable for traces where it is set, else the one for all signals. */
function otlpVariable(
  environment: Environment,
  what: string,
): { readonly name: string; readonly value: string | undefined; readonly isForTraces: boolean } {
  const ours = `OTEL_EXPORTER_OTLP_TRACES_${what}`
  const isForTraces = textOf(environment, ours) !== undefined
  const name = isForTraces ? ours : `OTEL_EXPORTER_OTLP_${what}`
  return { name, value: textOf(environment, name), isForTraces }
}

/** An empty variable is as good as none. */
function textOf(environment: Environment, name: string): string | undefined {
  return environment[name]?.trim() || undefined
}

function choiceOf<Choice extends string>(
  environment: Environment,
  name: string,
  choices: readonly Choice[],
): Choice | undefined {
  const text = textOf(environment, name)
  if (text === undefined) return undefined
  const choice = choices.find((each) => each === text.toLowerCase())
  if (choice === undefined) {
    const offered = choices.map((each) => `\`${each}\``).join(', ')
    throw misconfigured(name, `is ${JSON.stringify(text)}; offered: ${offered}`)
  }
  return choice
}

function numberOf(environment: Environment, name: string, otherwise: number): number {
  const text = textOf(environment, name) ?? String(otherwise)
  if (!/^[1-9]\d{0,8}$/.test(text)) throw misconfigured(name, 'is no whole number from 1 on')
  return Number(text)
}

/** `key=value,key=value`, percent-encoded. */
function pairsOf(environment: Environment, name: string): Record<string, string> {
  const entries = (textOf(environment, name) ?? '')
    .split(',')
    .filter((entry) => entry.trim() !== '')
  return Object.fromEntries(
    entries.map((entry) => {
      const [, key = '', value = ''] = /^([^=]*)=(.*)$/s.exec(entry) ?? []
      try {
        const pair = [decodeURIComponent(key.trim()), decodeURIComponent(value.trim())] as const
        if (pair[0] !== '') return pair
      } catch {
        // Told below.
      }
      throw misconfigured(name, 'is no list of key=value, percent-encoded')
    }),
  )
}

function misconfigured(name: string, fault: string): TracingError {
  return new TracingError('tracing-misconfigured', `\`${name}\` ${fault}`)
}
