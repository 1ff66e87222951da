// A pod of the Deployment `portcullis`.
import { get } from 'node:http'
import { seriesValue } from '../../support/series-value.ts'
import type { Cluster } from './cluster.ts'
import { type PodSpec, type StartedPod, startPod } from './pod.ts'
import { waitFor } from './processes.ts'

export interface StartedReplica extends StartedPod {
  /** Status of a path of the operators' listener. */
  readonly ask: (path: string) => Promise<number>
  /** The value of one series, as `name` or `name{label="value"}`. */
  readonly metric: (series: string) => Promise<number>
}

const OPERATOR_PORT = 8081

/** Waits until it is ready. */
export async function startReplica(
  cluster: Cluster,
  namespace: string,
  args: readonly string[],
): Promise<StartedReplica> {
  const spec = await readPodSpec(cluster, namespace)
  const started = await startPod(cluster, namespace, spec, { args })
  const { pod, running } = started
  const ask = async (path: string): Promise<number> => (await askOperator(pod.address, path)).code
  const metric = async (series: string): Promise<number> => {
    const { body } = await askOperator(pod.address, '/metrics')
    const value = seriesValue(body, series)
    if (value === undefined) throw new Error(`there is no series ${series}`)
    return value
  }
  await waitFor('ready', async () => (await ask('/readyz')) === 200, running)
  return { ...started, ask, metric }
}

export async function readPodSpec(cluster: Cluster, namespace: string): Promise<PodSpec> {
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/portcullis`
  const { code, body } = await cluster.ask('GET', path)
  if (code !== 200) throw new Error(body.message)
  const deployment = body as unknown as { spec: { template: { spec: PodSpec } } }
  return deployment.spec.template.spec
}

function askOperator(host: string, path: string): Promise<{ code: number; body: string }> {
  return new Promise((resolve, reject) => {
    get({ host, port: OPERATOR_PORT, path, agent: false }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (text: string) => (body += text))
      response.on('end', () => resolve({ code: response.statusCode ?? 0, body }))
      response.on('error', reject)
    }).on('error', reject)
  })
}
