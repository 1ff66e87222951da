import { spawn } from 'node:child_process'

export interface Run {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly cwd?: string
  /** All of it: nothing of this process' own comes through. */
  readonly env: NodeJS.ProcessEnv
  readonly stdin?: string | Uint8Array | undefined
}

/** Runs a command to its end. */
export function runProcess(
  [file = '', ...args]: readonly string[],
  { stdin = '', ...options }: RunOptions,
): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, options)
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
