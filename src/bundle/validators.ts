import type { Ajv2020, Options, ValidateFunction } from 'ajv/dist/2020.js'
import { isRegex } from '../builtins/regex-cache.ts'
import { ajv } from './ajv.ts'
import type { Exception, Json, JsonObject, RelatedResource, Severity } from './bundle.ts'
import { COMPILED_VALIDATORS } from './compiled-validators.ts'
import type { Match } from './match.ts'
import { BUNDLE_SCHEMA } from './schema/bundle-schema.ts'
import { COMPILED_BUNDLE_SCHEMA } from './schema/compiled-bundle-schema.ts'
import { BINDING_DEFINITIONS } from './schema/definitions.ts'
import { MANIFEST_SCHEMA } from './schema/manifest-schema.ts'
import { PARAMETER_SCHEMA } from './schema/parameter-schema.ts'
import { POLICY_METADATA_SCHEMA } from './schema/policy-metadata-schema.ts'

/** A binding as it is written: references by name, defaults not applied. */
export interface WrittenBinding {
  readonly name: string
  readonly policy: string
  readonly match?: Match
  readonly parameters?: JsonObject
  readonly validationActions?: readonly ('Deny' | 'Warn' | 'Audit')[]
  readonly failurePolicy?: 'Fail' | 'Ignore'
}

/** `bundle.yaml`, checked against its schema only. */
export interface WrittenBundle {
  readonly metadata: { readonly name: string }
  readonly spec: {
    readonly bindings: readonly WrittenBinding[]
    readonly exceptions?: readonly Exception[]
  }
}

/** A policy as `portcullis.json` has it. */
export interface WrittenPolicy {
  readonly name: string
  readonly entrypoint: string
  readonly title: string
  readonly description: string
  readonly severity: Severity
  readonly remediation: string
  readonly resources: readonly string[]
  readonly relatedResources?: readonly RelatedResource[]
  readonly parameterSchema?: JsonObject
  readonly sourceDigest?: string
}

/** `portcullis.json`, checked against its schema only. */
export interface CompiledBundle {
  readonly apiVersion: string
  readonly kind: 'CompiledBundle'
  readonly generator?: 'portcullis'
  readonly metadata: { readonly name: string }
  readonly policies: readonly WrittenPolicy[]
  readonly bindings: readonly WrittenBinding[]
  readonly exceptions?: readonly Exception[]
}

export interface Manifest {
  readonly revision?: string
  readonly roots?: readonly string[]
  readonly rego_version?: number
  readonly wasm: readonly {
    readonly entrypoint: string
    readonly module: string
    readonly annotations?: readonly Json[]
  }[]
}

export interface PolicyMetadata {
  readonly title: string
  readonly description: string
  readonly custom: {
    readonly severity: Severity
    readonly remediation: string
    readonly resources: readonly string[]
  }
}

let compiler: Ajv2020 | undefined

/** Of our own schemas, which a test holds against the dialect. */
export const VALIDATOR_OPTIONS = {
  allErrors: true,
  verbose: true,
  strict: true,
  strictTypes: false,
  strictRequired: false,
  meta: false,
  validateSchema: false,
  formats: { regex: isRegex },
} as const satisfies Options

/**
 * The validator of one of our own schemas: as it came with the package, or compiled when it is first asked for, which costs
 * milliseconds.
 */
export function validatorOf<T>(schema: JsonObject): () => ValidateFunction<T> {
  let compiled: ValidateFunction<T> | undefined
  return () => {
    compiled ??= (findCompiled(schema['$id']) ?? compile(schema)) as ValidateFunction<T>
    return compiled
  }
}

function findCompiled(id: Json | undefined): ValidateFunction | undefined {
  return typeof id === 'string' ? COMPILED_VALIDATORS[id] : undefined
}

function compile(schema: JsonObject): ValidateFunction {
  // Half of its time would be tidying up code that runs once.
  compiler ??= new (ajv().Ajv2020)({ ...VALIDATOR_OPTIONS, code: { optimize: false } })
  return compiler.compile(schema)
}

export const bundleValidator = validatorOf<WrittenBundle>(BUNDLE_SCHEMA)
export const matchValidator = validatorOf<Match>({
  $ref: '#/$defs/match',
  $defs: BINDING_DEFINITIONS,
})
export const compiledBundleValidator = validatorOf<CompiledBundle>(COMPILED_BUNDLE_SCHEMA)
export const manifestValidator = validatorOf<Manifest>(MANIFEST_SCHEMA)
export const policyMetadataValidator = validatorOf<PolicyMetadata>(POLICY_METADATA_SCHEMA)
export const parameterSchemaValidator = validatorOf<JsonObject>(PARAMETER_SCHEMA)
