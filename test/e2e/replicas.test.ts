// Replicas that come and go behind the Service while the API server asks.
import { beforeAll, expect, test } from 'vitest'
import { type Cluster, describeInCluster, startCluster } from './support/cluster.ts'
import { installWebhook, type Webhook } from './support/webhook.ts'
import { pod, podSpec } from './support/workloads.ts'

interface Load {
  /** Answers by their HTTP status, and by what the message begins with where none is due. */
  readonly answers: ReadonlyMap<string, number>
  readonly count: () => number
  readonly stop: () => Promise<void>
}

describeInCluster('replicas', () => {
  let cluster: Cluster
  let webhook: Webhook

  beforeAll(async () => {
    cluster = await startCluster()
    webhook = await installWebhook(cluster, { namespaces: { dev: {} }, replicas: 2 })
    return async () => {
      await webhook.stop()
      await cluster.stop()
    }
  })

  /** Pods that are to be admitted and pods that are to be denied, by a few clients at once. */
  const startLoad = (): Load => {
    const answers = new Map<string, number>()
    let count = 0
    let isOver = false
    const create = async (hostNetwork: boolean): Promise<void> => {
      const body = pod(podSpec({ hostNetwork }))
      const path = '/api/v1/namespaces/dev/pods?dryRun=All'
      const answer = await cluster.ask('POST', path, { body })
      const due = hostNetwork ? 403 : 201
      const outcome = answer.code === due ? String(due) : `${answer.code} ${answer.body.message}`
      answers.set(outcome, (answers.get(outcome) ?? 0) + 1)
      count++
    }
    const client = async (): Promise<void> => {
      for (let round = 0; !isOver; round++) await create(round % 2 === 0)
    }
    const clients = Promise.all([client(), client(), client(), client()])
    return {
      answers,
      count: () => count,
      stop: async () => {
        isOver = true
        await clients
      },
    }
  }

  const answered = async (load: Load, more: number): Promise<void> => {
    const before = load.count()
    await expect.poll(() => load.count(), { timeout: 60_000 }).toBeGreaterThan(before + more)
  }

  test('a rollout loses nothing: each old one goes when a new one is ready', async () => {
    const load = startLoad()
    await answered(load, 20)
    for (const old of webhook.replicas()) {
      await webhook.addReplica()
      await old.stop()
      await expect(old.running.ended).resolves.toBe(0)
    }
    await answered(load, 20)
    await load.stop()
    expect([...load.answers.keys()].toSorted()).toEqual(['201', '403'])
  })

  test('one that dies lets nothing through, and is not missed once its endpoint is gone', async () => {
    const load = startLoad()
    await answered(load, 20)
    const [first] = webhook.replicas()
    await first?.kill()
    await answered(load, 20)
    await webhook.publish(webhook.replicas().map(({ pod: { address } }) => address))
    await load.stop()
    const faults = [...load.answers.keys()].filter((each) => each !== '201' && each !== '403')
    for (const fault of faults) expect(fault).toMatch(/^500 .*failed calling webhook/)
    const isWell = async (): Promise<boolean> => {
      const after = startLoad()
      await answered(after, 20)
      await after.stop()
      return [...after.answers.keys()].toSorted().join() === '201,403'
    }
    await expect.poll(isWell, { timeout: 60_000 }).toBe(true)
  })

  test('an API server that starts again asks at once', async () => {
    await cluster.restartApiServer()
    const load = startLoad()
    await answered(load, 20)
    await load.stop()
    expect([...load.answers.keys()].toSorted()).toEqual(['201', '403'])
  })
})
