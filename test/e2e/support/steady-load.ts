// Writes at a steady rate, whatever becomes of them: what is late is not left out.
import { Agent, request } from 'node:https'
import { setTimeout } from 'node:timers/promises'
import { type Cluster } from './cluster.ts'
import { pod, podSpec } from './workloads.ts'

export interface SteadyLoad {
  readonly count: () => number
  /** Answers that were not due, and how often. */
  readonly faults: ReadonlyMap<string, number>
  /** Waits for those that are on their way. */
  readonly stop: () => Promise<{ readonly perSecond: number }>
}

/** Pods that are to be admitted and pods that are to be denied, in turn, as dry runs of the admin. */
export function startSteadyLoad(cluster: Cluster, perSecond: number): SteadyLoad {
  const agent = new Agent({ keepAlive: true, ca: cluster.caCertificate })
  const faults = new Map<string, number>()
  const under = new Set<Promise<void>>()
  const begun = performance.now()
  let count = 0
  let isOver = false

  const create = async (hostNetwork: boolean): Promise<void> => {
    const body = JSON.stringify(pod(podSpec({ hostNetwork })))
    const [code, text] = await post(cluster, agent, body)
    if (code === (hostNetwork ? 403 : 201)) return
    const fault = `${code} ${text.slice(0, 500)}`
    faults.set(fault, (faults.get(fault) ?? 0) + 1)
  }
  const run = async (): Promise<void> => {
    while (!isOver) {
      const due = ((performance.now() - begun) / 1_000) * perSecond
      for (; count < due; count++) {
        const one = create(count % 2 === 0).finally(() => under.delete(one))
        under.add(one)
      }
      await setTimeout(10)
    }
  }
  const running = run()
  return {
    count: () => count,
    faults,
    stop: async () => {
      isOver = true
      await running
      await Promise.all(under)
      agent.destroy()
      return { perSecond: (count * 1_000) / (performance.now() - begun) }
    },
  }
}

function post(cluster: Cluster, agent: Agent, body: string): Promise<[number, string]> {
  const url = new URL('/api/v1/namespaces/default/pods?dryRun=All', cluster.url)
  const headers = { authorization: 'Bearer admin-token', 'content-type': 'application/json' }
  return new Promise((resolve) => {
    const asked = request(url, { method: 'POST', agent, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.on('end', () => resolve([response.statusCode ?? 0, text]))
      response.on('error', ({ message }) => resolve([0, message]))
    })
    asked.on('error', ({ message }) => resolve([0, message]))
    asked.end(body)
  })
}
