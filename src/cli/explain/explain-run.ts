// `portcullis explain`: one object, one binding, and what its Rego made of it.
import type { Binding, Bundle } from '../../bundle/bundle.ts'
import { nodeAt } from '../../bundle/place.ts'
import { parseBundleFile } from '../../bundle/parse-bundle-file.ts'
import type { Compiler } from '../../compiler/compiler.ts'
import type { Explanation } from '../../compiler/explanation.ts'
import { type Diagnostic, diagnostic, hasErrors, type Label } from '../../diagnostic/diagnostic.ts'
import type { Host } from '../../host/host.ts'
import { describeResource, type Resource } from '../../kubernetes/resource.ts'
import { toReview } from '../../kubernetes/to-review.ts'
import { DEFAULT_ENGINE_OPTIONS } from '../../policy/engine-options.ts'
import { loadEngine } from '../../policy/engine.ts'
import { judge } from '../../policy/judge.ts'
import { isNamespace } from '../../policy/match.ts'
import type { Outcome } from '../../policy/outcome.ts'
import type { NamespaceLookup, Review } from '../../policy/review.ts'
import type { SourceFile } from '../../source/source-file.ts'
import { locate } from '../../yaml/locate.ts'
import { readOneDocument } from '../../yaml/read-one-document.ts'
import type { Arguments } from '../command.ts'
import { type CompiledPolicies, compilePolicies } from '../build/compile-policies.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { renderExplainJson } from './explain-json.ts'
import { renderExplainText } from './explain-text.ts'
import { kindOf } from '../list-files.ts'
import { readNamespaces, readOldObjects } from '../inputs/given-objects.ts'
import {
  lookupAmong,
  namespacesAmong,
  type UnknownNamespace,
} from '../../kubernetes/namespaces-among.ts'
import { indexOldObjects, versionFault } from '../inputs/old-objects.ts'
import { BUNDLE_FOLDER } from '../build/open-bundle.ts'
import { openCompiler } from '../build/open-compiler.ts'
import { didYouMean } from '../parse-arguments.ts'
import { policyInput } from '../build/policy-input.ts'
import { isBundleSource, readFolder } from '../build/read-folder.ts'
import { readFile } from '../inputs/read-inputs.ts'
import { readContext } from '../inputs/request-context.ts'
import { InputError, UsageError } from '../usage-error.ts'
import { wantsColor, writeDiagnostics } from '../write-diagnostics.ts'

export interface Explained {
  readonly resource: Resource
  readonly binding: Binding
  readonly outcome: Outcome & { readonly kind: 'evaluated' | 'skipped' }
  /** Where bundle.yaml says why, for a binding that is skipped. */
  readonly matchLabel?: Label
  /** Of what was evaluated. */
  readonly explanation?: Explanation
}

export async function runExplain(args: Arguments, host: Host): Promise<ExitCode> {
  const [path] = args.positionals
  const name = args.value('binding')
  if (path === undefined) throw new UsageError('nothing to explain: give a file, or `-`')
  if (name === undefined) throw new UsageError('`--binding NAME` says which binding to explain')
  const inputs = await readFile(path, host)
  const given = await readNamespaces(args.value('namespaces'), host)
  const before = await readOldObjects(args.values('old'), host)
  const diagnostics = [...inputs.diagnostics, ...given.diagnostics, ...before.diagnostics]
  if (hasErrors(diagnostics)) return fail(diagnostics, host)
  const resource = selectObject(inputs.resources, args.value('object'), path)

  const folder = args.value('bundle') ?? BUNDLE_FOLDER
  if ((await kindOf(folder, host)) === 'file') {
    throw new InputError(
      `\`${folder}\` holds compiled policies and no Rego: give the folder that it was built from, \`--bundle DIR\``,
    )
  }
  const sources = await readFolder(folder, isBundleSource, host)
  if (hasErrors(sources.diagnostics)) return fail(sources.diagnostics, host)
  const compiler = await openCompiler()
  const compiled = compilePolicies({ directory: folder, files: sources.files }, compiler)
  const found = findBinding(compiled, folder, name)
  if (found.bundle === undefined) return fail(found.diagnostics, host)

  const context = readContext(args, found.bundle)
  const old = indexOldObjects(before.resources, context.namespace)
  const oldObject = old.find(resource)
  const fault = oldObject === undefined ? undefined : versionFault(resource, oldObject)
  const faults = [...old.diagnostics, ...(fault === undefined ? [] : [fault])]
  if (hasErrors(faults)) return fail(faults, host)
  const review = toReview(resource, {
    ...context,
    operation: context.operation ?? (oldObject === undefined ? 'CREATE' : 'UPDATE'),
    ...(oldObject === undefined ? {} : { oldObject }),
  })
  const namespaces = lookupAmong(
    [...given.namespaces, ...namespacesAmong(inputs.resources)],
    args.value('unknown-namespace') as UnknownNamespace,
  )
  const setting = { compiled, compiler, bundle: found.bundle, review, namespaces, now: host.now() }
  const explained = explainReview(setting, resource)
  if (explained.result === undefined) return fail(explained.diagnostics, host)
  await host.stdout.write(
    args.value('output') === 'json'
      ? renderExplainJson(explained.result)
      : renderExplainText(explained.result, { color: wantsColor(host.stdout, host) }),
  )
  return EXIT.clean
}

async function fail(diagnostics: readonly Diagnostic[], host: Host): Promise<ExitCode> {
  await writeDiagnostics(diagnostics, host)
  return EXIT.failed
}

