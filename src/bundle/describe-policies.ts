// What policies say of themselves, in OPA's METADATA. Values are the compiler's; places, and keys that OPA passes over, come
// from the text of the block.
import { type Diagnostic, diagnostic, type Label } from '../diagnostic/diagnostic.ts'
import type { SourceFile, Span } from '../source/source-file.ts'
import { scalarNode, type YamlDocument, type YamlNode } from '../yaml/yaml-node.ts'
import type { JsonObject, Policy, RelatedResource } from './bundle.ts'
import { isJsonObject } from './is-json-object.ts'
import { readMetadataBlock } from './metadata-block.ts'
import { NO_PARAMETERS, ParameterCheckers } from './parameter-checker.ts'
import type { KnownPolicy } from './parse-bindings.ts'
import { labelAt, type Place } from './place.ts'
import { schemaFaults } from './schema-faults.ts'
import { type PolicyMetadata, policyMetadataValidator } from './validators.ts'

/** A METADATA block as the compiler reads it. */
export interface PolicyAnnotations {
  readonly scope: string
  /** Where the package or rule stands below `data`. */
  readonly path: readonly string[]
  readonly file: SourceFile
  readonly span: Span
  readonly title?: string
  readonly description?: string
  readonly entrypoint?: boolean
  readonly relatedResources?: readonly RelatedResource[]
  readonly schemas?: readonly { readonly path: readonly string[]; readonly definition?: unknown }[]
  readonly custom?: Readonly<Record<string, unknown>>
}

/** A folder with a policy: `policies/<name>/policy.rego`. */
export interface PolicySource {
  readonly name: string
  readonly file: SourceFile
}

/** The package that a policy of this name has. */
export function packageOf(name: string): string {
  return name.replaceAll('-', '_')
}

export function entrypointOf(name: string): string {
  return `${packageOf(name)}/violation`
}

/**
 * Gives each policy by name, undefined where its parameters cannot be told. `annotations` may lack those of files that did not compile:
 * such policies get no diagnostic here.
 */
export function describePolicies(
  sources: readonly PolicySource[],
  annotations: readonly PolicyAnnotations[],
): { policies: Map<string, KnownPolicy | undefined>; diagnostics: Diagnostic[] } {
  const checkers = new ParameterCheckers()
  const policies = new Map<string, KnownPolicy | undefined>()
  const diagnostics: Diagnostic[] = []
  for (const source of sources) {
    const description = describePolicy(source, annotations, checkers)
    policies.set(source.name, description.policy)
    diagnostics.push(...description.diagnostics)
  }
  return { policies, diagnostics }
}

