// A folder of files to check, made anew for each test, and the command line run in it.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import type { Report } from '../../src/report/report.ts'
import { portcullis, type Run } from './portcullis.ts'

export interface CheckFolder {
  readonly path: () => string
  readonly put: (name: string, text: string) => Promise<void>
  readonly check: (args: readonly string[], stdin?: string) => Promise<Run>
  readonly report: (args: readonly string[], stdin?: string) => Promise<Report>
}

/** @param always Arguments of every run. */
export function useCheckFolder(always: readonly string[] = []): CheckFolder {
  let path = ''
  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), 'portcullis-'))
  })
  afterEach(() => rm(path, { recursive: true }))
  const check = (args: readonly string[], stdin = ''): Promise<Run> =>
    portcullis(['check', ...always, ...args], { cwd: path, stdin })
  return {
    path: () => path,
    put: async (name, text) => {
      const file = join(path, name)
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, text)
    },
    check,
    report: async (args, stdin) =>
      JSON.parse((await check(['-o', 'json', ...args], stdin)).stdout) as Report,
  }
}

/** A pod that breaks no policy, or one of them: host-network. */
export function pod(name: string, hostNetwork = false): string {
  return `apiVersion: v1
kind: Pod
metadata: { name: ${name}, namespace: quiet }
spec:
  hostNetwork: ${hostNetwork}
  containers:
    - name: app
      image: registry.example.com/core/app:1
      resources: { limits: { cpu: 100m, memory: 64Mi } }
`
}
