import type { ValidationAction } from '../bundle/bundle.ts'
import type { Host } from '../host/host.ts'
import { makeReport, reportDiagnostics, reportFault } from '../report/make-report.ts'
import type { Report, Verdict } from '../report/report.ts'
import type { TextOptions } from '../report/text.ts'
import type { Arguments, Command } from './command.ts'
import { EXIT, type ExitCode } from './exit-code.ts'
import { INPUT_OPTIONS } from './find-inputs.ts'
import { judgeInputs } from './judge-inputs.ts'
import { UNKNOWN_NAMESPACE } from './namespaces.ts'
import { DEFAULT_BUNDLE } from './open-bundle.ts'
import { packageVersion } from './package-file.ts'
import { openOutputs, REPORT_FORMATS, writeReports } from './report-outputs.ts'
import { CONTEXT_OPTIONS } from './request-context.ts'
import { SELECT_OPTIONS } from './select-bindings.ts'
import { findUnused } from './unused-exceptions.ts'
import { UsageError } from './usage-error.ts'
import { applyBaseline, BASELINE_OPTIONS, openBaseline } from './use-baseline.ts'
import { writeDiagnostics } from './write-diagnostics.ts'

const FAIL_ON: Readonly<Record<string, ValidationAction>> = {
  deny: 'Deny',
  warn: 'Warn',
  audit: 'Audit',
}

export const check: Command = {
  name: 'check',
  summary: 'Judge Kubernetes objects in files as the webhook would judge them.',
  operands: 'FILE|DIR|GLOB|- ...',
  maxOperands: Number.POSITIVE_INFINITY,
  options: [
    {
      name: 'bundle',
      value: 'FILE|DIR',
      summary: `the bundle to judge by; a folder is compiled in memory (default: the package's own, ${DEFAULT_BUNDLE})`,
    },
    {
      name: 'output',
      short: 'o',
      value: 'FORMAT[=FILE]',
      default: 'text',
      repeatable: true,
      summary: `${REPORT_FORMATS}; to stdout where no file is named`,
    },
    {
      name: 'fail-on',
      value: 'ACTION',
      choices: Object.keys(FAIL_ON),
      default: 'deny',
      summary: 'the mildest finding that ends in exit code 1: deny, warn or audit',
    },
    {
      name: 'quiet',
      short: 'q',
      summary: 'as text: only what fails, and no line of sums',
    },
    {
      name: 'verbose',
      short: 'v',
      summary: 'as text: also which bindings judged each object, and why the others did not',
    },
    ...INPUT_OPTIONS,
    ...SELECT_OPTIONS,
    ...CONTEXT_OPTIONS,
    {
      name: 'namespaces',
      value: 'FILE',
      summary: 'Namespaces with their labels, beside those among the inputs',
    },
    {
      name: 'unknown-namespace',
      value: 'HOW',
      choices: UNKNOWN_NAMESPACE,
      default: 'error',
      summary:
        'when a selector needs the labels of a Namespace nobody gave: error, skip the binding, or match it',
    },
    ...BASELINE_OPTIONS,
  ],
  examples: [
    ['portcullis check deploy/', 'every manifest below a folder'],
    ['helm template shop | portcullis check -', 'what a chart renders'],
    ['portcullis check --bundle team.tgz -o json deploy/ > report.json', 'for a program'],
    [
      'portcullis check -o text -o html=report.html -o sarif=report.sarif deploy/',
      'for several readers at once',
    ],
    ['portcullis check --changed-since origin/main deploy/', 'what a branch changes'],
    ['portcullis check --baseline known.json deploy/', 'only what is not known yet'],
  ],
  exitCodes: [
    [EXIT.clean, 'nothing is denied'],
    [EXIT.violations, 'something is denied; or warned of, or audited, where `--fail-on` says so'],
    [EXIT.failed, 'not everything could be judged, or nothing was there to judge'],
    [EXIT.internal, 'a bug of ours'],
  ],
  run: async (args, host) => {
    const detail = detailOf(args)
    const outputs = await openOutputs(args.values('output'), host)
    const baseline = await openBaseline(args, host)
    const judged = await judgeInputs(args, host)
    const { bundle, files, nothingToDo, fault } = judged
    const diagnostics = [...baseline.diagnostics, ...judged.diagnostics]
    const errors = [
      ...reportDiagnostics(diagnostics),
      ...(fault === undefined ? [] : [reportFault(fault.code.toLowerCase(), fault.message)]),
    ]
    const { objects } = judged
    const isEmpty = objects.length === 0 && errors.length === 0 && nothingToDo === undefined
    const isWhole = errors.length === 0 && objects.every((each) => each.errors.length === 0)
    const known = await applyBaseline(baseline, objects, isWhole && !isEmpty, host)
    const report = makeReport({
      version: await packageVersion(host.files),
      ...(bundle === undefined ? {} : { bundle }),
      failOn: FAIL_ON[args.value('fail-on') ?? ''] ?? 'Deny',
      now: host.now(),
      objects: known.objects,
      nothingToDo: nothingToDo !== undefined,
      errors: isEmpty ? [reportFault('no-objects', NO_OBJECTS)] : errors,
    })
    // Only a run that judged everything knows what no object needs.
    const judgedAll = isWhole && args.value('changed-since') === undefined
    await writeDiagnostics([...diagnostics, ...(judgedAll ? findUnused(report) : [])], host)
    await writeReports(report, outputs, { files, detail }, host)
    for (const line of known.told) await host.stderr.write(`portcullis: ${line}\n`)
    if (fault !== undefined) throw fault
    if (nothingToDo !== undefined) await host.stderr.write(`portcullis: ${nothingToDo}\n`)
    else await writeCures(report, host)
    return EXITS[report.verdict]
  },
}

const NO_OBJECTS = 'there is no Kubernetes object in the files given'

const EXITS: Readonly<Record<Verdict, ExitCode>> = {
  clean: EXIT.clean,
  violations: EXIT.violations,
  failed: EXIT.failed,
}

function detailOf(args: Arguments): TextOptions['detail'] {
  if (args.flag('quiet') && args.flag('verbose')) {
    throw new UsageError('`--quiet` and `--verbose` exclude each other')
  }
  return args.flag('quiet') ? 'quiet' : args.flag('verbose') ? 'verbose' : 'normal'
}

async function writeCures({ bundle, errors, summary }: Report, host: Host): Promise<void> {
  if (errors.some((each) => each.code === 'evaluation/unknown-namespace')) {
    await host.stderr.write(
      'help: give the Namespace with `--namespaces FILE`, or say with `--unknown-namespace skip|match` how to do without\n',
    )
  }
  if (bundle !== null && summary.resources === 0) {
    await host.stderr.write(`portcullis: ${NO_OBJECTS}\n`)
  }
}
