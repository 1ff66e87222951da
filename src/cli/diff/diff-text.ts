import { formatPath } from '../../bundle/place.ts'
import type { Json } from '../../bundle/bundle.ts'
import { paint, type Style } from '../../diagnostic/paint.ts'
import { printable } from '../../diagnostic/printable.ts'
import { type BundleDiff, type Change, type Difference, isSame } from './diff-bundles.ts'

/** The difference for a person, as a patch says it: `-` was, `+` is. */
export function renderDiff(diff: BundleDiff, style: Style): string {
  const { old, new: next } = diff
  const removed = (text: string): string => paint(`- ${printable(text)}`, 'red', style)
  const added = (text: string): string => paint(`+ ${printable(text)}`, 'green', style)
  const side = ({ name, digest }: BundleDiff['old']): string => `${name}, ${digest}`
  if (isSame(diff)) return `the same: ${printable(side(next))}\n`
  const section = (title: string, differences: readonly Difference[]): readonly string[] =>
    differences.length === 0
      ? []
      : [
          '',
          paint(`${title}: ${sumUp(differences)}`, 'bold', style),
          ...differences.flatMap(({ name, kind, changes }) => {
            if (kind === 'added') return [`  ${added(name)}`]
            if (kind === 'removed') return [`  ${removed(name)}`]
            return [
              `  ${paint(`~ ${printable(name)}`, 'yellow', style)}`,
              ...changes.flatMap((change) => {
                const label = labelOf(change)
                return [
                  ...(change.old === undefined ? [] : [removed(`${label}${show(change.old)}`)]),
                  ...(change.new === undefined ? [] : [added(`${label}${show(change.new)}`)]),
                ].map((line) => `      ${line}`)
              }),
            ]
          }),
        ]
  return [
    removed(side(old)),
    added(side(next)),
    ...section('bindings', diff.bindings),
    ...section('exceptions', diff.exceptions),
    ...section('policies', diff.policies),
    ...section('data', diff.data),
    ...(old.module === next.module
      ? []
      : [
          '',
          paint('module', 'bold', style),
          `  ${removed(old.module)}`,
          `  ${added(next.module)}`,
        ]),
    '',
  ].join('\n')
}

function sumUp(differences: readonly Difference[]): string {
  const count = (kind: Difference['kind']): number =>
    differences.filter((each) => each.kind === kind).length
  return (['added', 'removed', 'changed'] as const)
    .filter((kind) => count(kind) > 0)
    .map((kind) => `${count(kind)} ${kind}`)
    .join(', ')
}

function labelOf({ path }: Change): string {
  return path.length === 0 ? '' : `${formatPath(path)}: `
}

function show(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
