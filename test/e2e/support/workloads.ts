// Objects as people write them, that every default policy lets through, unless changed.
type Fields = Readonly<Record<string, unknown>>

export const IMAGE = 'registry.example.com/core/app:1.0'
const LABELS = { app: 'app', owner: 'team-shop' }

export interface Workload {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly labels?: Fields } & Fields
  readonly spec: Fields
}

export function container(fields: Fields = {}): Fields {
  return {
    name: 'app',
    image: IMAGE,
    resources: { limits: { cpu: '100m', memory: '64Mi' } },
    ...fields,
  }
}

/** The spec of a pod with one container. */
export function podSpec(fields: Fields = {}): Fields {
  return { containers: [container()], ...fields }
}

export function pod(spec: Fields = podSpec(), metadata: Fields = {}): Workload {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'app', labels: LABELS, ...metadata },
    spec,
  }
}

export function deployment(spec: Fields = podSpec(), metadata: Fields = {}): Workload {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'app', labels: LABELS, ...metadata },
    spec: { selector: { matchLabels: { app: 'app' } }, template: template(spec, metadata) },
  }
}

export function cronJob(spec: Fields = podSpec(), metadata: Fields = {}): Workload {
  const ofJob = template({ restartPolicy: 'Never', ...spec }, metadata)
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'app', labels: LABELS, ...metadata },
    spec: { schedule: '0 3 * * *', jobTemplate: { spec: { template: ofJob } } },
  }
}

function template(spec: Fields, { labels = LABELS }: Fields): Fields {
  return { metadata: { labels }, spec }
}
