import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { ROOT } from '../support/portcullis.ts'

interface Override {
  readonly files: readonly string[]
  readonly rules: {
    readonly 'no-restricted-imports'?: readonly [
      string,
      { readonly patterns: readonly { readonly regex: string }[] },
    ]
    readonly 'no-restricted-globals'?: readonly string[]
  }
}

const { overrides } = JSON.parse(readFileSync(`${ROOT}.oxlintrc.json`, 'utf8')) as {
  overrides: readonly Override[]
}
const layers = readdirSync(`${ROOT}src`, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
const rows = readFileSync(`${ROOT}docs/architecture.md`, 'utf8')
  .split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .filter((cells) => /^`[a-z]+\/`$/.test(cells[1] ?? '') && cells[1] !== '`src/`')
  .map((cells) => ({
    layer: (cells[1] ?? '').slice(1, -2),
    pure: cells[3] === 'yes',
    may: cells[4] ?? '',
  }))

describe('the layers of src', () => {
  test('are the rows of the table in docs/architecture.md', () => {
    expect(rows.map((row) => row.layer).toSorted()).toEqual(layers.toSorted())
  })

  test.each(rows)('$layer may import in lint what the table says', ({ layer, pure, may }) => {
    const override = overrides.find((each) => each.files[0] === `src/${layer}/**/*.ts`)
    expect(override).toBeDefined()
    const patterns = override?.rules['no-restricted-imports']?.[1].patterns ?? []
    const forbids = (path: string) => patterns.some(({ regex }) => new RegExp(regex).test(path))
    const allowed = layers.filter((other) => other !== layer && !forbids(`../${other}/x.ts`))
    expect(allowed.toSorted()).toEqual(readMay(layer, may).toSorted())
    expect(forbids('node:fs')).toBe(pure)
    expect(override?.rules['no-restricted-globals'] !== undefined).toBe(pure)
  })
})

function readMay(layer: string, may: string): string[] {
  if (may === '') return []
  const others = layers.filter((other) => other !== layer)
  if (!may.startsWith('all')) return may.split(', ')
  const except = may.startsWith('all but ') ? may.slice('all but '.length).split(', ') : []
  return others.filter((other) => !except.includes(other))
}
