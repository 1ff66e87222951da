import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import type { Json } from '../../src/bundle/bundle.ts'
import { BUNDLE_SCHEMAS } from '../../src/bundle/schema/published-schemas.ts'

test.each(BUNDLE_SCHEMAS.map((schema) => [schema['$id'], schema]))(
  '%s is JSON Schema 2020-12, closed, and tells an editor what each key is',
  (_, schema) => {
    const ajv = new Ajv2020({ strictTypes: false, strictRequired: false, formats: { regex: true } })
    expect(ajv.validateSchema(schema)).toBe(true)
    expect(() => ajv.compile(schema)).not.toThrow()
    expect(schema).toMatchObject({ title: expect.any(String), description: expect.any(String) })
    expect(schema['additionalProperties']).toBe(false)
    if (schema['title'] !== 'parameter schema') {
      expect(undescribed(schema, '#')).toEqual([])
    }
  },
)

test('their identifiers end in the names of their files, each its own', () => {
  const names = BUNDLE_SCHEMAS.map(({ $id }) => (typeof $id === 'string' ? $id : ''))
  expect(new Set(names).size).toBe(names.length)
  for (const name of names) {
    expect(name).toMatch(/^https:\/\/portcullis\.dev\/schemas\/v1\/[a-z-]+\.schema\.json$/)
  }
})

/** Properties that say nothing of themselves, by themselves or where they refer to. */
function undescribed(value: Json | undefined, path: string): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return []
  return Object.entries(value).flatMap(([key, child]) => {
    if (key !== 'properties') return undescribed(child, `${path}/${key}`)
    return Object.entries(child as Record<string, Json>).flatMap(([name, property]) => {
      const at = `${path}/properties/${name}`
      const told = JSON.stringify(property).match(/^\{.*?"(description|\$ref)":/) !== null
      return [...(told ? [] : [at]), ...undescribed(property, at)]
    })
  })
}
