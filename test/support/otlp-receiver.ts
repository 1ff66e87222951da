// A collector of OTLP over HTTP, with a reader of its own for the protobuf that comes (opentelemetry-proto, trace/v1/trace.proto).
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http'
import { createServer as createTlsServer, type ServerOptions } from 'node:https'
import { gunzipSync } from 'node:zlib'

export type AttributeValue = string | boolean | number

export interface ReceivedSpan {
  readonly traceId: string
  readonly spanId: string
  readonly traceState: string
  /** Empty for a root. */
  readonly parentSpanId: string
  readonly name: string
  /** 1 internal, 2 server. */
  readonly kind: number
  readonly startNanos: bigint
  readonly endNanos: bigint
  readonly attributes: Readonly<Record<string, AttributeValue>>
  /** 0 unset, 2 error. */
  readonly status: number
  readonly resource: Readonly<Record<string, AttributeValue>>
  readonly scope: string
}

export interface OtlpReceiver {
  readonly port: number
  readonly requests: readonly { readonly path: string; readonly headers: IncomingHttpHeaders }[]
  readonly spans: readonly ReceivedSpan[]
  readonly stop: () => Promise<void>
}

/** Answers with the status, or not at all. */
export async function startOtlpReceiver(
  options: { readonly status?: number | 'never'; readonly tls?: ServerOptions } = {},
): Promise<OtlpReceiver> {
  const { status = 200, tls } = options
  const requests: { path: string; headers: IncomingHttpHeaders }[] = []
  const spans: ReceivedSpan[] = []
  const answer: RequestListener = (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks)
      requests.push({ path: request.url ?? '', headers: request.headers })
      if (status === 'never') return
      if (status === 200) {
        const isZipped = request.headers['content-encoding'] === 'gzip'
        spans.push(...readSpans(isZipped ? gunzipSync(body) : body))
      }
      response.writeHead(status, { 'content-type': 'application/x-protobuf' }).end()
    })
  }
  const server = tls === undefined ? createServer(answer) : createTlsServer(tls, answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('not a TCP address')
  return {
    port: address.port,
    requests,
    spans,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** By number: numbers for varints, bytes for the rest. */
type Fields = ReadonlyMap<number, readonly (bigint | Buffer)[]>

function readFields(bytes: Buffer): Fields {
  const fields = new Map<number, (bigint | Buffer)[]>()
  let offset = 0
  const readVarint = (): bigint => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes.readUInt8(offset++)
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
  }
  const take = (length: number): Buffer => {
    if (offset + length > bytes.length) throw new Error('protobuf ends too early')
    offset += length
    return bytes.subarray(offset - length, offset)
  }
  while (offset < bytes.length) {
    const tag = Number(readVarint())
    const values = fields.get(tag >> 3) ?? []
    fields.set(tag >> 3, values)
    switch (tag & 7) {
      case 0:
        values.push(readVarint())
        break
      case 1:
        values.push(take(8))
        break
      case 2:
        values.push(take(Number(readVarint())))
        break
      case 5:
        values.push(take(4))
        break
      default:
        throw new Error(`no wire type: ${tag & 7}`)
    }
  }
  return fields
}

function messages(fields: Fields, number: number): Fields[] {
  return (fields.get(number) ?? []).map((value) => readFields(value as Buffer))
}

function bytesAt(fields: Fields, number: number): Buffer {
  return (fields.get(number)?.[0] as Buffer | undefined) ?? Buffer.alloc(0)
}

function numberAt(fields: Fields, number: number): number {
  return Number(fields.get(number)?.[0] ?? 0n)
}

function readSpans(body: Buffer): ReceivedSpan[] {
  return messages(readFields(body), 1).flatMap((ofResource) => {
    const resource = readAttributes(messages(ofResource, 1)[0], 1)
    return messages(ofResource, 2).flatMap((ofScope) => {
      const scope = messages(ofScope, 1)[0]
      const scopeName = scope === undefined ? '' : bytesAt(scope, 1).toString()
      return messages(ofScope, 2).map((span) => ({
        traceId: bytesAt(span, 1).toString('hex'),
        spanId: bytesAt(span, 2).toString('hex'),
        traceState: bytesAt(span, 3).toString(),
        parentSpanId: bytesAt(span, 4).toString('hex'),
        name: bytesAt(span, 5).toString(),
        kind: numberAt(span, 6),
        startNanos: bytesAt(span, 7).readBigUInt64LE(),
        endNanos: bytesAt(span, 8).readBigUInt64LE(),
        attributes: readAttributes(span, 9),
        status: messages(span, 15).map((each) => numberAt(each, 3))[0] ?? 0,
        resource,
        scope: scopeName,
      }))
    })
  })
}

function readAttributes(
  fields: Fields | undefined,
  number: number,
): Record<string, AttributeValue> {
  if (fields === undefined) return {}
  return Object.fromEntries(
    messages(fields, number).map((pair) => {
      const value = messages(pair, 2)[0] ?? new Map()
      return [bytesAt(pair, 1).toString(), readValue(value)]
    }),
  )
}

function readValue(fields: Fields): AttributeValue {
  const [number, values] = [...fields][0] ?? [0, []]
  switch (number) {
    case 1:
      return String(values[0])
    case 2:
      return values[0] === 1n
    case 3:
      return Number(BigInt.asIntN(64, values[0] as bigint))
    case 4:
      return (values[0] as Buffer).readDoubleLE()
    default:
      throw new Error(`no attribute of ours: ${number}`)
  }
}
