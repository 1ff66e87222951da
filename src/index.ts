// What `import ... from 'portcullis'` gives: a bundle, and its verdict on one object. Neither the server nor the compiler is
// loaded by it.
import { readFile } from 'node:fs/promises'
import { decide } from './admission/decide.ts'
import type { Decision as FullDecision, Finding } from './admission/decision.ts'
import { parseReview } from './admission/parse-review.ts'
import type { Binding, Bundle, ValidationAction } from './bundle/bundle.ts'
import type { Operation } from './bundle/match.ts'
import { readBundle } from './bundle/read-bundle.ts'
import { lookupAmong, namespacesAmong } from './kubernetes/namespaces-among.ts'
import type { Diagnostic } from './diagnostic/diagnostic.ts'
import { AppError } from './errors.ts'
import { describeSystemError } from './host/system-error.ts'
import { readResources } from './kubernetes/read-resources.ts'
import type { Resource } from './kubernetes/resource.ts'
import { toReview } from './kubernetes/to-review.ts'
import { DEFAULT_ENGINE_OPTIONS } from './policy/engine-options.ts'
import { type Engine, loadEngine } from './policy/engine.ts'
import { judge } from './policy/judge.ts'
import type { EvaluationErrorCode } from './policy/outcome.ts'
import type { Review } from './policy/review.ts'
import { createSourceFile, positionAt } from './source/source-file.ts'

export { AppError } from './errors.ts'
export type {
  Binding,
  Exception,
  Json,
  JsonObject,
  Policy,
  RelatedResource,
  Severity,
  ValidationAction,
} from './bundle/bundle.ts'
export type { Operation } from './bundle/match.ts'
export type { EvaluationErrorCode } from './policy/outcome.ts'

/** A bundle, checked and ready to judge; frozen. */
export type LoadedBundle = Readonly<
  Pick<Bundle, 'name' | 'revision' | 'digest' | 'policies' | 'bindings' | 'exceptions'>
>

/** What is wrong with a bundle. */
export interface BundleFault {
  /** Stable, see docs/diagnostics.md; the message is not. */
  readonly code: string
  readonly severity: 'error' | 'warning'
  readonly message: string
  readonly help?: string
  /** The archive's member; line and column start at 1. */
  readonly place?: { readonly file: string; readonly line: number; readonly column: number }
}

/** A bundle cannot be read, or is refused; then `faults` says why. */
export class BundleError extends AppError<'BUNDLE'> {
  readonly faults: readonly BundleFault[]

  constructor(message: string, faults: readonly BundleFault[], options?: ErrorOptions) {
    super('BUNDLE', message, options)
    this.faults = faults
  }
}

/** What is to be judged is no request that an API server could send. Holds nothing of the object. */
export class RequestError extends AppError<'REQUEST'> {
  constructor(message: string) {
    super('REQUEST', message)
  }
}

export interface EvaluateRequest {
  /** The object as it is to be; on a DELETE the one that is to go. Plain data: what JSON can say of it is judged. */
  readonly object: object
  /** CREATE where absent. */
  readonly operation?: Operation
  /** What is to be replaced; on an UPDATE only. */
  readonly oldObject?: object
  /** Takes the place of the namespace that the object names; `default` where neither is there. */
  readonly namespace?: string
  /** The Namespace, for bindings that select by its labels. Without it they end in an error. */
  readonly namespaceObject?: object
  /** Somebody without rights of note where absent. */
  readonly userInfo?: { readonly username: string; readonly groups?: readonly string[] }
  /** For the last days of exceptions, and for policies that ask for the time; now where absent. */
  readonly now?: Date
}

export interface Decision {
  /** False where a violation, or an error under failurePolicy Fail, denies. */
  readonly allowed: boolean
  /** One entry a violation and action: Deny, then Warn, then Audit, then what exceptions let pass. */
  readonly violations: readonly Violation[]
  /** Bindings that could not judge. Whoever asks more than `allowed` must not pass over them. */
  readonly errors: readonly EvaluationError[]
}

export interface Violation {
  readonly binding: string
  readonly policy: string
  readonly action: ValidationAction
  readonly message: string
  /** Keys from the object's root, `['spec', 'containers', 0, 'image']`; absent where the policy names no place. */
  readonly path?: readonly (string | number)[]
  /** Name of the exception that lets it pass. */
  readonly exception?: string
}

export interface EvaluationError {
  readonly binding: string
  readonly policy: string
  readonly code: EvaluationErrorCode
  readonly message: string
  /** Whether it denies, by the binding's failurePolicy. */
  readonly denies: boolean
}

const engines = new WeakMap<LoadedBundle, Engine>()

/**
 * Reads a bundle that `portcullis build` made, from its bytes or the path of its file, and makes it ready to judge. That takes
 * some ten milliseconds: keep it.
 *
 * @throws {BundleError} where it cannot be read or is refused.
 */
