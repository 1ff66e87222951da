// Findings that are known: written by one run, let pass by the next. A finding is known by what was found in which object,
// not by where in which file it stands.
import { createHash } from 'node:crypto'
import { schemaFaults } from '../../bundle/schema-faults.ts'
import { validatorOf } from '../../bundle/validators.ts'
import type { Diagnostic } from '../../diagnostic/diagnostic.ts'
import type { ObjectReport } from '../../report/make-report.ts'
import { byPlace } from '../../report/order.ts'
import type { SourceFile } from '../../source/source-file.ts'
import { readOneDocument } from '../../yaml/read-one-document.ts'
import { BASELINE_SCHEMA } from './baseline-schema.ts'

export interface KnownFinding {
  readonly policy: string
  readonly binding: string
  readonly apiVersion: string
  readonly kind: string
  readonly namespace: string
  readonly name: string
  readonly path: readonly (string | number)[]
  /** `sha256:` and 64 hex digits. */
  readonly message: string
  /** In how many objects of this name, of several environments say. */
  readonly count: number
}

type Finding = ObjectReport['findings'][number]

const isBaseline = validatorOf<{ readonly findings: readonly KnownFinding[] }>(BASELINE_SCHEMA)

export function readBaseline(file: SourceFile): {
  readonly known?: readonly KnownFinding[]
  readonly diagnostics: readonly Diagnostic[]
} {
  const code = 'baseline/invalid'
  const { document, diagnostics } = readOneDocument(file, {
    empty: code,
    second: code,
    name: 'the baseline',
  })
  if (document === undefined) return { diagnostics }
  const validate = isBaseline()
  const place = { file, root: document.root, path: [] }
  if (!validate(document.value)) {
    return { diagnostics: schemaFaults(validate.errors ?? [], place, { code }) }
  }
  const known = document.value.findings
  return { known, diagnostics: [] }
}

/** Returns all that was found, sorted: the same for the same findings. */
export function makeBaseline(objects: readonly ObjectReport[]): readonly KnownFinding[] {
  const entries = new Map<string, KnownFinding>()
  for (const object of objects) {
    for (const [key, [finding]] of violationsOf(object)) {
      if (finding === undefined) continue
      const count = (entries.get(key)?.count ?? 0) + 1
      entries.set(key, { ...identityOf(finding), count })
    }
  }
  return [...entries].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each)
}

/** Returns a baseline as JSON. */
export function renderBaseline(findings: readonly KnownFinding[]): string {
  const baseline = { apiVersion: 'portcullis.dev/v1', kind: 'Baseline', findings }
  return `${JSON.stringify(baseline, undefined, 2)}\n`
}

export interface Comparison {
  /** Known findings are suppressed. */
  readonly objects: readonly ObjectReport[]
  /** What was looked for, and is not there any more. */
  readonly fixed: readonly KnownFinding[]
  /** How many known findings are about objects or bindings that are not part of the run. */
  readonly notLookedFor: number
}

/** Where more objects of one name are at fault than were known, the last of them are new. */
export function compareToBaseline(
  objects: readonly ObjectReport[],
  known: readonly KnownFinding[],
): Comparison {
  const left = new Map<string, number>()
  for (const each of known) {
    const key = keyOf(each)
    left.set(key, (left.get(key) ?? 0) + each.count)
  }
  const compared = objects
    .toSorted((a, b) => byPlace(a.resource, b.resource))
    .map((object) => {
      const suppressed: ObjectReport['suppressed'][number][] = [...object.suppressed]
      const fresh: Finding[] = []
      for (const [key, findings] of violationsOf(object)) {
        const remaining = left.get(key) ?? 0
        const [gravest] = findings
        if (remaining === 0 || gravest === undefined) fresh.push(...findings)
        else {
          left.set(key, remaining - 1)
          suppressed.push({ ...gravest, suppression: { kind: 'baseline' } })
        }
      }
      return { ...object, findings: fresh, suppressed }
    })
  const judged = judgedPairs(objects)
  const gone = known.filter((each) => (left.get(keyOf(each)) ?? 0) > 0)
  const fixed = gone.filter((each) => judged.has(pairKey(each, each.binding)))
  return { objects: compared, fixed, notLookedFor: gone.length - fixed.length }
}

/** Findings of an object by what they are known by; several where a binding takes several actions, the gravest first. */
function violationsOf({ findings }: ObjectReport): ReadonlyMap<string, readonly Finding[]> {
  const violations = new Map<string, Finding[]>()
  for (const finding of findings) {
    const key = keyOf(identityOf(finding))
    violations.set(key, [...(violations.get(key) ?? []), finding])
  }
  return violations
}

/** Objects with the bindings that judged them. */
function judgedPairs(objects: readonly ObjectReport[]): ReadonlySet<string> {
  return new Set(
    objects.flatMap(({ resource, errors }) => {
      const failed = new Set(errors.map(({ binding }) => binding))
      const judged = resource.matched.filter((binding) => !failed.has(binding))
      return judged.map((binding) => pairKey(resource, binding))
    }),
  )
}

type Identity = Omit<KnownFinding, 'count'>

function identityOf({ policy, binding, resource, path, message }: Finding): Identity {
  const { apiVersion, kind, namespace, name } = resource
  const hash = createHash('sha256').update(message).digest('hex')
  return {
    policy,
    binding,
    apiVersion,
    kind,
    namespace,
    name,
    path,
    message: `sha256:${hash}`,
  }
}

function keyOf({ policy, binding, path, message, ...object }: Identity): string {
  return JSON.stringify([pairKey(object, binding), policy, path, message])
}

function pairKey(
  object: Pick<Identity, 'apiVersion' | 'kind' | 'namespace' | 'name'>,
  binding: string,
): string {
  const { apiVersion, kind, namespace, name } = object
  return JSON.stringify([apiVersion, kind, namespace, name, binding])
}
