// Deployments and pods of some 6 KB each, as a repository of manifests holds them: the same files in every run.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { dump } from 'js-yaml'
import { RESOURCES } from './rules.ts'

const FILES_A_FOLDER = 100
const CONTAINERS = 2
const VARIABLES = 12

/** Writes so many files below a directory. In every tenth one something is at fault. */
export function writeManifests(directory: string, count: number): void {
  for (let index = 0; index < count; index++) {
    const folder = join(directory, `team-${Math.floor(index / FILES_A_FOLDER)}`)
    mkdirSync(folder, { recursive: true })
    const text = dump(index % 2 === 0 ? deployment(index) : pod(index), { noRefs: true })
    writeFileSync(join(folder, `${nameOf(index)}.yaml`), text)
  }
}

function nameOf(index: number): string {
  return `shop-${index}`
}

function deployment(index: number): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadata(index),
    spec: {
      replicas: 1 + (index % 5),
      selector: { matchLabels: { app: nameOf(index) } },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: 0 } },
      template: { metadata: metadata(index), spec: podSpec(index) },
    },
  }
}

function pod(index: number): object {
  return { apiVersion: 'v1', kind: 'Pod', metadata: metadata(index), spec: podSpec(index) }
}

function metadata(index: number): object {
  const labels = Object.fromEntries(
    [1, 2, 3, 4, 5].map((i) => [`shop.example.com/label-${i}`, `v${i}`]),
  )
  const notes = [1, 2, 3, 4, 5].map((i) => [`shop.example.com/note-${i}`, `note-${i}-${index}`])
  return {
    name: nameOf(index),
    namespace: `team-${Math.floor(index / FILES_A_FOLDER)}`,
    labels: { app: nameOf(index), ...labels },
    annotations: Object.fromEntries(notes),
  }
}

function podSpec(index: number): object {
  return {
    serviceAccountName: nameOf(index),
    // Each fault is one that a rule of its own finds.
    ...(index % 40 === 10 ? { hostNetwork: true } : {}),
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    containers: Array.from({ length: CONTAINERS }, (_, i) => container(index, i)),
    volumes: [
      { name: 'config', configMap: { name: `${nameOf(index)}-config` } },
      index % 40 === 20 ? { name: 'cache', hostPath: { path: '/var/cache' } } : cacheVolume(),
    ],
  }
}

function cacheVolume(): object {
  return { name: 'cache', emptyDir: { sizeLimit: '1Gi' } }
}

function container(index: number, position: number): object {
  const variables = Array.from({ length: VARIABLES }, (_, i) => ({
    name: `SHOP_SETTING_${i}`,
    value: `some value of ordinary length ${index + i}`,
  }))
  const probe = { httpGet: { path: '/livez', port: 'http' }, periodSeconds: 10 }
  return {
    name: `part-${position}`,
    image: `${index % 40 === 30 ? 'old-1' : 'registry'}.example.com/shop/part-${position}:1.${index}.0`,
    imagePullPolicy: 'IfNotPresent',
    command: ['/bin/part', '--listen=:8080', `--name=${nameOf(index)}`],
    ports: [{ name: 'http', containerPort: 8080 + position, protocol: 'TCP' }],
    env: variables,
    resources: {
      limits: Object.fromEntries(RESOURCES.map((each) => [each, 1])),
      ...(index % 40 === 0 ? {} : { requests: { cpu: '100m', memory: '128Mi' } }),
    },
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    livenessProbe: probe,
    readinessProbe: probe,
    startupProbe: probe,
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    volumeMounts: [
      { name: 'config', mountPath: '/etc/shop', readOnly: true },
      { name: 'cache', mountPath: '/var/cache/shop' },
    ],
  }
}
