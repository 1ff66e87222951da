import { spawnSync } from 'node:child_process'

import { hasGo } from './has-go.ts'

const VERSION = 'v1.35.4'

/** Returns the folder of k8s.io/kubernetes' sources, fetched once by Go's module proxy; undefined says why on stderr. */
export function kubernetesSources(what: string): string | undefined {
  if (!hasGo(what)) return undefined
  const answer = spawnSync('go', ['mod', 'download', '-json', `k8s.io/kubernetes@${VERSION}`], {
    encoding: 'utf8',
    env: { ...process.env, GOFLAGS: '-mod=mod', GO111MODULE: 'on' },
  })
  if (answer.status === 0) return (JSON.parse(answer.stdout) as { readonly Dir: string }).Dir
  console.error(`SKIPPED, k8s.io/kubernetes ${VERSION} cannot be fetched: ${what}`)
  return undefined
}
