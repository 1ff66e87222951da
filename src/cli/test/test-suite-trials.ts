// From the cases of a suite to requests that can be judged.
import type { Binding } from '../../bundle/bundle.ts'
import { checkParameters } from '../../bundle/check-parameters.ts'
import type { KnownPolicy } from '../../bundle/parse-bindings.ts'
import { labelAt, nodeAt } from '../../bundle/place.ts'
import { type Diagnostic, diagnostic } from '../../diagnostic/diagnostic.ts'
import { nearest } from '../../diagnostic/suggest.ts'
import { readResourceNode, readResources } from '../../kubernetes/read-resources.ts'
import type { Resource } from '../../kubernetes/resource.ts'
import { toReview } from '../../kubernetes/to-review.ts'
import type { NamespaceAnswer } from '../../policy/review.ts'
import type { SourceFile } from '../../source/source-file.ts'
import { readUser } from '../inputs/request-context.ts'
import { judgeAll, type Trial } from './test-judge.ts'
import { OBJECT_KEYS, pathFrom, type Suite, type SuiteCase } from './test-suite.ts'

export interface SuiteContext {
  readonly policies: ReadonlyMap<string, KnownPolicy | undefined>
  /** Of bundle.yaml; undefined where there is none. */
  readonly bindings: readonly Binding[] | undefined
  /** Files of objects by path; undefined where there is none. */
  readonly objects: ReadonlyMap<string, SourceFile | undefined>
}

export interface CaseTrial {
  readonly given: SuiteCase
  readonly trial: Trial
}

/** The files that a suite names, by the path that it is found under. */
export function objectPaths(suite: Suite): readonly string[] {
  return suite.cases.flatMap((each) =>
    OBJECT_KEYS.flatMap((key) => {
      const written = each[key]
      return typeof written === 'string' ? [pathFrom(suite.file, written)] : []
    }),
  )
}

export function readTrials(
  suite: Suite,
  context: SuiteContext,
): { trials: readonly CaseTrial[]; diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = []
  const trials = suite.cases.flatMap((given) => {
    const reader = new CaseReader(suite, given, context)
    const trial = reader.read()
    diagnostics.push(...reader.diagnostics)
    return trial === undefined ? [] : [{ given, trial }]
  })
  return { trials, diagnostics }
}

class CaseReader {
  readonly diagnostics: Diagnostic[] = []
  readonly #suite: Suite
  readonly #given: SuiteCase
  readonly #context: SuiteContext

  constructor(suite: Suite, given: SuiteCase, context: SuiteContext) {
    this.#suite = suite
    this.#given = given
    this.#context = context
  }

  read(): Trial | undefined {
    const { operation, namespace, namespaceLabels, subresource, user, groups } = this.#given
    const resource = this.#readObject('object') ?? this.#readObject('review')
    const oldObject = this.#readObject('oldObject')
    const bindings = this.#findBindings()
    if (resource === undefined || bindings === undefined || this.diagnostics.length > 0) {
      return undefined
    }
    const isReview = this.#given.review !== undefined
    if (isReview !== (resource.review !== undefined)) {
      const message = isReview
        ? '`review` is not an AdmissionReview'
        : '`object` is an AdmissionReview, which is a `review`'
      this.#report('test/invalid-suite', message, isReview ? 'review' : 'object')
      return undefined
    }
    return {
      review: toReview(resource, {
        operation: operation ?? (oldObject === undefined ? 'CREATE' : 'UPDATE'),
        ...(namespace === undefined ? {} : { namespace }),
        ...(oldObject === undefined ? {} : { oldObject }),
        ...(subresource === undefined ? {} : { subResource: subresource }),
        userInfo: readUser(user, groups ?? []),
      }),
      bindings,
      namespaces: (name) => answer(name, namespaceLabels),
      isUnmatched: false,
    }
  }

  #findBindings(): readonly Binding[] | undefined {
    const { policy, binding } = this.#given
    if (policy !== undefined) return this.#bindPolicy(policy)
    const { bindings } = this.#context
    if (bindings === undefined) {
      const message = 'the case names no `policy`, and there is no bundle.yaml to judge by'
      this.#report('test/unknown-reference', message, 'name')
      return undefined
    }
    if (binding === undefined) return bindings
    const found = bindings.find((each) => each.name === binding)
    if (found === undefined) {
      const names = bindings.map((each) => each.name)
      this.#unknown(`\`${binding}\` is not a binding of bundle.yaml`, 'binding', binding, names)
    }
    return found === undefined ? undefined : [found]
  }

  #bindPolicy(name: string): readonly Binding[] | undefined {
    const { place, parameters } = this.#given
    const { policies } = this.#context
    if (!policies.has(name)) {
      this.#unknown(`there is no policy \`${name}\``, 'policy', name, [...policies.keys()])
    }
    const known = policies.get(name)
    // A policy with faults of its own has been told of.
    if (known?.policy === undefined) return undefined
    const at = { ...place, path: [...place.path, 'parameters'] }
    const checked = checkParameters(parameters, known, at, labelAt(place, ['policy']))
    this.diagnostics.push(...checked.diagnostics)
    if (checked.parameters === undefined) return undefined
    return [judgeAll(name, known.policy, checked.parameters)]
  }

  #readObject(key: (typeof OBJECT_KEYS)[number]): Resource | undefined {
    const written = this.#given[key]
    if (written === undefined) return undefined
    const { place } = this.#given
    const node = nodeAt(place.root, [...place.path, key])
    if (typeof written !== 'string') {
      if (node === undefined) return undefined
      const origin = { file: place.file, documentIndex: 0, prefix: [...place.path, key] }
      return this.#one(readResourceNode(node, origin), `\`${key}\``, key)
    }
    const file = this.#context.objects.get(pathFrom(this.#suite.file, written))
    if (file === undefined) {
      this.#report('test/unknown-reference', `there is no file \`${written}\``, key)
      return undefined
    }
    return this.#one(readResources(file), `\`${written}\``, key)
  }

  #one(
    read: Pick<ReturnType<typeof readResources>, 'resources' | 'diagnostics'>,
    name: string,
    key: string,
  ): Resource | undefined {
    this.diagnostics.push(...read.diagnostics)
    if (read.diagnostics.length > 0) return undefined
    const [resource, second] = read.resources
    if (resource !== undefined && second === undefined) return resource
    const message = `${name} holds ${read.resources.length} objects, expected one`
    this.#report('test/invalid-suite', message, key)
    return undefined
  }

  #unknown(message: string, key: string, word: string, known: readonly string[]): void {
    const near = nearest(word, known)
    const text = near === undefined ? undefined : `did you mean \`${near}\`?`
    const primary = labelAt(this.#given.place, [key], text)
    this.diagnostics.push(diagnostic('test/unknown-reference', message, { primary }))
  }

  #report(
    code: 'test/invalid-suite' | 'test/unknown-reference',
    message: string,
    key: string,
  ): void {
    const primary = labelAt(this.#given.place, [key])
    this.diagnostics.push(diagnostic(code, message, { primary }))
  }
}

/** As the API server labels it. */
function answer(name: string, labels: SuiteCase['namespaceLabels']): NamespaceAnswer {
  if (labels === undefined) return { kind: 'unknown' }
  const own = { ...labels, 'kubernetes.io/metadata.name': name }
  const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: own } }
  return { kind: 'found', object }
}
