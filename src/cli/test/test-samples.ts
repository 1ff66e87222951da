// Samples: objects beside a policy, each with the verdict as the first word of its file's name.
import { posix } from 'node:path'
import type { Binding, JsonObject } from '../../bundle/bundle.ts'
import { checkParameters } from '../../bundle/check-parameters.ts'
import type { KnownPolicy } from '../../bundle/parse-bindings.ts'
import { nodeAt, type Place } from '../../bundle/place.ts'
import { type Diagnostic, diagnostic } from '../../diagnostic/diagnostic.ts'
import { readResourceNode } from '../../kubernetes/read-resources.ts'
import type { Resource } from '../../kubernetes/resource.ts'
import { toReview } from '../../kubernetes/to-review.ts'
import type { SourceFile } from '../../source/source-file.ts'
import { groupBy } from '../../report/group-by.ts'
import { readOneDocument } from '../../yaml/read-one-document.ts'
import { mapNode, toValue, type YamlNode } from '../../yaml/yaml-node.ts'
import { pathBelow } from '../path-below.ts'
import { judgeAll, type Trial } from './test-judge.ts'

export interface Sample {
  /** `host-network` */
  readonly policy: string
  /** The file's path below the policy's folder, `samples/denied-pod.yaml`. */
  readonly name: string
  readonly expected: 'allowed' | 'denied'
  readonly resource: Resource
  readonly trial: Trial
}

/** Says whether a path below a folder of policies is a sample, or the parameters of samples. */
export function isSamplePath(path: string): boolean {
  return ownerOf(path) !== undefined && /(?:^|\/)[^/.][^/]*\.(?:yaml|yml|json)$/.test(path)
}

/** The folder that has the samples among which a path lies. */
function ownerOf(path: string): string | undefined {
  return /^(?:(.*?)\/)?samples\//
    .exec(path)
    ?.slice(1)
    .map((folder) => folder ?? '')[0]
}

const PARAMETERS = /(?:^|\/)parameters\.(?:yaml|yml|json)$/

/** Reads the samples of the policies that are known, with every fault in them. */
export function readSamples(
  directory: string,
  files: readonly SourceFile[],
  policies: ReadonlyMap<string, KnownPolicy | undefined>,
): { samples: readonly Sample[]; diagnostics: readonly Diagnostic[] } {
  const samples: Sample[] = []
  const diagnostics: Diagnostic[] = []
  const byPolicy = groupBy(files, (file) => ownerOf(pathBelow(directory, file.path)) ?? '')
  for (const [folder, own] of byPolicy) {
    if (!policies.has(folder)) {
      diagnostics.push(noPolicy(folder, own))
      continue
    }
    const known = policies.get(folder)
    // A policy with faults of its own has been told of.
    if (known?.policy === undefined) continue
    const reader = new SampleReader(known, directory)
    const common = own.filter((file) => PARAMETERS.test(file.path))
    for (const file of common) reader.readCommon(file)
    for (const file of own) if (!common.includes(file)) samples.push(...reader.read(file))
    diagnostics.push(...reader.diagnostics)
  }
  return { samples, diagnostics }
}

function noPolicy(folder: string, files: readonly SourceFile[]): Diagnostic {
  const name = folder === '' ? '<name>' : folder
  const message = `samples without a policy: there is no \`${name}/policy.rego\` for them`
  const [file] = files
  return diagnostic(
    'test/invalid-sample',
    message,
    file === undefined ? {} : { primary: { file, span: { start: 0, end: 0 } } },
  )
}

function expectedBy(name: string): Sample['expected'] | undefined {
  const word = posix.basename(name).split('-', 1)[0]
  return word === 'allowed' || word === 'denied' ? word : undefined
}

class SampleReader {
  readonly diagnostics: Diagnostic[] = []
  readonly #known: KnownPolicy
  readonly #directory: string
  /** Samples with the same parameters share a binding. */
  readonly #bindings = new Map<string, Binding>()
  /** Parameters of the samples that have none of their own. */
  #common: Place | undefined
  #commonBinding: { readonly binding: Binding | undefined } | undefined

  constructor(known: KnownPolicy, directory: string) {
    this.#known = known
    this.#directory = directory
  }

  readCommon(file: SourceFile): void {
    const root = this.#readRoot(file, 'the parameters')
    if (root === undefined) this.#commonBinding = { binding: undefined }
    else this.#common = { file, root, path: [] }
  }

  read(file: SourceFile): readonly Sample[] {
    const name = pathBelow(`${this.#directory}/${this.#known.name}`, file.path)
    const expected = expectedBy(name)
    if (expected === undefined) {
      this.#report(file, `the name of \`${name}\` does not begin with \`allowed-\` or \`denied-\``)
      return []
    }
    const root = this.#readRoot(file, 'the sample')
    if (root === undefined) return []
    const origin = { file, documentIndex: 0, prefix: [] }
    const { resources, diagnostics } = readResourceNode(root, origin)
    this.diagnostics.push(...diagnostics)
    if (diagnostics.length > 0) return []
    const [resource, second] = resources
    if (resource === undefined || second !== undefined) {
      this.#report(file, `\`${name}\` holds ${resources.length} objects, expected one`)
      return []
    }
    const binding = this.#bindingOf(file, resource.review === undefined ? undefined : root)
    if (binding === undefined) return []
    const trial: Trial = {
      review: toReview(resource, { operation: 'CREATE' }),
      bindings: [binding],
      namespaces: () => ({ kind: 'unknown' }),
      isUnmatched: true,
    }
    return [{ policy: this.#known.name, name, expected, resource, trial }]
  }

  #readRoot(file: SourceFile, name: string): YamlNode | undefined {
    const code = 'test/invalid-sample'
    const { document, diagnostics } = readOneDocument(file, { empty: code, second: code, name })
    this.diagnostics.push(...diagnostics)
    return document?.root
  }

  /** A review may bring parameters of its own; of any other object, `parameters` are a field. */
  #bindingOf(file: SourceFile, review: YamlNode | undefined): Binding | undefined {
    if (review?.entries?.get('parameters') !== undefined) {
      return this.#check({ file, root: review, path: ['parameters'] }, file)
    }
    // Once for all: what is wrong with the common ones is told once.
    this.#commonBinding ??= { binding: this.#check(this.#common, file) }
    return this.#commonBinding.binding
  }

  #check(place: Place | undefined, file: SourceFile): Binding | undefined {
    const instead = { file, span: { start: 0, end: 0 } }
    const node = place === undefined ? undefined : nodeAt(place.root, place.path)
    if (node !== undefined && node.kind !== 'map') {
      this.#report(place?.file ?? file, 'the parameters of samples are not a map')
      return undefined
    }
    const given = node === undefined ? undefined : (toValue(node) as JsonObject)
    const nowhere: Place = { file, root: mapNode(instead.span, undefined, new Map()), path: [] }
    const checked = checkParameters(given, this.#known, place ?? nowhere, instead)
    this.diagnostics.push(...checked.diagnostics)
    return checked.parameters === undefined ? undefined : this.#bind(checked.parameters)
  }

  #bind(parameters: JsonObject): Binding | undefined {
    const { name, policy } = this.#known
    const key = JSON.stringify(parameters)
    const known = this.#bindings.get(key)
    if (known !== undefined || policy === undefined) return known
    const binding = judgeAll(name, policy, parameters)
    this.#bindings.set(key, binding)
    return binding
  }

  #report(file: SourceFile, message: string): void {
    const primary = { file, span: { start: 0, end: 0 } }
    this.diagnostics.push(diagnostic('test/invalid-sample', message, { primary }))
  }
}