/** What a policy's text lacks that every policy has; the compiler knows nothing of folders. */
export function checkPolicySource({ name, file }: PolicySource): Diagnostic[] {
  const invalid = (message: string, span: Span, help?: string) => [
    diagnostic('bundle/invalid-policy', message, {
      primary: { file, span },
      ...(help === undefined ? {} : { help }),
    }),
  ]
  const start = { start: 0, end: Math.min(1, file.text.length) }
  if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name)) {
    const help = 'a name has lower-case letters, digits and `-`, at most 63'
    return invalid(`\`${name}\` is no name for a policy’s folder`, start, help)
  }
  const found = /^([ \t]*package[ \t]+)([^\s#]+)/m.exec(file.text)
  if (found === null) return [] // The compiler says so.
  const [, keyword = '', actual = ''] = found
  const at = found.index + keyword.length
  if (actual !== packageOf(name)) {
    const message = `policy \`${name}\` must have the package \`${packageOf(name)}\`, got \`${actual}\``
    return invalid(message, { start: at, end: at + actual.length })
  }
  if (!/^(default[ \t]+)?violation\b/m.test(file.text)) {
    return invalid(
      `policy \`${name}\` has no rule \`violation\``,
      { start: at, end: at + actual.length },
      'its violations are the members of the partial set `violation`',
    )
  }
  return []
}

interface Description {
  readonly policy?: KnownPolicy
  readonly diagnostics: Diagnostic[]
}

function describePolicy(
  { name, file }: PolicySource,
  annotations: readonly PolicyAnnotations[],
  checkers: ParameterCheckers,
): Description {
  const here = annotations.filter((each) => each.file === file)
  const package_ = packageOf(name)
  const ofPackage = here.find(
    ({ scope, path }) => scope === 'package' && path.join('/') === package_,
  )
  const ofRule = here.find(({ path }) => path.join('/') === entrypointOf(name))
  const diagnostics: Diagnostic[] = []
  if (ofRule?.entrypoint !== true) {
    diagnostics.push(
      diagnostic(
        'bundle/invalid-policy',
        `the rule \`violation\` of policy \`${name}\` is not marked as entrypoint`,
        {
          primary: ofRule === undefined ? labelAtWord(file, 'violation') : blockLabel(ofRule),
          help: 'write `# METADATA`, `# scope: document`, `# entrypoint: true` above it',
        },
      ),
    )
  }
  const self = ofPackage ?? (ofRule?.custom === undefined ? undefined : ofRule)
  if (self === undefined) {
    diagnostics.push(
      diagnostic('bundle/invalid-policy', `policy \`${name}\` does not describe itself`, {
        primary: labelAtWord(file, 'package'),
        help: 'write a METADATA block above its package, with title, description and custom: severity, remediation, resources',
      }),
    )
    return { diagnostics }
  }
  const block = readMetadataBlock(self.file, self.span)
  const faults = checkMetadata(name, self, block)
  diagnostics.push(...faults)
  const parameters = findParameters(self, block?.root)
  const compiled = checkers.compile(name, parameters.schema, parameters.place)
  diagnostics.push(...compiled.diagnostics)
  if (compiled.checker === undefined) return { diagnostics }
  const declared = labelAt(parameters.place, [], 'the parameters of the policy')
  const known: KnownPolicy = { name, checker: compiled.checker, declared }
  const metadata = valueOf(self)
  if (diagnostics.length > 0 || !policyMetadataValidator()(metadata)) {
    return { policy: known, diagnostics }
  }
  const policy = toPolicy(name, metadata, self.relatedResources ?? [], parameters.schema)
  return { policy: { ...known, policy }, diagnostics }
}

function checkMetadata(
  name: string,
  self: PolicyAnnotations,
  block: YamlDocument | undefined,
): Diagnostic[] {
  const isMetadata = policyMetadataValidator()
  const value = block === undefined ? valueOf(self) : block.value
  if (isMetadata(value)) return []
  const place = { file: self.file, root: block?.root ?? scalarAt(self.span), path: [] }
  return schemaFaults(isMetadata.errors ?? [], place, {
    code: 'bundle/invalid-policy',
    unknownKey: (key, path) => ({
      code: 'bundle/invalid-policy',
      message: `\`${[...path, key].join('.')}\` is not a METADATA key that policies have`,
    }),
    subject: (path) =>
      path.length === 0
        ? `the METADATA of policy \`${name}\``
        : `\`${path.join('.')}\` of policy \`${name}\``,
  })
}

function toPolicy(
  name: string,
  metadata: PolicyMetadata,
  relatedResources: readonly RelatedResource[],
  parameterSchema: JsonObject,
): Policy {
  return {
    name,
    entrypoint: entrypointOf(name),
    title: metadata.title,
    description: metadata.description.trim(),
    severity: metadata.custom.severity,
    remediation: metadata.custom.remediation.trim(),
    resources: metadata.custom.resources,
    relatedResources: relatedResources.map(({ ref, description }) => ({
      ref,
      ...(description === undefined ? {} : { description }),
    })),
    parameterSchema,
  }
}

/** The compiler's values in the form of the block. */
function valueOf({ title, description, custom }: PolicyAnnotations): object {
  return {
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    ...(custom === undefined ? {} : { custom }),
  }
}

function findParameters(
  self: PolicyAnnotations,
  root: YamlNode | undefined,
): { schema: JsonObject; place: Place } {
  const schemas = self.schemas ?? []
  const index = schemas.findIndex(({ path }) => path.join('.') === 'input.parameters')
  const definition = schemas[index]?.definition
  const block = { file: self.file, root: root ?? scalarAt(self.span) }
  // A schema that is no map, or given by name only, is refused with the place.
  if (index < 0) return { schema: NO_PARAMETERS, place: { ...block, path: [] } }
  const place = { ...block, path: ['schemas', index, 'input.parameters'] }
  return { schema: isJsonObject(definition) ? definition : {}, place }
}

function blockLabel({ file, span }: PolicyAnnotations): Label {
  const end = file.text.slice(span.start, span.end).search(/[\r\n]/)
  return { file, span: { start: span.start, end: end < 0 ? span.end : span.start + end } }
}

function labelAtWord(file: SourceFile, word: string): Label {
  const at = Math.max(0, file.text.search(new RegExp(`^${word}\\b`, 'm')))
  return { file, span: { start: at, end: Math.min(at + word.length, file.text.length) } }
}

function scalarAt(span: Span): YamlNode {
  return scalarNode({ start: span.start, end: span.start + 1 }, undefined, null)
}

// JSON by construction: it comes from the compiler's answer.
