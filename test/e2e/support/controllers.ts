// Stands in for who makes pods of a Deployment: for each template that it is given, a replica that gets ready before the ones of the
// template before end; and its status, so that `kubectl rollout status` sees that happen.
import { setTimeout } from 'node:timers/promises'
import type { Cluster } from './cluster.ts'
import { countQuota, NAMESPACE, type Replica, type Webhook } from './webhook.ts'

const DEPLOYMENT = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/portcullis`

interface Deployment {
  readonly metadata: { readonly generation: number }
  readonly spec: { readonly replicas: number; readonly template: object }
}

export interface Controllers {
  /** Waits for what it is at. @throws what went wrong meanwhile */
  readonly stop: () => Promise<void>
}

export function standInForControllers(cluster: Cluster, webhook: Webhook): Controllers {
  let isOver = false
  let rolledOut = ''
  let observed = 0
  const look = async (): Promise<void> => {
    const { code, body } = await cluster.ask('GET', DEPLOYMENT)
    if (code !== 200) return
    const { metadata, spec } = body as unknown as Deployment
    if (metadata.generation === observed) return
    const template = JSON.stringify(spec.template)
    if (template !== rolledOut) {
      await countQuota(cluster)
      const before: readonly Replica[] = webhook.replicas()
      await webhook.addReplica()
      for (const each of before) await each.stop()
      rolledOut = template
    }
    await report(cluster, metadata.generation, spec.replicas)
    observed = metadata.generation
  }
  const work = (async () => {
    while (!isOver) {
      await look()
      await setTimeout(100)
    }
  })()
  // Heard when it is stopped.
  work.catch(() => {})
  return {
    stop: () => {
      isOver = true
      return work
    },
  }
}

async function report(cluster: Cluster, observedGeneration: number, count: number): Promise<void> {
  const counts = { replicas: count, updatedReplicas: count, readyReplicas: count }
  const status = { observedGeneration, ...counts, availableReplicas: count }
  const type = 'application/merge-patch+json'
  const { code } = await cluster.ask('PATCH', `${DEPLOYMENT}/status`, { body: { status }, type })
  if (code !== 200) throw new Error(`the Deployment's status: ${code}`)
}
