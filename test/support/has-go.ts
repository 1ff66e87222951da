import { spawnSync } from 'node:child_process'

/** Says whether Go is installed; where it is not, says on stderr what is therefore not tested. */
export function hasGo(what: string): boolean {
  const found = spawnSync('go', ['version'], { encoding: 'utf8' }).status === 0
  if (!found) console.error(`SKIPPED for lack of Go: ${what}`)
  return found
}