export async function loadBundle(source: Uint8Array | string): Promise<LoadedBundle> {
  const path = typeof source === 'string' ? source : '<bytes>'
  const bytes = typeof source === 'string' ? await readArchive(source) : source
  const { bundle, diagnostics } = readBundle(bytes, path)
  if (bundle === undefined) throw refusal(path, diagnostics)
  const loaded = loadEngine(bundle, DEFAULT_ENGINE_OPTIONS)
  if (loaded.engine === undefined) throw refusal(path, [...diagnostics, ...loaded.diagnostics])
  const { name, revision, digest, policies, bindings, exceptions } = bundle
  const result = Object.freeze({ name, revision, digest, policies, bindings, exceptions })
  engines.set(result, loaded.engine)
  return result
}

/**
 * Judges one object as the webhook would judge it.
 *
 * @throws {RequestError} for what is no request: no Kubernetes object, a list of several, an unknown operation.
 */
export function evaluate(bundle: LoadedBundle, request: EvaluateRequest): Decision {
  const engine = engines.get(bundle)
  if (engine === undefined) throw new RequestError('the bundle is not one that `loadBundle` gave')
  const namespaces = request.namespaceObject
  const given = namespaces === undefined ? [] : [readObject(namespaces, 'namespaceObject')]
  const known = namespacesAmong(given)
  if (known.length < given.length) {
    throw new RequestError('`namespaceObject` is not a Namespace')
  }
  const lookup = lookupAmong(known, 'error')
  const decision = decide(judge(engine, makeReview(request), lookup, request.now ?? new Date()))
  return {
    allowed: decision.allowed,
    violations: violationsOf(decision),
    errors: decision.failures.map(({ binding, error, denies }) => ({
      ...namesOf(binding),
      code: error.code,
      message: error.message,
      denies,
    })),
  }
}

function makeReview(request: EvaluateRequest): Review {
  const { operation = 'CREATE', oldObject, namespace, userInfo } = request
  if (oldObject !== undefined && operation !== 'UPDATE') {
    throw new RequestError(`\`oldObject\` goes with an UPDATE, not with ${operation}`)
  }
  const { bytes } = toReview(readObject(request.object, 'object'), {
    operation,
    ...(namespace === undefined ? {} : { namespace }),
    ...(oldObject === undefined ? {} : { oldObject: readObject(oldObject, 'oldObject') }),
    ...(userInfo === undefined ? {} : { userInfo: { groups: [], ...userInfo } }),
  })
  // By the same door as at admission, since JavaScript keeps nobody to the types.
  const parsed = parseReview(bytes)
  if (parsed.kind !== 'review') throw new RequestError(parsed.message)
  return parsed.review
}

function readObject(object: object, name: string): Resource {
  const { resources, diagnostics } = readResources(createSourceFile(name, toJson(object, name)))
  const [fault] = diagnostics
  if (fault !== undefined) throw new RequestError(`\`${name}\`: ${fault.message}`)
  const [resource, second] = resources
  if (resource === undefined || second !== undefined || resource.prefix.length > 0) {
    throw new RequestError(`\`${name}\` is not one object, but a list or a review`)
  }
  return resource
}

function toJson(object: object, name: string): string {
  try {
    const text: unknown = JSON.stringify(object)
    if (typeof text === 'string') return text
  } catch {
    // Its own message may quote the object.
  }
  throw new RequestError(`\`${name}\` cannot be written as JSON`)
}

function violationsOf({ findings, excepted }: FullDecision): Violation[] {
  const passed = excepted.flatMap(({ binding, exception, violation }) =>
    binding.validationActions.map((action) => ({
      ...toViolation({ binding, action, violation }),
      exception: exception.name,
    })),
  )
  return [...findings.map(toViolation), ...passed]
}

function toViolation({ binding, action, violation }: Finding): Violation {
  const { message, path } = violation
  return { ...namesOf(binding), action, message, ...(path === undefined ? {} : { path }) }
}

function namesOf({ name, policy }: Binding): { readonly binding: string; readonly policy: string } {
  return { binding: name, policy: policy.name }
}

async function readArchive(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path)
  } catch (cause) {
    throw new BundleError(`cannot read \`${path}\`: ${describeSystemError(cause)}`, [], { cause })
  }
}

function refusal(path: string, diagnostics: readonly Diagnostic[]): BundleError {
  const faults = diagnostics.map(({ code, severity, message, help, primary }): BundleFault => {
    const place =
      primary === undefined
        ? {}
        : { place: { file: primary.file.path, ...positionAt(primary.file, primary.span.start) } }
    return { code, severity, message, ...(help === undefined ? {} : { help }), ...place }
  })
  const [first] = faults
  return new BundleError(`\`${path}\` is refused: ${first?.message ?? 'no reason'}`, faults)
}
