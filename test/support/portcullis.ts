// Runs the built command line as a process of its own, as a user does.
import { fileURLToPath } from 'node:url'
import { type Run, runProcess } from './run-process.ts'

export type { Run } from './run-process.ts'

export const ROOT: string = fileURLToPath(new URL('../../', import.meta.url))
export const MAIN: string = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

export function portcullis(
  args: readonly string[],
  options: {
    readonly cwd?: string
    readonly stdin?: string | Uint8Array
    readonly env?: NodeJS.ProcessEnv
  } = {},
): Promise<Run> {
  return runProcess([process.execPath, MAIN, ...args], {
    cwd: options.cwd ?? ROOT,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...options.env },
    stdin: options.stdin,
  })
}
