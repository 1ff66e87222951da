// `portcullis bench`: what to measure, what to compare with, and what it ends with.
import { hasErrors } from '../../diagnostic/diagnostic.ts'
import type { Host } from '../../host/host.ts'
import { DEFAULT_ENGINE_OPTIONS } from '../../policy/engine-options.ts'
import { decodeUtf8 } from '../../yaml/decode-utf8.ts'
import { type Benchmark, readBenchmark, renderBenchmark } from './bench-file.ts'
import { measure, RUNS } from './bench-measure.ts'
import { compareBenchmarks, renderBench } from './bench-text.ts'
import type { Arguments } from '../command.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { openBundle } from '../build/open-bundle.ts'
import { readBytes } from '../inputs/expand-operands.ts'
import { readInputs } from '../inputs/read-inputs.ts'
import { InputError, UsageError } from '../usage-error.ts'
import { wantsColor, writeDiagnostics } from '../write-diagnostics.ts'
import { writeOutput } from '../write-output.ts'

/** A binding that is run several times takes no more than its own budget each time. */
const OPTIONS = {
  ...DEFAULT_ENGINE_OPTIONS,
  fuelPerReview:
    DEFAULT_ENGINE_OPTIONS.fuelPerReview + RUNS * DEFAULT_ENGINE_OPTIONS.fuelPerBinding,
}

export async function runBench(args: Arguments, host: Host): Promise<ExitCode> {
  if (args.positionals.length === 0) {
    throw new UsageError('nothing to measure: give files, directories, globs or `-`')
  }
  const threshold = readThreshold(args.value('threshold') ?? '')
  const before = await openComparison(args.value('compare'), host)
  const { engine, diagnostics } = await openBundle(args.value('bundle'), host, OPTIONS)
  const inputs = await readInputs(args.positionals, host)
  const faults = [...before.diagnostics, ...diagnostics, ...inputs.diagnostics]
  await writeDiagnostics(faults, host)
  if (engine === undefined || hasErrors(faults)) return EXIT.failed
  const { benchmark, failures } = measure(engine, inputs.resources, host.now())
  for (const message of failures) await host.stderr.write(`portcullis: ${message}\n`)
  if (failures.length > 0) return EXIT.failed
  if (benchmark.bindings.every(({ objects }) => objects === 0)) {
    throw new InputError('no binding judges any of the objects')
  }
  if (
    before.benchmark !== undefined &&
    before.benchmark.objects.digest !== benchmark.objects.digest
  ) {
    const path = args.value('compare') ?? ''
    throw new InputError(`\`${path}\` was measured on other objects: write it anew with \`--save\``)
  }
  const comparison = compareBenchmarks(benchmark, before.benchmark, threshold)
  const style = { color: wantsColor(host.stdout, host) }
  await host.stdout.write(renderBench(benchmark, comparison, style))
  const target = args.value('save')
  if (target !== undefined) {
    await writeOutput(target, new TextEncoder().encode(renderBenchmark(benchmark)), host)
  }
  return comparison?.some(({ isPast }) => isPast) === true ? EXIT.violations : EXIT.clean
}

function readThreshold(text: string): number {
  if (/^\d{1,6}(?:\.\d+)?$/.test(text)) return Number(text)
  throw new UsageError(`\`--threshold\` takes a number of percent, got \`${text}\``)
}

async function openComparison(
  path: string | undefined,
  host: Host,
): Promise<{
  benchmark?: Benchmark
  diagnostics: ReturnType<typeof readBenchmark>['diagnostics']
}> {
  if (path === undefined) return { diagnostics: [] }
  const { file, diagnostics } = decodeUtf8(await readBytes(path, host), path)
  return file === undefined ? { diagnostics } : readBenchmark(file)
}
