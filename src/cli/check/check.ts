import type { Host } from '../../host/host.ts'
import { makeReport, reportDiagnostics, reportFault } from '../../report/make-report.ts'
import type { Report } from '../../report/report.ts'
import type { Command } from '../command.ts'
import { EXIT } from '../exit-code.ts'
import { INPUT_OPTIONS } from '../inputs/find-inputs.ts'
import { judgeInputs } from './judge-inputs.ts'
import { NAMESPACE_OPTIONS } from '../inputs/namespace-options.ts'
import { packageVersion } from '../package-file.ts'
import { detailOf, failOnOf, REPORT_OPTIONS, VERDICT_EXITS } from '../outputs/report-options.ts'
import { openOutputs, writeReports } from '../outputs/report-outputs.ts'
import { CONTEXT_OPTIONS } from '../inputs/request-context.ts'
import { SELECT_OPTIONS } from '../inputs/select-bindings.ts'
import { findUnused } from './unused-exceptions.ts'
import { applyBaseline, BASELINE_OPTIONS, openBaseline } from './use-baseline.ts'
import { writeDiagnostics } from '../write-diagnostics.ts'

export const check: Command = {
  name: 'check',
  summary: 'Judge Kubernetes objects in files as the webhook would judge them.',
  operands: 'FILE|DIR|GLOB|- ...',
  maxOperands: Number.POSITIVE_INFINITY,
  options: [
    ...REPORT_OPTIONS,
    ...INPUT_OPTIONS,
    ...SELECT_OPTIONS,
    ...CONTEXT_OPTIONS,
    ...NAMESPACE_OPTIONS,
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
      failOn: failOnOf(args),
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
    return VERDICT_EXITS[report.verdict]
  },
}

const NO_OBJECTS = 'there is no Kubernetes object in the files given'

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
