import type { Bundle } from '../bundle/bundle.ts'
import type { Operation } from '../bundle/match.ts'
import { hasErrors } from '../diagnostic/diagnostic.ts'
import type { Host } from '../host/host.ts'
import type { SkipReason } from '../policy/outcome.ts'
import { renderJson } from '../report/json.ts'
import { makeReport, type Report } from '../report/report.ts'
import { renderText } from '../report/text.ts'
import type { Command } from './command.ts'
import { EXIT, type ExitCode } from './exit-code.ts'
import { type Judged, judgeResources } from './judge-resources.ts'
import {
  lookupAmong,
  namespacesAmong,
  UNKNOWN_NAMESPACE,
  type UnknownNamespace,
} from './namespaces.ts'
import { DEFAULT_BUNDLE, openBundle } from './open-bundle.ts'
import { type Inputs, readFile, readInputs } from './read-inputs.ts'
import { UsageError } from './usage-error.ts'
import { wantsColor, writeDiagnostics } from './write-diagnostics.ts'

const OPERATIONS = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'] as const satisfies readonly Operation[]
const OUTPUTS = ['text', 'json'] as const

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
      value: 'FORMAT',
      choices: OUTPUTS,
      default: 'text',
      summary: 'what goes to stdout',
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
  ],
  exitCodes: [
    [EXIT.clean, 'nothing is denied'],
    [EXIT.violations, 'something is denied'],
    [EXIT.failed, 'not everything could be judged, or nothing was there to judge'],
    [EXIT.internal, 'a bug of ours'],
  ],
  run: async (args, host) => {
    if (args.positionals.length === 0) {
      throw new UsageError('nothing to check: give files, directories, globs or `-`')
    }
    const { engine, diagnostics } = await openBundle(args.value('bundle'), host)
    if (engine === undefined || hasErrors(diagnostics)) {
      await writeDiagnostics(diagnostics, host)
      return EXIT.failed
    }
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
    const faults = [...diagnostics, ...namespaces.diagnostics, ...inputs.diagnostics]
    const report = makeReport({ bundle: engine.bundle, judged, diagnostics: faults })
    await writeDiagnostics(faults, host)
    await host.stdout.write(
      args.value('output') === 'json'
        ? renderJson(report)
        : renderForPerson(report, engine.bundle, judged, wantsColor(host.stdout, host)),
    )
    await writeCures(report, host)
    return exitCode(report)
  },
}

/** Diagnostics have gone to stderr with their cures, so only what no diagnostic tells is left. */
function renderForPerson(
  report: Report,
  bundle: Bundle,
  judged: readonly Judged[],
  color: boolean,
): string {
  const errors = report.errors.filter((each) => each.code.startsWith('evaluation/'))
  const files = new Map(judged.map(({ resource: { file } }) => [file.path, file]))
  const skips = new Map<SkipReason, number>()
  for (const { outcomes } of judged) {
    for (const outcome of outcomes) {
      if (outcome.kind !== 'skipped') continue
      skips.set(outcome.reason, (skips.get(outcome.reason) ?? 0) + 1)
    }
  }
  return renderText({ ...report, errors }, { files, bundle, skips, color })
}

async function writeCures({ errors, summary }: Report, host: Host): Promise<void> {
  if (errors.some((each) => each.code === 'evaluation/unknown-namespace')) {
    await host.stderr.write(
      'help: give the Namespace with `--namespaces FILE`, or say with `--unknown-namespace skip|match` how to do without\n',
    )
  }
  if (summary.resources === 0) {
    await host.stderr.write('portcullis: there is no Kubernetes object in the files given\n')
  }
}

/** Nothing is falsely green: what could not be judged weighs more than what was denied. */
function exitCode({ summary }: Report): ExitCode {
  if (summary.errors > 0 || summary.resources === 0) return EXIT.failed
  return summary.deny > 0 ? EXIT.violations : EXIT.clean
}

async function readNamespaces(path: string | undefined, host: Host): Promise<Inputs> {
  return path === undefined ? { resources: [], diagnostics: [] } : readFile(path, host)
}
