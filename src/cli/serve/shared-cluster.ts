// The API server from which both the certificates and the Namespaces are, where they are from one.
import type { Cluster } from '../../cluster/open-cluster.ts'
import type { Clock } from '../../host/clock.ts'
import type { Logger } from '../../host/logger.ts'

/** What the parts of `serve` that may ask a cluster need. */
export interface ClusterDeps {
  readonly clock: Clock
  readonly logger: Logger
  /** @throws ClusterError `no-cluster` */
  readonly openCluster: () => Promise<Cluster>
}

/** Reads the kubeconfig for who asks first: it may be a pipe, and may change before the second one asks. */
export function sharedCluster(kubeconfig: string | undefined): ClusterDeps['openCluster'] {
  let opened: Promise<Cluster> | undefined
  const open = async (): Promise<Cluster> => {
    const { openCluster } = await import('../../cluster/open-cluster.ts')
    return openCluster(kubeconfig)
  }
  return () => (opened ??= open())
}
