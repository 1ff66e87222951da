// Run by `npm run build`: writes the JSON Schemas that the package publishes to dist/schemas/.
import { mkdir, writeFile } from 'node:fs/promises'
import { BUNDLE_SCHEMAS } from '../bundle/schema/published-schemas.ts'
import { REPORT_SCHEMA } from '../report/report-schema.ts'
import { BASELINE_SCHEMA } from './check/baseline-schema.ts'
import { BENCHMARK_SCHEMA } from './bench/bench-file.ts'
import { CERTIFICATES_INSPECTION_SCHEMA } from './certs/certificates-inspection-schema.ts'
import { defaultsSchema } from './defaults/defaults-schema.ts'
import { DIFF_SCHEMA } from './diff/diff-schema.ts'
import { INSPECTION_SCHEMA } from './inspect/inspection-schema.ts'
import { COMMANDS } from './run.ts'
import { schemaId } from './schema-id.ts'
import { SERVER_CONFIGURATION_SCHEMA } from './serve/server-configuration-schema.ts'
import { SUITE_SCHEMA } from './test/test-suite-schema.ts'

const folder = new URL('../../dist/schemas/', import.meta.url)
await mkdir(folder, { recursive: true })
for (const schema of [
  ...BUNDLE_SCHEMAS,
  BASELINE_SCHEMA,
  BENCHMARK_SCHEMA,
  CERTIFICATES_INSPECTION_SCHEMA,
  defaultsSchema(COMMANDS),
  DIFF_SCHEMA,
  INSPECTION_SCHEMA,
  REPORT_SCHEMA,
  SERVER_CONFIGURATION_SCHEMA,
  SUITE_SCHEMA,
]) {
  const id = schemaId(schema)
  await writeFile(
    new URL(id.slice(id.lastIndexOf('/') + 1), folder),
    `${JSON.stringify(schema, undefined, 2)}\n`,
  )
}
