// The package's validators of bundles are compiled when it is built, those of the sources when they are asked for.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { loadBundle as loadBySources } from '../../src/index.ts'
import {
  foreignArchive,
  foreignMembers,
  MANIFEST,
  PORTCULLIS_JSON,
} from '../bundle/bundle-content.ts'
import { ROOT } from '../support/portcullis.ts'

const packed = (await import(`${ROOT}dist/index.js`)) as { loadBundle: typeof loadBySources }

async function faultsBy(load: typeof loadBySources, archive: Uint8Array): Promise<unknown> {
  try {
    await load(archive)
    return 'loads'
  } catch (error) {
    if (error instanceof Error && 'faults' in error) return error.faults
    throw error
  }
}

interface Spot {
  readonly holder: Record<string, unknown>
  readonly key: string
}

function spots(value: unknown): Spot[] {
  if (typeof value !== 'object' || value === null) return []
  const holder = value as Record<string, unknown>
  return Object.keys(holder).flatMap((key) => [{ holder, key }, ...spots(holder[key])])
}

const change = fc.record({
  member: fc.constantFrom('.manifest', 'portcullis.json'),
  at: fc.nat(),
  how: fc.oneof(
    fc.constant({ remove: true }),
    fc.record({
      put: fc.constantFrom<unknown>(null, 0, -1.5, '', 'x', '(', true, [], {}, ['x', 'x']),
    }),
    fc.record({ add: fc.constantFrom('other', 'nmae', 'pattern', 'default', 'items') }),
  ),
})

test('both find the same faults in the same places, whatever is wrong', async () => {
  const seen = new Set<string>()
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
      const members: Record<string, object> = structuredClone({
        '.manifest': MANIFEST,
        'portcullis.json': PORTCULLIS_JSON,
      })
      for (const { member, at, how } of changes) {
        const all = spots(members[member])
        const spot = all[at % all.length]
        if (spot === undefined) continue
        const { holder, key } = spot
        if ('put' in how) holder[key] = structuredClone(how.put)
        else if ('add' in how) holder[how.add] = 1
        else delete holder[key]
      }
      const archive = foreignArchive(foreignMembers(members))
      const expected = await faultsBy(loadBySources, archive)
      expect(await faultsBy(packed.loadBundle, archive)).toEqual(expected)
      if (Array.isArray(expected)) for (const { code } of expected) seen.add(String(code))
    }),
    { numRuns: 300 },
  )
  expect(seen.size).toBeGreaterThan(3)
})
