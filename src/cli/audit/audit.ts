import type { Cluster } from '../../cluster/open-cluster.ts'
import { type Diagnostic, hasErrors } from '../../diagnostic/diagnostic.ts'
import { AppError } from '../../errors.ts'
import type { Host } from '../../host/host.ts'
import type { Engine } from '../../policy/engine.ts'
import { makeReport, reportDiagnostics, reportFault } from '../../report/make-report.ts'
import type { Report } from '../../report/report.ts'
import type { Audit } from './audit-cluster.ts'
import type { Command } from '../command.ts'
import { counted } from '../counted.ts'
import { EXIT } from '../exit-code.ts'
import { openBundle } from '../build/open-bundle.ts'
import { packageVersion } from '../package-file.ts'
import { detailOf, failOnOf, REPORT_OPTIONS, VERDICT_EXITS } from '../outputs/report-options.ts'
import { openOutputs, writeReports } from '../outputs/report-outputs.ts'
import { parseShard, type Shard } from './shard.ts'
import { findUnused } from '../check/unused-exceptions.ts'
import { UsageError } from '../usage-error.ts'
import { writeDiagnostics } from '../write-diagnostics.ts'
import type { PolicyReports } from './write-policy-reports.ts'

export const audit: Command = {
  name: 'audit',
  summary:
    'Judge the objects in a cluster as the webhook would judge them if they were created now.',
  operands: '',
  maxOperands: 0,
  options: [
    {
      name: 'kubeconfig',
      value: 'FILE',
      summary:
        'the cluster (default: as kubectl, `KUBECONFIG` or `~/.kube/config`; in a pod its service account)',
    },
    {
      name: 'context',
      value: 'NAME',
      summary: 'the context of the kubeconfig (default: its current one)',
    },
    ...REPORT_OPTIONS,
    {
      name: 'policy-reports',
      summary:
        'also write the findings into the cluster, as OpenReports or wgpolicyk8s.io PolicyReports, and remove stale ones',
    },
    {
      name: 'shard',
      value: 'I/N',
      summary:
        'judge only one of N parts of the objects, counted from 0: `$(JOB_COMPLETION_INDEX)/N` in an Indexed Job',
    },
  ],
  examples: [
    ['portcullis audit --context production', 'what is in a cluster and would be denied today'],
    ['portcullis audit -o json -o html=report.html > report.json', 'for several readers at once'],
    ['portcullis audit -q --policy-reports', 'for a dashboard in the cluster, as a CronJob does'],
    ['portcullis audit --shard 0/4 -o json', 'a quarter of the objects'],
  ],
  exitCodes: [
    [EXIT.clean, 'nothing is denied'],
    [EXIT.violations, 'something is denied; or warned of, or audited, where `--fail-on` says so'],
    [EXIT.failed, 'not everything could be read and judged, or nothing was there to judge'],
    [EXIT.internal, 'a bug of ours'],
  ],
  run: async (args, host) => {
    const detail = detailOf(args)
    const shard = parseShard(args.value('shard'))
    const outputs = await openOutputs(args.values('output'), host)
    let diagnostics: readonly Diagnostic[] = []
    let engine: Engine | undefined
    let cluster: Cluster | undefined
    let found: Audit = { objects: [], errors: [], listed: 0 }
    let fault: AppError | undefined
    let policyReports: PolicyReports | undefined
    try {
      const opened = await openBundle(args.value('bundle'), host)
      diagnostics = opened.diagnostics
      if (!hasErrors(diagnostics)) engine = opened.engine
      const { openCluster } = await import('../../cluster/open-cluster.ts')
      const { patient } = await import('../../cluster/patient-cluster.ts')
      const { auditCluster } = await import('./audit-cluster.ts')
      cluster = patient(await openCluster(args.value('kubeconfig'), args.value('context')))
      if (args.flag('policy-reports')) {
        // Before the work, which is long: the cluster may not serve them.
        const { openPolicyReports } = await import('./write-policy-reports.ts')
        policyReports = await openPolicyReports(cluster)
      }
      if (engine !== undefined) found = await auditCluster(cluster, engine, shard, host)
    } catch (error) {
      if (!(error instanceof AppError) || error instanceof UsageError) throw error
      fault = error
    }
    const errors = [
      ...reportDiagnostics(diagnostics),
      ...found.errors,
      ...(fault === undefined ? [] : [reportFault(fault.code.toLowerCase(), fault.message)]),
    ]
    const isEmpty = found.listed === 0 && errors.length === 0
    const report = makeReport({
      version: await packageVersion(host.files),
      ...(cluster === undefined ? {} : { cluster: { server: cluster.server } }),
      ...(engine === undefined ? {} : { bundle: engine.bundle }),
      failOn: failOnOf(args),
      now: host.now(),
      objects: found.objects,
      // Another shard has them.
      nothingToDo: found.objects.length === 0 && found.listed > 0,
      errors: isEmpty ? [reportFault('no-objects', NO_OBJECTS)] : errors,
    })
    // Only a run that judged everything knows what no object needs.
    const isWhole = report.summary.errors === 0 && shard.count === 1
    await writeDiagnostics([...diagnostics, ...(isWhole ? findUnused(report) : [])], host)
    await writeReports(report, outputs, { files: new Map(), detail }, host)
    await tellFaults(report, host)
    if (policyReports !== undefined) await writePolicyReports(policyReports, report, shard, host)
    if (found.objects.length === 0 && found.listed > 0) {
      await host.stderr.write(
        `portcullis: none of ${found.listed} objects is in shard ${shard.index}/${shard.count}\n`,
      )
    }
    return VERDICT_EXITS[report.verdict]
  },
}

const NO_OBJECTS = 'there is no object in the cluster that a binding could be about'

/**
 * A run that could not read everything writes nothing: it would take back what an earlier one found.
 *
 * @throws ClusterError
 */
async function writePolicyReports(
  policyReports: PolicyReports,
  report: Report,
  shard: Shard,
  host: Host,
): Promise<void> {
  if (report.errors.some(({ code }) => !code.startsWith('evaluation/'))) {
    await host.stderr.write('portcullis: no policy report is written: not everything was read\n')
    return
  }
  const count = await policyReports.write(report, shard, host.now())
  await host.stderr.write(`portcullis: ${counted(count, 'policy report')} written\n`)
}

/** Diagnostics have been told, and what could not be evaluated is in the report. */
async function tellFaults({ errors }: Report, host: Host): Promise<void> {
  for (const { code, message } of errors) {
    if (code.startsWith('job/')) await host.stderr.write(`portcullis: ${message}\n`)
  }
}
