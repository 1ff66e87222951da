import { Ajv2020, _ } from 'ajv/dist/2020.js'
import standalone from 'ajv/dist/standalone/index.js'
import type { JsonObject } from '../bundle/bundle.ts'
import { VALIDATOR_OPTIONS } from '../bundle/validators.ts'
import { schemaId } from './schema-id.ts'

/**
 * What stands in for src/bundle/compiled-validators.ts in the package: a module of JavaScript with the same export, filled.
 *
 * @param regexCache Where that module finds src/builtins/regex-cache.ts.
 */
export function compileValidators(schemas: readonly JsonObject[], regexCache: string): string {
  const ajv = new Ajv2020({
    ...VALIDATOR_OPTIONS,
    code: { source: true, esm: true, formats: _`FORMATS` },
    schemas: [...schemas],
  })
  const names = schemas.map((schema, index) => [`published${index}`, schemaId(schema)] as const)
  const entries = names.map(([name, id]) => `${JSON.stringify(id)}: ${name}`)
  return [
    `import { isRegex } from ${JSON.stringify(regexCache)}`,
    'const FORMATS = { regex: isRegex }',
    standalone.default(ajv, Object.fromEntries(names)),
    `export const COMPILED_VALIDATORS = {${entries.join()}}`,
  ].join('\n')
}
