// The schemas that the build publishes, as an editor takes them: from files, by the first line of the YAML.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { load } from 'js-yaml'
import { describe, expect, test } from 'vitest'
import { ROOT } from '../support/portcullis.ts'

const FOLDER = join(ROOT, 'dist/schemas')
const MODELINE =
  /^# yaml-language-server: \$schema=(?:\.\.\/)*node_modules\/portcullis\/dist\/schemas\/(\S+)\n/

function validatorFor(name: string) {
  const ajv = new Ajv2020({ strict: false, formats: { regex: true } })
  const schema = JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as Record<string, unknown>
  expect(ajv.validateSchema(schema)).toBe(true)
  return ajv.compile(schema)
}

/** Every block of YAML in the docs that names its schema. */
const BLOCKS = readdirSync(join(ROOT, 'docs'))
  .filter((name) => name.endsWith('.md'))
  .flatMap((name) => {
    const page = readFileSync(join(ROOT, 'docs', name), 'utf8')
    return [...page.matchAll(/^```yaml\n(.*?)^```/gms)].flatMap(([, block = '']) => {
      const schema = MODELINE.exec(block)?.[1]
      // A line that is shown alone.
      const isWhole = /^apiVersion:/m.test(block)
      return schema === undefined || !isWhole ? [] : [[name, schema, block] as const]
    })
  })

describe('the published schemas', () => {
  test.each(readdirSync(FOLDER))('%s is JSON Schema 2020-12 and says so', (name) => {
    validatorFor(name)
    const schema = JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as Record<string, unknown>
    expect(schema['$schema']).toBe('https://json-schema.org/draft/2020-12/schema')
    expect(basename(String(schema['$id']))).toBe(name)
  })

  test.each(BLOCKS)('the example in docs/%s fits %s, which it names', (_, schema, block) => {
    const validate = validatorFor(schema)
    validate(load(block))
    expect(validate.errors).toBe(null)
    // What an editor is to mark.
    expect(validate({ ...(load(block) as object), nothing: 1 })).toBe(false)
  })

  test('docs/editors.md names schemas that there are', () => {
    const page = readFileSync(join(ROOT, 'docs/editors.md'), 'utf8')
    const named = new Set([...page.matchAll(/[a-z-]+\.schema\.json/g)].map(([name]) => name))
    expect(named.size).toBeGreaterThan(3)
    expect([...named].filter((name) => !existsSync(join(FOLDER, name)))).toEqual([])
  })

  test("the product's own bundle.yaml fits its schema", () => {
    const validate = validatorFor('bundle.schema.json')
    validate(load(readFileSync(join(ROOT, 'policies/bundle.yaml'), 'utf8')))
    expect(validate.errors).toBe(null)
  })
})
