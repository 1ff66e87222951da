// What all scenarios say in the same way.
import { printTable } from '../rounds.ts'
import { countAnswered, describeFaults, type LoadResult } from './load.ts'

export interface TargetRow {
  readonly target: string
  readonly measured: string
  readonly met: boolean
}

/** A target that is missed is no failure of the run: the machine may be shared. */
export function printTargets(rows: readonly TargetRow[]): void {
  printTable(
    'Targets',
    rows.map(({ target, measured, met }) => ({ target, measured, '': met ? 'met' : 'MISSED' })),
  )
}

/** Makes the run fail where a verdict was wrong or a request stayed without an answer. Gives the cell for the table. */
export function noteFaults(name: string, result: LoadResult): string {
  const faults = describeFaults(result)
  if (result.wrong + result.lost > 0 || countAnswered(result) === 0) {
    console.error(`!!! ${name}: ${faults === '' ? 'no answers' : faults}`)
    process.exitCode = 1
  }
  return faults === '' ? '0' : faults
}

export function showPercent(share: number): string {
  return `${(share * 100).toFixed(0)} %`
}
