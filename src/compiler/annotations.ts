import type { SourceFile, Span } from '../source/source-file.ts'
import { type RawAnnotations, toLocation } from './answer.ts'

/** One METADATA block, with OPA's keys. */
export interface Annotations {
  readonly scope: 'package' | 'rule' | 'document' | 'subpackages'
  /** Where the package or rule stands below `data`. */
  readonly path: readonly string[]
  readonly file: SourceFile
  /** The block, from the `#` of `# METADATA` to the end of its last comment. */
  readonly span: Span
  readonly title?: string
  readonly description?: string
  readonly entrypoint?: boolean
  readonly organizations?: readonly string[]
  readonly relatedResources?: readonly { readonly ref: string; readonly description?: string }[]
  readonly authors?: readonly { readonly name: string; readonly email?: string }[]
  readonly schemas?: readonly SchemaAnnotation[]
  readonly custom?: Readonly<Record<string, unknown>>
  readonly labels?: Readonly<Record<string, unknown>>
}

export interface SchemaAnnotation {
  /** The document's, as in `['input', 'parameters']`. */
  readonly path: readonly string[]
  /** A JSON Schema given by value. */
  readonly definition?: unknown
  /** A reference to one, as in `['schema', 'name']`. */
  readonly schema?: readonly string[]
}

/** Takes OPA's JSON of a block apart; one without a place, which OPA does not make, is left out. */
export function toAnnotations(raw: RawAnnotations, sources: readonly SourceFile[]): Annotations[] {
  const location = toLocation(raw.place, sources)
  if (location === undefined) return []
  const { related_resources: relatedResources, schemas, ...keys } = raw.keys as unknown as OpaKeys
  return [
    {
      ...keys,
      path: raw.path,
      ...location,
      ...(relatedResources === undefined ? {} : { relatedResources }),
      ...(schemas === undefined ? {} : { schemas: schemas.map(toSchema) }),
    },
  ]
}

type OpaKeys = Pick<
  Annotations,
  | 'scope'
  | 'title'
  | 'description'
  | 'entrypoint'
  | 'organizations'
  | 'authors'
  | 'custom'
  | 'labels'
> & {
  readonly related_resources?: NonNullable<Annotations['relatedResources']>
  readonly schemas?: readonly OpaSchema[]
}

interface OpaSchema {
  readonly path: readonly OpaTerm[]
  readonly schema?: readonly OpaTerm[]
  readonly definition?: unknown
}

interface OpaTerm {
  readonly value: unknown
}

function toSchema({ path, schema, definition }: OpaSchema): SchemaAnnotation {
  return {
    path: path.map(({ value }) => String(value)),
    ...(schema === undefined ? {} : { schema: schema.map(({ value }) => String(value)) }),
    ...(definition === undefined ? {} : { definition }),
  }
}
