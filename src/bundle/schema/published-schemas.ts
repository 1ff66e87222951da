import type { JsonObject } from '../bundle.ts'
import { BUNDLE_SCHEMA } from './bundle-schema.ts'
import { COMPILED_BUNDLE_SCHEMA } from './compiled-bundle-schema.ts'
import { MANIFEST_SCHEMA } from './manifest-schema.ts'
import { PARAMETER_SCHEMA } from './parameter-schema.ts'
import { POLICY_METADATA_SCHEMA } from './policy-metadata-schema.ts'

/** What the package publishes of this layer below `schemas/`; the last part of `$id` is the file's name. */
export const BUNDLE_SCHEMAS: readonly JsonObject[] = [
  BUNDLE_SCHEMA,
  COMPILED_BUNDLE_SCHEMA,
  MANIFEST_SCHEMA,
  PARAMETER_SCHEMA,
  POLICY_METADATA_SCHEMA,
]
