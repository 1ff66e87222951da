// Which lines of the policies their unit tests have been on.
import type { LineRange } from '../../compiler/answer.ts'
import type { FileCoverage } from '../../compiler/test-run.ts'

export interface Coverage extends CoverageSums {
  /** By path. */
  readonly files: readonly CoveredFile[]
}

interface CoverageSums {
  /** Of the lines that rules and expressions stand on; 100 where there are none. */
  readonly percent: number
  readonly coveredLines: number
  readonly lines: number
}

interface CoveredFile extends CoverageSums {
  readonly file: string
  /** From line `first` to line `last`, both of them too. */
  readonly covered: readonly LineRange[]
  readonly notCovered: readonly LineRange[]
}

export function sumUpCoverage(coverage: readonly FileCoverage[]): Coverage {
  const files = coverage.map(({ file, covered, notCovered }): CoveredFile => {
    const coveredLines = countLines(covered)
    const sums = sumsOf(coveredLines, coveredLines + countLines(notCovered))
    return { file: file.path, ...sums, covered, notCovered }
  })
  const total = (key: 'coveredLines' | 'lines'): number =>
    files.reduce((sum, each) => sum + each[key], 0)
  return { ...sumsOf(total('coveredLines'), total('lines')), files }
}

/** To a hundredth, and never up: 99.999 % is not all. */
function sumsOf(coveredLines: number, lines: number): CoverageSums {
  const percent = lines === 0 ? 100 : Math.floor((coveredLines / lines) * 10_000) / 100
  return { percent, coveredLines, lines }
}

function countLines(ranges: readonly LineRange[]): number {
  return ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0)
}

export function renderCoverageText(coverage: Coverage): string {
  const rows = coverage.files.map(({ file, percent, notCovered }) => ({
    file,
    percent: `${percent.toFixed(2)} %`,
    missing: notCovered.map(formatRange).join(', '),
  }))
  const width = Math.max(0, ...rows.map(({ file }) => file.length))
  return [
    `coverage of ${coverage.lines} lines: ${coverage.percent.toFixed(2)} %`,
    ...rows.map(
      ({ file, percent, missing }) =>
        `  ${file.padEnd(width)}  ${percent.padStart(8)}${missing === '' ? '' : `  not: ${missing}`}`,
    ),
    '',
  ].join('\n')
}

function formatRange({ first, last }: LineRange): string {
  return first === last ? String(first) : `${first}-${last}`
}

export function renderCoverageJson(coverage: Coverage): string {
  return `${JSON.stringify(coverage, undefined, 2)}\n`
}

/** lcov's tracefile. Source: geninfo(1), "Tracefile format". */
export function renderLcov(coverage: Coverage): string {
  const lines = coverage.files.flatMap(({ file, covered, notCovered, ...sums }) => {
    const hits = [
      ...covered.flatMap((range) => linesOf(range).map((line) => [line, 1] as const)),
      ...notCovered.flatMap((range) => linesOf(range).map((line) => [line, 0] as const)),
    ].toSorted(([a], [b]) => a - b)
    return [
      'TN:',
      `SF:${file}`,
      ...hits.map(([line, count]) => `DA:${line},${count}`),
      `LF:${sums.lines}`,
      `LH:${sums.coveredLines}`,
      'end_of_record',
    ]
  })
  return lines.map((line) => `${line}\n`).join('')
}

function linesOf({ first, last }: LineRange): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}
