// A suite: data that says of requests what is to come of them. Whatever could make a case mean less than its author
// thinks is a fault.
import { posix } from 'node:path'
import type { JsonObject } from '../../bundle/bundle.ts'
import type { Operation } from '../../bundle/match.ts'
import { findDuplicates } from '../../bundle/find-duplicates.ts'
import { formatPath, labelAtKey, type Place } from '../../bundle/place.ts'
import { schemaFaults } from '../../bundle/schema-faults.ts'
import { validatorOf } from '../../bundle/validators.ts'
import { type Diagnostic, diagnostic } from '../../diagnostic/diagnostic.ts'
import type { SourceFile } from '../../source/source-file.ts'
import { readOneDocument } from '../../yaml/read-one-document.ts'
import { SUITE_SCHEMA } from './test-suite-schema.ts'

export type Verdict = 'allowed' | 'denied' | 'skipped'

export interface ExpectedViolation {
  /** A regular expression. */
  readonly message?: string
  /** As `fieldPath` writes it. */
  readonly path?: string
  readonly policy?: string
  readonly binding?: string
}

export interface Expectation {
  readonly verdict?: Verdict
  readonly violations?: number | readonly ExpectedViolation[]
}

/** As it is written, checked against the schema and for contradictions. */
interface WrittenCase {
  readonly name: string
  readonly object?: string | JsonObject
  readonly oldObject?: string | JsonObject
  readonly review?: string | JsonObject
  readonly operation?: Operation
  readonly namespace?: string
  readonly namespaceLabels?: Readonly<Record<string, string>>
  readonly subresource?: string
  readonly user?: string
  readonly groups?: readonly string[]
  readonly policy?: string
  readonly parameters?: JsonObject
  readonly binding?: string
  readonly expect?: Expectation
}

export interface SuiteCase extends WrittenCase {
  /** Of the case in its file. */
  readonly place: Place
}

export interface Suite {
  readonly file: SourceFile
  readonly cases: readonly SuiteCase[]
}

/** Keys that name an object, or hold it. */
export const OBJECT_KEYS = ['object', 'oldObject', 'review'] as const

const isSuite = validatorOf<{ readonly cases: readonly WrittenCase[] }>(SUITE_SCHEMA)

export function readSuite(file: SourceFile): { suite?: Suite; diagnostics: readonly Diagnostic[] } {
  const { document, diagnostics } = readOneDocument(file, {
    empty: 'test/invalid-suite',
    second: 'test/invalid-suite',
    name: 'the suite',
  })
  if (document === undefined) return { diagnostics }
  const { root, value } = document
  const validate = isSuite()
  if (!validate(value)) {
    const place = { file, root, path: [] }
    return {
      diagnostics: schemaFaults(validate.errors ?? [], place, {
        code: 'test/invalid-suite',
        unknownKey: (key, path) => ({
          code: 'test/invalid-suite',
          message: `\`${formatPath([...path, key])}\` is no key of a suite`,
        }),
      }),
    }
  }
  const cases = value.cases.map((each, index): SuiteCase => ({
    ...each,
    place: { file, root, path: ['cases', index] },
  }))
  const all = { file, root, path: ['cases'] }
  const faults = [
    ...findDuplicates(cases, 'name', all, 'test/invalid-suite', 'cases'),
    ...cases.flatMap(findContradictions),
  ]
  return faults.length > 0 ? { diagnostics: faults } : { suite: { file, cases }, diagnostics: [] }
}

/** The path of a file that a suite names, from the suite's own. */
export function pathFrom(suite: SourceFile, path: string): string {
  return posix.isAbsolute(path) ? path : posix.join(posix.dirname(suite.path), path)
}

/** Keys that a review says itself. */
const REQUEST_KEYS = [
  'oldObject',
  'operation',
  'namespace',
  'subresource',
  'user',
  'groups',
] as const

function findContradictions(given: SuiteCase): Diagnostic[] {
  const { place } = given
  const faults: Diagnostic[] = []
  const fault = (message: string, key: string): void => {
    const primary = labelAtKey(place, [], key)
    faults.push(diagnostic('test/invalid-suite', message, { primary }))
  }
  if (given.object === undefined && given.review === undefined) {
    fault('the case has neither an `object` nor a `review`', 'name')
  }
  if (given.review !== undefined) {
    if (given.object !== undefined) fault('the case has an `object` and a `review`', 'review')
    for (const key of REQUEST_KEYS) {
      if (given[key] !== undefined) fault(`\`${key}\` is for the \`review\` to say`, key)
    }
  }
  if (given.oldObject !== undefined && (given.operation ?? 'UPDATE') !== 'UPDATE') {
    fault(`\`oldObject\` is of no use to the operation ${given.operation}`, 'oldObject')
  }
  if (given.policy !== undefined && given.binding !== undefined) {
    fault('the case has a `policy` and a `binding`', 'binding')
  }
  if (given.parameters !== undefined && given.policy === undefined) {
    fault('`parameters` are for a `policy`; a binding has its own', 'parameters')
  }
  if (given.expect?.verdict === 'skipped' && hasViolations(given.expect)) {
    fault('where nothing is judged there are no violations', 'expect')
  }
  return faults
}

function hasViolations({ violations }: Expectation): boolean {
  return typeof violations === 'number' ? violations > 0 : (violations?.length ?? 0) > 0
}
