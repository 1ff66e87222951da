import { paint, type Style } from '../../diagnostic/paint.ts'
import { printable } from '../../diagnostic/printable.ts'
import type { Benchmark, MeasuredBinding } from './bench-file.ts'
import { counted } from '../counted.ts'

export interface Comparison {
  /** Fuel for one object before, and how much more that is now in percent; absent where one of the two judged none. */
  readonly before?: number
  readonly percent?: number
  readonly isPast: boolean
}

/**
 * Compares by fuel: time differs from run to run and from machine to machine, so that a threshold on it fails for nothing or
 * finds nothing. Gives one comparison a binding; undefined where there is nothing to compare with.
 */
export function compareBenchmarks(
  now: Benchmark,
  before: Benchmark | undefined,
  threshold: number,
): readonly Comparison[] | undefined {
  if (before === undefined) return undefined
  return now.bindings.map((binding) => {
    const old = before.bindings.find(({ name }) => name === binding.name)
    if (old === undefined || old.fuel === 0 || binding.objects === 0) return { isPast: false }
    const percent = (fuelOfOne(binding) / fuelOfOne(old) - 1) * 100
    return { before: fuelOfOne(old), percent, isPast: percent > threshold }
  })
}

/** A line a binding. */
export function renderBench(
  { bindings, objects }: Benchmark,
  comparison: readonly Comparison[] | undefined,
  style: Style,
): string {
  const compared = comparison !== undefined
  const head = [
    'binding',
    'objects',
    'µs/object',
    'fuel/object',
    ...(compared ? ['before', 'change'] : []),
  ]
  const rows = bindings.map((binding, index) => {
    const { before, percent } = comparison?.[index] ?? {}
    const isJudged = binding.objects > 0
    return [
      printable(binding.name),
      String(binding.objects),
      isJudged ? (binding.microseconds / binding.objects).toFixed(1) : '-',
      isJudged ? whole(fuelOfOne(binding)) : '-',
      ...(compared
        ? [before === undefined ? '-' : whole(before), changeOf(percent, isJudged)]
        : []),
    ]
  })
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((cells) => cells[column]?.length ?? 0)),
  )
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => {
        const width = widths[column] ?? 0
        return column === 0 ? cell.padEnd(width) : cell.padStart(width)
      })
      .join('  ')
  return [
    paint(line(head), 'bold', style),
    ...rows.map((cells, index) =>
      comparison?.[index]?.isPast === true ? paint(line(cells), 'red', style) : line(cells),
    ),
    '',
    counted(objects.count, 'object'),
    '',
  ].join('\n')
}

function fuelOfOne({ fuel, objects }: MeasuredBinding): number {
  return fuel / Math.max(objects, 1)
}

function changeOf(percent: number | undefined, isJudged: boolean): string {
  if (percent === undefined) return isJudged ? 'new' : '-'
  return `${percent > 0 ? '+' : ''}${percent.toFixed(1)} %`
}

function whole(number: number): string {
  return Math.round(number).toLocaleString('en')
}