/** @throws {UsageError} unless exactly one object is meant. */
function selectObject(
  resources: readonly Resource[],
  wanted: string | undefined,
  path: string,
): Resource {
  const fitting = wanted === undefined ? resources : resources.filter((each) => fits(each, wanted))
  const [resource, second] = fitting
  if (resource !== undefined && second === undefined) return resource
  const [number, which] =
    wanted === undefined ? [resources.length, ''] : [fitting.length, ` that are \`${wanted}\``]
  const names = (fitting.length > 0 ? fitting : resources)
    .slice(0, 8)
    .map((each) => `\`${idOf(each)}\``)
  const cure = names.length === 0 ? '' : `: take one with \`--object\`, ${names.join(', ')}`
  throw new UsageError(`\`${path}\` holds ${number} objects${which}${cure}`)
}

function fits(resource: Resource, wanted: string): boolean {
  return idOf(resource).toLowerCase() === wanted.toLowerCase()
}

function idOf({ kind, name }: Resource): string {
  return `${kind}/${name}`
}

function findBinding(
  compiled: CompiledPolicies,
  folder: string,
  name: string,
): { bundle?: Bundle; diagnostics: readonly Diagnostic[] } {
  const { bundleFile, wasm } = compiled
  if (bundleFile === undefined) {
    const message = `the directory \`${folder}\` has no \`bundle.yaml\``
    return { diagnostics: [...compiled.diagnostics, diagnostic('bundle/missing-file', message)] }
  }
  const parsed = parseBundleFile(bundleFile, compiled.policies)
  const diagnostics = [...compiled.diagnostics, ...parsed.diagnostics]
  if (hasErrors(diagnostics) || parsed.bundle === undefined || wasm === undefined) {
    return { diagnostics }
  }
  const binding = parsed.bundle.bindings.find((each) => each.name === name)
  if (binding === undefined) {
    const names = parsed.bundle.bindings.map((each) => each.name)
    const cure = didYouMean(name, names) || `, there are ${names.join(', ')}`
    throw new UsageError(`there is no binding \`${name}\`${cure}`)
  }
  const { name: title, exceptions } = parsed.bundle
  const bundle: Bundle = {
    name: title,
    revision: '',
    digest: '',
    policies: [binding.policy],
    bindings: [binding],
    exceptions,
    wasm,
    data: compiled.data,
  }
  return { bundle, diagnostics: [] }
}

interface Setting {
  readonly compiled: CompiledPolicies
  readonly compiler: Compiler
  readonly bundle: Bundle
  readonly review: Review
  readonly namespaces: NamespaceLookup
  readonly now: Date
}

/** The verdict is the engine's, as everywhere; only its reasons come from OPA's interpreter. */
function explainReview(
  { compiled, compiler, bundle, review, namespaces, now }: Setting,
  resource: Resource,
): { result?: Explained; diagnostics: readonly Diagnostic[] } {
  const { engine, diagnostics } = loadEngine(bundle, DEFAULT_ENGINE_OPTIONS)
  if (engine === undefined || hasErrors(diagnostics)) return { diagnostics }
  const [outcome] = judge(engine, review, namespaces, now)
  if (outcome === undefined) throw new Error('bug: no outcome for a binding, please report')
  const { binding } = outcome
  if (outcome.kind === 'failed') {
    throw new InputError(`${describeResource(resource)} cannot be judged: ${outcome.error.message}`)
  }
  if (outcome.kind === 'skipped') {
    const matchLabel = findMatch(compiled.bundleFile, outcome)
    return {
      result: { resource, binding, outcome, ...(matchLabel === undefined ? {} : { matchLabel }) },
      diagnostics: [],
    }
  }
  const { request } = review
  const answer =
    request.namespace === '' || isNamespace(request) ? undefined : namespaces(request.namespace)
  const told = compiler.explain({
    sources: compiled.rego,
    data: compiled.data,
    now,
    query: `data.${binding.policy.entrypoint.replaceAll('/', '.')}`,
    inputJson: policyInput(
      review.bytes,
      binding.parameters,
      answer?.kind === 'found' ? answer.object : undefined,
    ),
  })
  if (told.error !== undefined) {
    throw new InputError(`OPA's interpreter could not evaluate the policy: ${told.error}`)
  }
  if (told.explanation === undefined) return { diagnostics: told.diagnostics }
  return { result: { resource, binding, outcome, explanation: told.explanation }, diagnostics: [] }
}

/** Keys of a match by the reason that they are for. */
const MATCH_KEYS: Readonly<Record<string, readonly string[]>> = {
  resource: ['resourceRules'],
  operation: ['operations', 'resourceRules'],
  namespace: ['namespaces'],
  'namespace-selector': ['namespaceSelector'],
  'object-selector': ['objectSelector'],
  user: ['users', 'groups'],
  excluded: ['excludedNamespaces', 'excludeResourceRules'],
}

/** Where bundle.yaml has what a binding is skipped for, or at least the binding. */
function findMatch(
  file: SourceFile | undefined,
  { binding, reason }: Outcome & { readonly kind: 'skipped' },
): Label | undefined {
  if (file === undefined) return undefined
  const code = 'bundle/syntax'
  const root = readOneDocument(file, { empty: code, second: code, name: 'the bundle' }).document
    ?.root
  if (root === undefined) return undefined
  const list = nodeAt(root, ['spec', 'bindings'])
  const index = list?.items?.findIndex((each) => each.entries?.get('name')?.scalar === binding.name)
  if (index === undefined || index < 0) return undefined
  const at = ['spec', 'bindings', index]
  const key = MATCH_KEYS[reason]?.find((each) => nodeAt(root, [...at, 'match', each]) !== undefined)
  const path = key === undefined ? [...at, 'policy'] : [...at, 'match', key]
  return { file, span: locate(root, path).span }
}
