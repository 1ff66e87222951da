// `check --baseline` and `--write-baseline`: the files, and what is told of the difference.
import { formatPath } from '../../bundle/place.ts'
import type { Diagnostic } from '../../diagnostic/diagnostic.ts'
import { printable } from '../../diagnostic/printable.ts'
import { describeSystemError } from '../../host/system-error.ts'
import type { Host } from '../../host/host.ts'
import { describeResource } from '../../kubernetes/resource.ts'
import type { ObjectReport } from '../../report/make-report.ts'
import { decodeUtf8 } from '../../yaml/decode-utf8.ts'
import type { KnownFinding } from './baseline.ts'
import type { Arguments, OptionSpec } from '../command.ts'
import { readBytes } from '../inputs/expand-operands.ts'
import { InputError, UsageError } from '../usage-error.ts'

export const BASELINE_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'baseline',
    value: 'FILE',
    summary: 'findings that are known, and let pass; new ones count, fixed ones are told',
  },
  {
    name: 'write-baseline',
    value: 'FILE',
    summary: 'write all that is found as the baseline of the runs to come',
  },
]

/** A long list is read by nobody. */
const MAX_TOLD = 20

export interface BaselineUse {
  readonly known?: readonly KnownFinding[]
  readonly diagnostics: readonly Diagnostic[]
  readonly target?: string
}

/** @throws {UsageError} for both options at once. @throws {InputError} for a file that cannot be read. */
export async function openBaseline(args: Arguments, host: Host): Promise<BaselineUse> {
  const path = args.value('baseline')
  const target = args.value('write-baseline')
  if (path !== undefined && target !== undefined) {
    throw new UsageError(
      '`--baseline` and `--write-baseline` exclude each other: a new baseline is written from all that is found',
    )
  }
  if (target !== undefined) return { diagnostics: [], target }
  if (path === undefined) return { diagnostics: [] }
  const { file, diagnostics } = decodeUtf8(await readBytes(path, host), path)
  const { readBaseline } = await import('./baseline.ts')
  return file === undefined ? { diagnostics } : readBaseline(file)
}

export interface BaselineResult {
  readonly objects: readonly ObjectReport[]
  /** Lines for a person. */
  readonly told: readonly string[]
}

/**
 * Lets known findings pass, or writes all that was found and lets it pass.
 *
 * @throws {InputError} for a baseline that cannot be written; one of a run that judged only a part is not.
 */
export async function applyBaseline(
  use: BaselineUse,
  objects: readonly ObjectReport[],
  isWhole: boolean,
  host: Host,
): Promise<BaselineResult> {
  if (use.target !== undefined) {
    if (!isWhole) {
      const why = 'not everything could be judged'
      return { objects, told: [`the baseline \`${use.target}\` is not written: ${why}`] }
    }
    const { compareToBaseline, makeBaseline, renderBaseline } = await import('./baseline.ts')
    const known = makeBaseline(objects)
    try {
      await host.files.write(use.target, new TextEncoder().encode(renderBaseline(known)))
    } catch (error) {
      throw new InputError(`cannot write \`${use.target}\`: ${describeSystemError(error)}`, {
        cause: error,
      })
    }
    return { objects: compareToBaseline(objects, known).objects, told: [] }
  }
  if (use.known === undefined) return { objects, told: [] }
  const { compareToBaseline } = await import('./baseline.ts')
  const { objects: compared, fixed, notLookedFor } = compareToBaseline(objects, use.known)
  return { objects: compared, told: isWhole ? tell(fixed, notLookedFor) : [] }
}

function tell(fixed: readonly KnownFinding[], notLookedFor: number): readonly string[] {
  const more = fixed.length - MAX_TOLD
  return [
    ...fixed.slice(0, MAX_TOLD).map((each) => {
      const path = each.path.length === 0 ? '' : ` at ${formatPath(each.path)}`
      return printable(`fixed: ${describeResource(each)}${path}, binding ${each.binding}`)
    }),
    ...(more > 0 ? [`fixed: ${more} more`] : []),
    ...(fixed.length > 0
      ? ['`--write-baseline` takes what is fixed out of the baseline, so that it cannot come back']
      : []),
    ...(notLookedFor > 0
      ? [
          `${notLookedFor} of the baseline were not looked for: they are about other objects or bindings`,
        ]
      : []),
  ]
}
