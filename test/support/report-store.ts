// The part of an API server that keeps policy reports.
import { type Answerer, json } from './scripted-api-server.ts'

export interface StoredReport {
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels: Readonly<Record<string, string>>
  }
  readonly summary: Readonly<Record<string, number>>
  readonly results: readonly Readonly<Record<string, unknown>>[]
}

export interface ReportStore {
  /** By path. */
  readonly reports: Map<string, StoredReport>
  readonly answerer: Answerer
}

/** @param apis The group versions that are served: `wgpolicyk8s.io/v1alpha2`. */
export function reportStore(apis: readonly string[], otherwise: Answerer): ReportStore {
  const reports = new Map<string, StoredReport>()
  return {
    reports,
    answerer: (url, response, request) => {
      const { pathname } = url
      const api = /^\/apis\/((?:openreports|wgpolicyk8s)\.io\/[^/]+)/.exec(pathname)?.[1]
      if (api === undefined) return otherwise(url, response, request)
      if (!apis.includes(api)) return json(response, { message: 'not found' }, 404)
      if (request.method === 'PATCH') {
        void readBody(request).then((body) => {
          reports.set(pathname, JSON.parse(body) as StoredReport)
          json(response, {})
        })
        return
      }
      if (request.method === 'DELETE') {
        json(response, {}, reports.delete(pathname) ? 200 : 404)
        return
      }
      const resource = pathname.split('/').at(-1) ?? ''
      const items = [...reports]
        .filter(([path]) => path.startsWith(`/apis/${api}/`) && path.split('/').at(-2) === resource)
        .map(([, report]) => report)
      json(response, { metadata: { resourceVersion: '7' }, items, resources: [] })
    },
  }
}

async function readBody(request: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}
