// Source: docs/policies/required-labels.md.
import { at } from '../tree.ts'
import { isUpkeep, mayLackSpec, type Path, type Subject } from './workload.ts'

export interface RequiredLabelsParameters {
  readonly labels: readonly { readonly key: string; readonly allowedRegex?: string }[]
  readonly podTemplate: boolean
}

/** Not blank, and a label's value as the API server has it. */
const VALUE = /^[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/

export function findMissingLabels(subject: Subject, parameters: RequiredLabelsParameters): Path[] {
  if (isUpkeep(subject)) return []
  const owners: Path[] = [[]]
  const { template } = subject
  if (parameters.podTemplate && template !== undefined && !mayLackSpec(subject))
    owners.push(template)
  return owners.flatMap((owner) =>
    parameters.labels.flatMap(({ key, allowedRegex }): Path[] => {
      const path = [...owner, 'metadata', 'labels', key]
      const value = at(subject.object, ...path)
      const isGood =
        typeof value === 'string' &&
        VALUE.test(value) &&
        (allowedRegex === undefined || new RegExp(allowedRegex, 'u').test(value))
      return isGood ? [] : [path]
    }),
  )
}
