import { spawn } from 'node:child_process'
import { delimiter, dirname } from 'node:path'

/** `admin` may do everything; `jane` is nobody until RBAC says more. */
export type User = 'admin' | 'jane'

export interface KubectlRun {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

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
): Promise<KubectlRun> {
  return runCommand([kubectl, `--user=${user}`, ...args], kubectlEnvironment(kubectl, place), stdin)
}

/** Runs what a user would type into a shell, with `kubectl` at hand. */
export function runShell(
  script: string,
  kubectl: string,
  place: Place,
  cwd: string,
): Promise<KubectlRun> {
  return runCommand(
    ['bash', '-euo', 'pipefail', '-c', script],
    kubectlEnvironment(kubectl, place),
    '',
    cwd,
  )
}

function kubectlEnvironment(kubectl: string, { folder, kubeconfig }: Place): NodeJS.ProcessEnv {
  const path = `${dirname(kubectl)}${delimiter}${process.env['PATH']}`
  return { PATH: path, HOME: folder, KUBECONFIG: kubeconfig }
}

function runCommand(
  [file = '', ...args]: readonly string[],
  env: NodeJS.ProcessEnv,
  stdin: string,
  cwd?: string,
): Promise<KubectlRun> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { env, ...(cwd === undefined ? {} : { cwd }) })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, stdout, stderr }))
    child.stdin.on('error', () => {})
    child.stdin.end(stdin)
  })
}
