// Asks the API server as a client library does, for what kubectl does not show: the Status, and headers.
import { request } from 'node:https'

export interface ApiAnswer {
  readonly code: number
  readonly body: ApiStatus & Readonly<Record<string, unknown>>
  /** Texts of the Warning headers. */
  readonly warnings: readonly string[]
}

/** Of k8s.io/apimachinery/pkg/apis/meta/v1 Status, where the answer is one. */
interface ApiStatus {
  readonly kind?: string
  readonly code?: number
  readonly reason?: string
  readonly message?: string
  readonly details?: { readonly causes?: readonly ApiCause[] }
}

export interface ApiCause {
  readonly reason?: string
  readonly message?: string
  readonly field?: string
}

export interface ApiServer {
  /** `https://10.…:6443` */
  readonly url: string
  readonly caCertificate: string
}

export function askApi(
  server: ApiServer,
  token: string,
  method: string,
  path: string,
  content?: { readonly body: unknown; readonly type?: string },
): Promise<ApiAnswer> {
  return new Promise((resolve, reject) => {
    const asked = request(
      new URL(path, server.url),
      {
        method,
        ca: server.caCertificate,
        agent: false,
        headers: {
          accept: 'application/json',
          authorization: `Bearer ${token}`,
          ...(content === undefined ? {} : { 'content-type': content.type ?? 'application/json' }),
        },
      },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString()
          const isJson = response.headers['content-type'] === 'application/json'
          resolve({
            code: response.statusCode ?? 0,
            body: (isJson ? JSON.parse(text) : { message: text }) as ApiAnswer['body'],
            warnings: readWarnings(response.rawHeaders),
          })
        })
      },
    )
    asked.on('error', reject)
    asked.end(content === undefined ? undefined : JSON.stringify(content.body))
  })
}

/** `299 - "text"`, quotes and backslashes escaped. RFC 7234 §5.5. */
function readWarnings(rawHeaders: readonly string[]): string[] {
  const texts: string[] = []
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() !== 'warning') continue
    const quoted = /^299 - "(.*)"$/.exec(rawHeaders[index + 1] ?? '')?.[1]
    if (quoted !== undefined) texts.push(quoted.replaceAll(/\\(.)/g, '$1'))
  }
  return texts
}
