// Where spans go: to a collector by OTLP over HTTP, or into the log.
import { X509Certificate } from 'node:crypto'
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { createSecureContext } from 'node:tls'
import { ExportResultCode, hrTimeToMilliseconds } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import type { SpanExporter } from '@opentelemetry/sdk-trace'
import type { FileSystem } from '../host/files.ts'
import { describeSystemError } from '../host/system-error.ts'
import type { Logger } from '../host/logger.ts'
import { TracingError } from './tracing-error.ts'
import type { OtlpSettings, TracingSettings } from './tracing-settings.ts'

export interface TracingExporter {
  readonly exporter: SpanExporter
  /** Ends what is being sent and lets nothing more be sent: no collector may hold up the end of the process. */
  readonly cut: () => void
}

type OtlpOptions = NonNullable<ConstructorParameters<typeof OTLPTraceExporter>[0]>

/** @throws TracingError for a file that cannot be read, or is not what it should be. */
export async function createTracingExporter(
  settings: TracingSettings['exporter'],
  { files, logger }: { readonly files: FileSystem; readonly logger: Logger },
): Promise<TracingExporter> {
  if (settings.kind === 'console') return { exporter: createLogExporter(logger), cut: () => {} }
  const { url, headers, compression, timeoutMs } = settings
  const agent = url.startsWith('https:')
    ? new HttpsAgent({ keepAlive: true, ...(await readCredentials(settings, files)) })
    : new HttpAgent({ keepAlive: true })
  const exporter = new OTLPTraceExporter({
    url,
    headers,
    // An enum of strings that no package of ours exports.
    compression: compression as NonNullable<OtlpOptions['compression']>,
    timeoutMillis: timeoutMs,
    httpAgentOptions: () => agent,
  })
  const cut = (): void => {
    // What the exporter knows to be no passing trouble, it does not try again.
    agent.createConnection = () => {
      throw new Error('the server has stopped')
    }
    agent.destroy()
  }
  return { exporter, cut }
}

async function readCredentials(
  { caFile, certificateFile, keyFile }: OtlpSettings,
  files: FileSystem,
): Promise<{ readonly ca?: Buffer; readonly cert?: Buffer; readonly key?: Buffer }> {
  const read = async (path: string): Promise<Buffer> => {
    try {
      return Buffer.from(await files.read(path))
    } catch (cause) {
      const message = `cannot read \`${path}\` for OTLP: ${describeSystemError(cause)}`
      throw new TracingError('tracing-misconfigured', message, { cause })
    }
  }
  const credentials = {
    ...(caFile === undefined ? {} : { ca: await read(caFile) }),
    ...(certificateFile === undefined ? {} : { cert: await read(certificateFile) }),
    ...(keyFile === undefined ? {} : { key: await read(keyFile) }),
  }
  try {
    // A CA file without a certificate is none to Node's TLS, and no error.
    if (credentials.ca !== undefined) new X509Certificate(credentials.ca)
    createSecureContext(credentials)
  } catch (cause) {
    const message = 'the certificate, key or CA for OTLP is refused'
    throw new TracingError('tracing-misconfigured', message, { cause })
  }
  return credentials
}

/** The log is where this process says things; stdout is for the answer of a command. */
function createLogExporter(logger: Logger): SpanExporter {
  return {
    export: (spans, done) => {
      for (const span of spans) {
        const { traceId, spanId } = span.spanContext()
        logger.info('span', {
          traceId,
          spanId,
          parentSpanId: span.parentSpanContext?.spanId,
          name: span.name,
          startTime: new Date(hrTimeToMilliseconds(span.startTime)).toISOString(),
          durationMs: hrTimeToMilliseconds(span.duration),
          attributes: span.attributes,
        })
      }
      done({ code: ExportResultCode.SUCCESS })
    },
    shutdown: () => Promise.resolve(),
  }
}
