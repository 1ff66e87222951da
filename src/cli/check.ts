import type { Bundle, ValidationAction } from '../bundle/bundle.ts'
import type { Operation } from '../bundle/match.ts'
import { type Diagnostic, hasErrors } from '../diagnostic/diagnostic.ts'
import { AppError } from '../errors.ts'
import type { Host } from '../host/host.ts'
import { makeReport, reportDiagnostics, reportFault, reportObject } from '../report/make-report.ts'
import type { Report, Verdict } from '../report/report.ts'
import type { TextOptions } from '../report/text.ts'
import type { Arguments, Command } from './command.ts'
import { EXIT, type ExitCode } from './exit-code.ts'
import { type Judged, judgeResources } from './judge-resources.ts'
import {
  lookupAmong,
  namespacesAmong,
  UNKNOWN_NAMESPACE,
  type UnknownNamespace,
} from './namespaces.ts'
import { DEFAULT_BUNDLE, openBundle } from './open-bundle.ts'
import { packageVersion } from './package-file.ts'
import { type Inputs, readFile, readInputs } from './read-inputs.ts'
import { openOutputs, REPORT_FORMATS, writeReports } from './report-outputs.ts'
import { UsageError } from './usage-error.ts'
import { writeDiagnostics } from './write-diagnostics.ts'

const OPERATIONS = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'] as const satisfies readonly Operation[]

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
    {
      name: 'operation',
      value: 'OPERATION',
      choices: OPERATIONS,
      default: 'CREATE',
      summary: 'what is done with the objects: CREATE, UPDATE, DELETE or CONNECT',
    },
    {
      name: 'namespace',
      short: 'n',
      value: 'NAME',
      summary: "the objects' namespace (default: their own, else `default`)",
    },
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
  ],
  examples: [
    ['portcullis check deploy/', 'every manifest below a folder'],
    ['helm template shop | portcullis check -', 'what a chart renders'],
    ['portcullis check --bundle team.tgz -o json deploy/ > report.json', 'for a program'],
    [
      'portcullis check -o text -o html=report.html -o sarif=report.sarif deploy/',
      'for several readers at once',
    ],
  ],
  exitCodes: [
    [EXIT.clean, 'nothing is denied'],
    [EXIT.violations, 'something is denied; or warned of, or audited, where `--fail-on` says so'],
    [EXIT.failed, 'not everything could be judged, or nothing was there to judge'],
    [EXIT.internal, 'a bug of ours'],
  ],
  run: async (args, host) => {
    if (args.positionals.length === 0) {
      throw new UsageError('nothing to check: give files, directories, globs or `-`')
    }
    const detail = detailOf(args)
    const outputs = await openOutputs(args.values('output'), host)
    const { bundle, judged, diagnostics, fault } = await judgeInputs(args, host)
    const errors = [
      ...reportDiagnostics(diagnostics),
      ...(fault === undefined ? [] : [reportFault(fault.code.toLowerCase(), fault.message)]),
    ]
    const isEmpty = judged.length === 0 && errors.length === 0
    const report = makeReport({
      version: await packageVersion(host.files),
      ...(bundle === undefined ? {} : { bundle }),
      failOn: FAIL_ON[args.value('fail-on') ?? ''] ?? 'Deny',
      objects: judged.map(reportObject),
      errors: isEmpty ? [reportFault('no-objects', NO_OBJECTS)] : errors,
    })
    await writeDiagnostics(diagnostics, host)
    const sources = [
      ...judged.map(({ resource }) => resource.file),
      ...diagnostics.flatMap(({ primary }) => (primary === undefined ? [] : [primary.file])),
    ]
    const files = new Map(sources.map((file) => [file.path, file]))
    await writeReports(report, outputs, { files, detail }, host)
    if (fault !== undefined) throw fault
    await writeCures(report, host)
    return EXITS[report.verdict]
  },
}

const NO_OBJECTS = 'there is no Kubernetes object in the files given'

const EXITS: Readonly<Record<Verdict, ExitCode>> = {
  clean: EXIT.clean,
  violations: EXIT.violations,
  failed: EXIT.failed,
}

/** How far a run came. */
interface CheckRun {
  readonly bundle?: Bundle
  readonly judged: readonly Judged[]
  readonly diagnostics: readonly Diagnostic[]
  /** What ended it before its time: it is told in every report, and then as ever. */
  readonly fault?: AppError
}

async function judgeInputs(args: Arguments, host: Host): Promise<CheckRun> {
  let run: CheckRun = { judged: [], diagnostics: [] }
  try {
    const { engine, diagnostics } = await openBundle(args.value('bundle'), host)
    run = { ...run, diagnostics }
    if (engine === undefined || hasErrors(diagnostics)) return run
    run = { ...run, bundle: engine.bundle }
    const namespaces = await readNamespaces(args.value('namespaces'), host)
    const inputs = await readInputs(args.positionals, host)
    const known = [...namespaces.resources, ...inputs.resources]
    const namespace = args.value('namespace')
    const judged = judgeResources(engine, inputs.resources, {
      operation: args.value('operation') as Operation,
      ...(namespace === undefined ? {} : { namespace }),
      namespaces: lookupAmong(
        namespacesAmong(known),
        args.value('unknown-namespace') as UnknownNamespace,
      ),
      now: host.now(),
    })
    return {
      ...run,
      judged,
      diagnostics: [...diagnostics, ...namespaces.diagnostics, ...inputs.diagnostics],
    }
  } catch (error) {
    if (error instanceof AppError && !(error instanceof UsageError)) return { ...run, fault: error }
    throw error
  }
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

async function readNamespaces(path: string | undefined, host: Host): Promise<Inputs> {
  return path === undefined ? { resources: [], diagnostics: [] } : readFile(path, host)
}
