// What a script needs to be a small cluster: discovery, Namespaces, and lists of objects in pages.
import type { Answerer } from './scripted-api-server.ts'
import { json } from './scripted-api-server.ts'

export interface StoredObject {
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
  }
  readonly [member: string]: unknown
}

const GROUPS: Readonly<Record<string, readonly string[]>> = {
  apps: ['v1'],
  batch: ['v1'],
  'example.com': ['v2', 'v1'],
}
const KINDS: Readonly<Record<string, readonly [resource: string, kind: string][]>> = {
  '/api/v1': [
    ['pods', 'Pod'],
    ['pods/log', 'Pod'],
    ['secrets', 'Secret'],
  ],
  '/apis/apps/v1': [['deployments', 'Deployment']],
  '/apis/batch/v1': [['cronjobs', 'CronJob']],
  '/apis/example.com/v2': [['widgets', 'Widget']],
  '/apis/example.com/v1': [['widgets', 'Widget']],
}

export const NAMESPACES: readonly StoredObject[] = [
  { metadata: { name: 'shop', labels: { environment: 'production' } } },
  { metadata: { name: 'quiet', labels: {} } },
]

/** @param lists Objects by the path of their list; what is not there is empty. */
export function clusterOf(
  lists: Readonly<Record<string, readonly StoredObject[]>>,
  pageSize = 2,
): Answerer {
  const stored: Readonly<Record<string, readonly StoredObject[]>> = {
    '/api/v1/namespaces': NAMESPACES,
    ...lists,
  }
  return ({ pathname, searchParams }, response) => {
    const kinds = KINDS[pathname]
    if (pathname === '/api') json(response, { versions: ['v1'] })
    else if (pathname === '/apis') json(response, { groups: Object.entries(GROUPS).map(describe) })
    else if (kinds !== undefined) json(response, { resources: kinds.map(describeKind) })
    else {
      const items = stored[pathname] ?? []
      const from = Number(searchParams.get('continue') ?? 0)
      const end = from + pageSize
      const more = end < items.length ? { continue: String(end) } : {}
      const metadata = { resourceVersion: '7', ...more }
      json(response, { kind: 'List', metadata, items: items.slice(from, end) })
    }
  }
}

function describe([name, versions]: readonly [string, readonly string[]]): object {
  const [first] = versions
  return {
    name,
    versions: versions.toReversed().map((version) => ({ version })),
    preferredVersion: { version: first },
  }
}

function describeKind([name, kind]: readonly [string, string]): object {
  return { name, kind, namespaced: kind !== 'Widget', verbs: ['get', 'list'] }
}
