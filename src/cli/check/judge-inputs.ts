// All that `check` does before it reports: from its arguments to what is said of every object. Files come first, so that threads
// start while all that judging takes is loaded here too, and the bundle read.
import type { Bundle } from '../../bundle/bundle.ts'
import { type Diagnostic, hasErrors } from '../../diagnostic/diagnostic.ts'
import { AppError } from '../../errors.ts'
import type { Host } from '../../host/host.ts'
import type { Engine } from '../../policy/engine.ts'
import type { ObjectReport } from '../../report/make-report.ts'
import type { SourceFile } from '../../source/source-file.ts'
import type { Arguments } from '../command.ts'
import { findInputs, type FoundInputs } from '../inputs/find-inputs.ts'
import type { JudgedFile, JudgeSettings } from './judge-file.ts'
import { type JudgePool, openJudgePool } from './judge-pool.ts'
import type { UnknownNamespace } from '../../kubernetes/namespaces-among.ts'
import { indexOldObjects } from '../inputs/old-objects.ts'
import { openBundle } from '../build/open-bundle.ts'
import { createProgress } from '../progress.ts'
import type { Inputs } from '../inputs/read-inputs.ts'
import { readContext } from '../inputs/request-context.ts'
import { scanInputs, type ScannedInputs } from '../inputs/scan-inputs.ts'
import { selectBindings } from '../inputs/select-bindings.ts'
import { UsageError } from '../usage-error.ts'

/** How far a run came. */
export interface JudgedInputs {
  /** With the bindings that were to judge. */
  readonly bundle?: Bundle
  readonly objects: readonly ObjectReport[]
  readonly diagnostics: readonly Diagnostic[]
  /** Files in which there is something to show, by path. */
  readonly files: ReadonlyMap<string, SourceFile>
  /** Set where no file has changed, so that there was nothing to judge: says so. */
  readonly nothingToDo?: string
  /** What ended it before its time. */
  readonly fault?: AppError
}

/** @throws {UsageError} */
export async function judgeInputs(args: Arguments, host: Host): Promise<JudgedInputs> {
  let run: JudgedInputs = { objects: [], diagnostics: [], files: new Map() }
  // What is wrong with the bundle is still told first.
  const inputs = await settle(openInputs(args, host))
  try {
    const { engine: whole, diagnostics } = await openBundle(args.value('bundle'), host)
    run = { ...run, diagnostics }
    if (whole === undefined || hasErrors(diagnostics)) return run
    const engine = selectBindings(whole, args.values('binding'), args.values('policy'))
    run = { ...run, bundle: engine.bundle }
    const request = readContext(args, engine.bundle)
    const { readNamespaces, readOldObjects } = await import('../inputs/given-objects.ts')
    const given = await readNamespaces(args.value('namespaces'), host)
    const old = await readOldObjects(args.values('old'), host)
    const twice = indexOldObjects(old.resources, request.namespace).diagnostics
    if (inputs.value === undefined) throw inputs.error
    const { found, scanned } = inputs.value
    const judged = await judgeFiles(engine, inputs.value, old.resources, host, {
      request,
      namespaces: [...given.namespaces, ...scanned.namespaces],
      unknownNamespace: args.value('unknown-namespace') as UnknownNamespace,
      now: host.now(),
    })
    const read = [...given.diagnostics, ...old.diagnostics, ...twice, ...scanned.diagnostics]
    run = { ...run, ...collect(judged, [...diagnostics, ...read]) }
    if (found.judged.length > 0) return run
    const since = `\`${args.value('changed-since') ?? ''}\``
    const files = `none of ${found.unchanged.length} files has changed since ${since}`
    return { ...run, nothingToDo: `nothing to judge: ${files}` }
  } catch (error) {
    if (error instanceof AppError && !(error instanceof UsageError)) return { ...run, fault: error }
    throw error
  } finally {
    inputs.value?.pool.stop()
  }
}

interface OpenedInputs {
  readonly found: FoundInputs
  readonly scanned: ScannedInputs
  readonly pool: JudgePool
}

async function openInputs(args: Arguments, host: Host): Promise<OpenedInputs> {
  const found = await findInputs(args, host)
  const scanned = await scanInputs(found, host)
  return { found, scanned, pool: openJudgePool(scanned.files) }
}

/** What a promise came to, to be thrown later where it failed. */
async function settle<T>(
  promise: Promise<T>,
): Promise<{ readonly value: T } | { readonly value?: undefined; readonly error: unknown }> {
  try {
    return { value: await promise }
  } catch (error) {
    return { error }
  }
}

function collect(
  judged: readonly JudgedFile[],
  faults: readonly Diagnostic[],
): Pick<JudgedInputs, 'objects' | 'diagnostics' | 'files'> {
  const diagnostics = [...faults, ...judged.flatMap((each) => each.diagnostics)]
  const shown = [
    ...judged.flatMap(({ file }) => (file === undefined ? [] : [file])),
    ...diagnostics.flatMap(({ primary }) => (primary === undefined ? [] : [primary.file])),
  ]
  return {
    objects: judged.flatMap((each) => each.objects),
    diagnostics,
    files: new Map(shown.map((file) => [file.path, file])),
  }
}

async function judgeFiles(
  engine: Engine,
  { scanned, pool }: OpenedInputs,
  oldObjects: Inputs['resources'],
  host: Host,
  settings: JudgeSettings,
): Promise<readonly JudgedFile[]> {
  const progress = createProgress('files', host)
  let done = 0
  const onJudged = (count: number): void => {
    done += count
    progress.show(done, scanned.files.length)
  }
  try {
    const { bundle, compiled } = engine
    const oldFiles = [...new Set(oldObjects.map(({ file }) => file))]
    const { createFileJudge } = await import('./judge-file.ts')
    const judgeFile = createFileJudge(engine, settings, oldObjects)
    return await pool.judge({ bundle, compiled, settings, oldFiles }, judgeFile, onJudged)
  } finally {
    await progress.end()
  }
}
