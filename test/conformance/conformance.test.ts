import { afterAll, describe, expect, test } from 'vitest'
import { type Compiler, loadCompiler } from '../../src/compiler/compiler.ts'
import { locateCompiler } from '../../src/compiler/locate-compiler.ts'
import { hasCompiler } from '../support/has-compiler.ts'
import { hasGo } from '../support/has-go.ts'
import { findMismatch } from './check-outcome.ts'
import { KNOWN_FAILURES } from './known-failures.ts'
import { type Case, findSuite, loadCases } from './load-cases.ts'
import { NOT_OFFERED } from './not-offered.ts'
import { runCase } from './run-case.ts'

const WHAT = 'OPA’s own suite'
const suite = hasGo(WHAT) && hasCompiler(WHAT) ? findSuite() : undefined
const cases = suite === undefined ? [] : loadCases(suite)
const categories = [...new Set(cases.map(({ category }) => category))]

describe.skipIf(suite === undefined)('OPA’s own cases', async () => {
  const compiler = suite === undefined ? undefined : await loadCompiler(locateCompiler())
  const counts = new Map<string, number>()
  const failing = new Set<string>()
  const count = (what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1)

  test.each(categories)('%s', (category) => {
    const ofCategory = cases.filter((item) => item.category === category)
    const mismatches = ofCategory.flatMap((item) => {
      const result = judge(compiler!, item)
      if (result.notOffered !== undefined) {
        count(`not offered: ${result.notOffered}: ${NOT_OFFERED.get(result.notOffered)}`)
        return []
      }
      if (result.mismatch === undefined) {
        count('held')
        return []
      }
      failing.add(item.note)
      const reason = KNOWN_FAILURES.get(item.note)
      if (reason !== undefined) count(`known not to hold: ${reason}`)
      return reason === undefined ? [`${item.note}: ${result.mismatch}`] : []
    })
    expect(mismatches).toEqual([])
  })

  test('no case that is known to fail has begun to hold', () => {
    expect([...KNOWN_FAILURES.keys()].filter((note) => !failing.has(note))).toEqual([])
  })

  afterAll(() => {
    const lines = Array.from(counts, ([what, number]) => `${String(number).padStart(5)}  ${what}`)
    console.log(`${cases.length} cases of OPA’s suite\n${lines.toSorted().toReversed().join('\n')}`)
  })
})

/** A case that is refused and names a built-in that is not offered is about that built-in. */
function judge(compiler: Compiler, item: Case): { notOffered?: string; mismatch?: string } {
  const outcome = runCase(compiler, item)
  if (outcome.kind === 'refused') {
    const text = [item.query, ...(item.modules ?? [])].join('\n')
    const notOffered = [...NOT_OFFERED.keys()].find((name) => text.includes(name))
    if (notOffered !== undefined) return { notOffered }
  }
  const mismatch = findMismatch(item, outcome)
  return mismatch === undefined ? {} : { mismatch }
}
