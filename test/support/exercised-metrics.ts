// What /metrics says of a server to which everything has happened that it counts.
import { connect } from 'node:net'
import type { Exception } from '../../src/bundle/bundle.ts'
import type { NamespaceLookup } from '../../src/policy/review.ts'
import { type MetricFamily, parseExposition } from './exposition.ts'
import { podObject, reviewBytes } from './review.ts'
import { fixedNamespaces } from '../../src/cluster/namespace-source.ts'
import { defaultEngine, namespaces, startWebhook } from './webhook.ts'

const AT_FAULT: NamespaceLookup = (name) => {
  if (name === 'broken') throw new Error('a fault on purpose')
  return name === 'unknown' ? { kind: 'unknown' } : namespaces(name)
}

const LEGACY: Exception = {
  name: 'legacy',
  binding: 'no-host-network',
  match: { namespaces: ['legacy'] },
  owner: 'team-cart',
  reason: 'a test',
  expires: '9999-12-31',
}

const TOO_MANY = Array.from({ length: 500 }, (_, index) => ({ name: `c${index}`, image: 'a/b:1' }))

export async function exerciseMetrics(): Promise<MetricFamily[]> {
  const webhook = await startWebhook({
    config: { limits: { maxBufferedBytes: 100_000 } },
    deps: {
      namespaces: {
        ...fixedNamespaces(AT_FAULT),
        watched: { count: () => 3, ageSeconds: () => 1 },
      },
      engine: await defaultEngine(undefined, { fuelPerBinding: 50_000 }, [LEGACY]),
    },
  })
  try {
    await webhook.post(reviewBytes())
    await webhook.post(reviewBytes({ object: podObject({ hostNetwork: true }) }))
    await webhook.post(
      reviewBytes({ namespace: 'legacy', object: podObject({ hostNetwork: true }) }),
    )
    await webhook.post(reviewBytes({ object: podObject({ containers: TOO_MANY }) }))
    // Refused, failed, not judged by one binding, no review at all, shed.
    await webhook.post(reviewBytes({ operation: 'PATCH' }))
    await webhook.post(reviewBytes({ namespace: 'broken' }))
    await webhook.post(reviewBytes({ namespace: 'unknown' }))
    await webhook.post('{')
    await webhook.post(Buffer.alloc(200_000))
    await new Promise((resolve) => {
      const { port } = webhook.server.addresses.webhook
      const socket = connect(port, '127.0.0.1', () => socket.end('no TLS'))
      socket.on('close', resolve)
      socket.on('error', () => {})
      socket.resume()
    })
    return parseExposition((await webhook.ask('/metrics')).body)
  } finally {
    await webhook.stop()
  }
}
