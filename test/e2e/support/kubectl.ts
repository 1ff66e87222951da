import { delimiter, dirname } from 'node:path'
import { type Run, runProcess } from '../../support/run-process.ts'

/** `admin` may do everything; `jane` is nobody until RBAC says more. */
export type User = 'admin' | 'jane'

export interface KubectlOptions {
  readonly stdin?: string
  /** Who asks; the admin unless told otherwise. */
  readonly user?: User
}

/** Where kubectl finds its cluster, and keeps what it remembers. */
interface Place {
  readonly folder: string
  readonly kubeconfig: string
}

export function runKubectl(
  kubectl: string,
  place: Place,
  args: readonly string[],
  { stdin = '', user = 'admin' }: KubectlOptions = {},
): Promise<Run> {
  const env = kubectlEnvironment(kubectl, place)
  return runProcess([kubectl, `--user=${user}`, ...args], { env, stdin })
}

/** Runs what a user would type into a shell, with `kubectl` at hand. */
export function runShell(script: string, kubectl: string, place: Place, cwd: string): Promise<Run> {
  const env = kubectlEnvironment(kubectl, place)
  return runProcess(['bash', '-euo', 'pipefail', '-c', script], { env, cwd })
}

function kubectlEnvironment(kubectl: string, { folder, kubeconfig }: Place): NodeJS.ProcessEnv {
  const path = `${dirname(kubectl)}${delimiter}${process.env['PATH']}`
  return { PATH: path, HOME: folder, KUBECONFIG: kubeconfig }
}
