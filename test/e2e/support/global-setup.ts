// Once a run: what the clusters need is found or built. Where it is not to be had, one loud line says so and every test skips.
import { spawnSync } from 'node:child_process'
import type { TestProject } from 'vitest/node'
import { type Binaries, findBinaries } from './binaries.ts'

declare module 'vitest' {
  interface ProvidedContext {
    readonly binaries: Binaries | undefined
  }
}

export async function setup(project: TestProject): Promise<void> {
  const missing = findMissing()
  const found = missing ?? (await findBinaries())
  if (typeof found === 'string') {
    console.error(`SKIPPED, every test in a cluster: ${found}`)
    project.provide('binaries', undefined)
  } else {
    project.provide('binaries', found)
  }
}

/** Replicas run in network namespaces of their own. */
function findMissing(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces are Linux’s'
  if (process.getuid?.() !== 0) return 'network namespaces take root'
  if (spawnSync('ip', ['netns', 'list']).status !== 0) return 'no `ip netns` (iproute2)'
  if (spawnSync('setpriv', ['--version']).status !== 0) return 'no setpriv (util-linux)'
  return undefined
}
