// What a process uses, from /proc: of a child without asking it.
import { readFileSync } from 'node:fs'

/** Of USER_HZ, which Linux has fixed at 100 for user space. Source: man 7 time. */
const TICK_MS = 10

/** User and system time so far. */
export function cpuMs(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The second field is the name, in parentheses, and may hold anything. Source: man 5 proc.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS
}

export function residentMiB(pid: number): number {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1]) / 1024
}
