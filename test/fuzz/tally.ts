// What the cases were and what became of them, so that a fuzzer that has gone blind shows.
import { type Case, FAMILIES } from './generate/case.ts'
import type { Judged } from './judge-bytes.ts'
import { SETTING_NAMES } from './settings.ts'
import { BINDING_NAMES, type Expectation } from './oracle/expect.ts'

const RESULTS = ['allowed', 'denied', 'refused', 'malformed'] as const
const SETTINGS = SETTING_NAMES.map((name) => `${name} bundle`)
const CODES = ['no-object', 'unknown-namespace', 'budget-exceeded']
const OUTCOMES = ['clean', 'fired', 'failed'] as const
/** Of a thousand runs; what is meant to be rare has a lower one. */
const AT_LEAST_PER_MILLE = 5
const RARELY = 0.1

export class Tally {
  private readonly counts = new Map<string, number>()

  add({ family, setting, isMalformed }: Case, expected: Expectation, judged: Judged): void {
    this.count('runs')
    this.count(`${setting} bundle`)
    this.count(`${family}: ${resultOf(judged)}`)
    this.count(resultOf(judged))
    this.count(family)
    if (isMalformed) this.count('malformed by construction')
    if (expected.kind !== 'decided') return
    for (const outcome of judged.outcomes) {
      const { name } = outcome.binding
      if (outcome.kind === 'failed') this.count(`${name}: failed`)
      if (outcome.kind === 'failed') this.count(outcome.error.code)
      if (outcome.kind === 'evaluated') {
        this.count(`${name}: ${outcome.violations.length > 0 ? 'fired' : 'clean'}`)
      }
    }
  }

  /** What came too rarely to mean anything. */
  findGaps(): string[] {
    const often = [
      ...FAMILIES,
      ...RESULTS,
      ...BINDING_NAMES.flatMap((name) => [`${name}: clean`, `${name}: fired`]),
      ...SETTINGS,
      'malformed by construction',
      'valid: allowed',
      'mutated: allowed',
      'hostile: allowed',
      'hostile: denied',
    ]
    const rarely = ['no-object', 'unknown-namespace', 'mutated: malformed', 'malformed: allowed']
    const isGap = (what: string, perMille: number): boolean =>
      this.get(what) < (this.get('runs') * perMille) / 1_000
    return [
      ...often.filter((what) => isGap(what, AT_LEAST_PER_MILLE)),
      ...rarely.filter((what) => isGap(what, RARELY)),
    ].map((what) => `${what}: ${this.get(what)} of ${this.get('runs')}`)
  }

  render(): string {
    const table = (rows: readonly string[], columns: readonly string[]): string[] => [
      ''.padEnd(20) + columns.map((column) => column.padStart(12)).join(''),
      ...rows.map(
        (row) =>
          row.padEnd(20) +
          columns.map((column) => String(this.get(`${row}: ${column}`)).padStart(12)).join(''),
      ),
    ]
    const others = [...SETTINGS, 'malformed by construction', ...CODES]
    return [
      ...table(FAMILIES, RESULTS),
      ...table(BINDING_NAMES, OUTCOMES),
      others.map((what) => `${what} ${this.get(what)}`).join(', '),
    ].join('\n')
  }

  private count(what: string): void {
    this.counts.set(what, this.get(what) + 1)
  }

  private get(what: string): number {
    return this.counts.get(what) ?? 0
  }
}

function resultOf({ handled, outcomes }: Judged): (typeof RESULTS)[number] {
  if (handled.kind === 'malformed') return 'malformed'
  const { allowed, status } = handled.answer.response
  if (allowed) return 'allowed'
  return status?.code === 400 && outcomes.length === 0 ? 'refused' : 'denied'
}
