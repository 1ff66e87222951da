// What `bench --save` writes and `bench --compare` reads.
import type { JsonObject } from '../../bundle/bundle.ts'
import { API_VERSION, DIALECT, SCHEMA_BASE } from '../../bundle/schema/definitions.ts'
import { schemaFaults } from '../../bundle/schema-faults.ts'
import { validatorOf } from '../../bundle/validators.ts'
import type { Diagnostic } from '../../diagnostic/diagnostic.ts'
import type { SourceFile } from '../../source/source-file.ts'
import { readOneDocument } from '../../yaml/read-one-document.ts'
import { closedObject } from '../closed-object.ts'

export interface Benchmark {
  readonly bundle: { readonly name: string; readonly digest: string }
  readonly objects: { readonly count: number; readonly digest: string }
  readonly bindings: readonly MeasuredBinding[]
}

export interface MeasuredBinding {
  readonly name: string
  readonly policy: string
  /** How many of the objects it judges. */
  readonly objects: number
  /** For all of them: loop heads and function entries, the same on every machine. */
  readonly fuel: number
  /** For all of them. */
  readonly microseconds: number
}

const text: JsonObject = { type: 'string' }
const digest: JsonObject = { type: 'string', pattern: '^sha256:[0-9a-f]{64}$' }
const count: JsonObject = { type: 'integer', minimum: 0 }

/** Schema of what `bench --save` writes. */
export const BENCHMARK_SCHEMA: JsonObject = {
  $schema: DIALECT,
  $id: `${SCHEMA_BASE}benchmark.schema.json`,
  title: 'Benchmark',
  description: 'What the bindings of a bundle cost on objects.',
  ...closedObject({
    apiVersion: { description: 'The version of this format.', const: API_VERSION },
    kind: { description: 'Always Benchmark.', const: 'Benchmark' },
    bundle: {
      description: 'The bundle that was measured.',
      ...closedObject({
        name: { description: 'Its name.', ...text },
        digest: { description: 'The SHA-256 of the archive.', ...digest },
      }),
    },
    objects: {
      description: 'What it was measured on.',
      ...closedObject({
        count: { description: 'How many.', ...count },
        digest: { description: 'The SHA-256 of what the policies see of them.', ...digest },
      }),
    },
    bindings: {
      description: 'In the order of the bundle.',
      type: 'array',
      items: {
        description: 'A binding.',
        ...closedObject({
          name: { description: 'Its name.', ...text },
          policy: { description: 'The name of its policy.', ...text },
          objects: { description: 'How many of the objects it judges.', ...count },
          fuel: {
            description: 'For all of them: loop heads and function entries of the module.',
            ...count,
          },
          microseconds: {
            description: 'For all of them, on the machine that measured.',
            type: 'number',
            minimum: 0,
          },
        }),
      },
    },
  }),
}

const isBenchmark = validatorOf<Benchmark>(BENCHMARK_SCHEMA)

export function readBenchmark(file: SourceFile): {
  readonly benchmark?: Benchmark
  readonly diagnostics: readonly Diagnostic[]
} {
  const code = 'bench/invalid'
  const name = 'the measurement to compare with'
  const { document, diagnostics } = readOneDocument(file, { empty: code, second: code, name })
  if (document === undefined) return { diagnostics }
  const validate = isBenchmark()
  if (validate(document.value)) return { benchmark: document.value, diagnostics: [] }
  const place = { file, root: document.root, path: [] }
  return { diagnostics: schemaFaults(validate.errors ?? [], place, { code }) }
}

export function renderBenchmark(benchmark: Benchmark): string {
  const file = { apiVersion: API_VERSION, kind: 'Benchmark', ...benchmark }
  return `${JSON.stringify(file, undefined, 2)}\n`
}
