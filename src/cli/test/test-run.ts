// `portcullis test`: what to run, what to write, and what it ends with.
import { hasErrors } from '../../diagnostic/diagnostic.ts'
import type { Style } from '../../diagnostic/paint.ts'
import type { Host } from '../../host/host.ts'
import type { Arguments } from '../command.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { BUNDLE_FOLDER } from '../build/open-bundle.ts'
import { openCompiler } from '../build/open-compiler.ts'
import { type OutputTarget, parseOutputs } from '../outputs/output-targets.ts'
import {
  type Coverage,
  renderCoverageJson,
  renderCoverageText,
  renderLcov,
  sumUpCoverage,
} from './test-coverage.ts'
import { TestFolderReader } from './test-folder.ts'
import { renderTestJunit } from './test-junit.ts'
import {
  COVERAGE_FORMATS,
  type CoverageFormat,
  TEST_FORMATS,
  type TestFormat,
} from './test-outputs.ts'
import { runOnChange } from '../run-on-change.ts'
import { compilePattern } from './test-pattern.ts'
import { makeTestReport, renderTestJson } from './test-report.ts'
import type { TestResult } from './test-result.ts'
import { type TestRun, TestSession } from './test-session.ts'
import { renderTestText } from './test-text.ts'
import { writeUpdates } from './test-updates.ts'
import { UsageError } from '../usage-error.ts'
import { wantsColor, writeDiagnostics } from '../write-diagnostics.ts'
import { writeOutput } from '../write-output.ts'

interface TestSettings {
  readonly directory: string
  readonly outputs: readonly OutputTarget<TestFormat>[]
  readonly coverage: readonly OutputTarget<CoverageFormat>[]
  readonly threshold: number | undefined
  readonly pattern:
    | { readonly text: string; readonly accepts: (name: string) => boolean }
    | undefined
  readonly isUpdate: boolean
}

export async function runTestCommand(args: Arguments, host: Host): Promise<ExitCode> {
  const settings = readSettings(args)
  const reader = new TestFolderReader(settings.directory, host)
  // What cannot be read is told before the compiler is loaded.
  await reader.read()
  const session = new TestSession(await openCompiler(), {
    coverage: settings.coverage.length > 0 || settings.threshold !== undefined,
    ...(settings.pattern === undefined ? {} : { pattern: settings.pattern }),
  })
  const runOnce = async (): Promise<ExitCode> => {
    const run = session.run(await reader.read(), host.now())
    const results = settings.isUpdate ? await writeUpdates(run, host) : run.results
    return report({ ...run, results }, settings, host)
  }
  return args.flag('watch') ? runOnChange(reader, runOnce, host) : runOnce()
}

function readSettings(args: Arguments): TestSettings {
  const text = args.value('run')
  const coverage = parseOutputs('--coverage', args.values('coverage'), COVERAGE_FORMATS)
  const outputs = parseOutputs('-o', args.values('output'), TEST_FORMATS)
  const stdout = outputs.find(({ file }) => file === undefined)
  const other = coverage.find(({ file, format }) => file === undefined && format !== 'text')
  if (other !== undefined && stdout !== undefined) {
    const way = `--coverage ${other.format}=FILE`
    throw new UsageError(`two outputs go to standard output: write \`${way}\``)
  }
  return {
    directory: args.positionals[0] ?? BUNDLE_FOLDER,
    outputs,
    coverage,
    threshold: readThreshold(args.value('coverage-threshold')),
    pattern: text === undefined ? undefined : { text, accepts: compilePattern(text) },
    isUpdate: args.flag('update'),
  }
}

function readThreshold(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const percent = /^\d{1,3}(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN
  if (percent <= 100) return percent
  throw new UsageError(`\`--coverage-threshold\` takes a number from 0 to 100, got \`${text}\``)
}

async function report(run: TestRun, settings: TestSettings, host: Host): Promise<ExitCode> {
  const { results, diagnostics } = run
  const coverage = run.coverage === undefined ? undefined : sumUpCoverage(run.coverage)
  await writeDiagnostics(diagnostics, host)
  const style = { color: wantsColor(host.stdout, host) }
  for (const target of settings.outputs) {
    await write(target.file, render(target.format, results, coverage, target, style), host)
  }
  if (coverage !== undefined) {
    for (const { file, format } of settings.coverage) {
      await write(file, renderCoverage(format, coverage), host)
    }
  }
  const { threshold } = settings
  const isBelow = threshold !== undefined && coverage !== undefined && coverage.percent < threshold
  if (isBelow) {
    const message = `${coverage.percent.toFixed(2)} % of the lines are covered, expected ${threshold} %`
    await host.stderr.write(`portcullis: ${message}\n`)
  }
  const hasRun = results.some(({ outcome }) => outcome !== 'skip')
  if (!hasRun && !hasErrors(diagnostics)) {
    const { directory, pattern } = settings
    const which = pattern === undefined ? 'there is no test' : `no test fits \`${pattern.text}\``
    await host.stderr.write(`portcullis: ${which} below \`${directory}\`\n`)
  }
  if (!hasRun || hasErrors(diagnostics) || has(results, 'error')) return EXIT.failed
  return has(results, 'fail') || isBelow ? EXIT.violations : EXIT.clean
}

function has(results: readonly TestResult[], outcome: TestResult['outcome']): boolean {
  return results.some((each) => each.outcome === outcome)
}

function render(
  format: TestFormat,
  results: readonly TestResult[],
  coverage: Coverage | undefined,
  { file }: OutputTarget<TestFormat>,
  style: Style,
): string {
  switch (format) {
    case 'text':
      return renderTestText(results, file === undefined ? style : { color: false })
    case 'json':
      return renderTestJson(makeTestReport(results, coverage))
    case 'junit':
      return renderTestJunit(results)
  }
}

function renderCoverage(format: CoverageFormat, coverage: Coverage): string {
  switch (format) {
    case 'text':
      return renderCoverageText(coverage)
    case 'json':
      return renderCoverageJson(coverage)
    case 'lcov':
      return renderLcov(coverage)
  }
}

async function write(file: string | undefined, text: string, host: Host): Promise<void> {
  if (file === undefined) await host.stdout.write(text)
  else await writeOutput(file, new TextEncoder().encode(text), host)
}
