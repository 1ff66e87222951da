// `check` on Kubernetes' own manifests. What is at each finding's place is read again from the file's text by another reader,
// and compared with what the finding's path leads to.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CORE_SCHEMA, load, loadAll, mergeTag } from 'js-yaml'
import { describe, expect, test } from 'vitest'
import type { Report, ReportFinding } from '../../src/report/report.ts'
import { kubernetesSources } from '../support/kubernetes-module.ts'
import { portcullis } from '../support/portcullis.ts'

const SCHEMA = CORE_SCHEMA.withTags(mergeTag)
const sources = kubernetesSources('check on Kubernetes’ own manifests')

describe.skipIf(sources === undefined)('check on Kubernetes’ own manifests', () => {
  const folder = join(sources ?? '', 'test/e2e/testing-manifests')

  test('reads or reports every document, and every fault is where it says', async () => {
    const { stdout, code } = await portcullis([
      'check',
      '-o',
      'json',
      '--unknown-namespace',
      'match',
      '--namespace',
      'core-e2e',
      folder,
    ])
    const report = JSON.parse(stdout) as Report
    const documents = manifests(folder).flatMap((path) =>
      loadAll(readFileSync(path, 'utf8'), { schema: SCHEMA }).filter(
        (document) => document !== null && document !== undefined,
      ),
    )
    expect(documents.length).toBeGreaterThan(150)
    expect(report.summary.resources + report.errors.length).toBe(documents.length)
    expect(report.errors.map((each) => each.code)).toEqual(['kubernetes/not-an-object'])
    expect(code).toBe(2)

    expect(report.findings.length).toBeGreaterThan(200)
    const wrong = report.findings.filter((finding) => !isRight(finding))
    expect(wrong).toEqual([])
  })
})

function manifests(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(?:ya?ml|json)$/.test(path))
    .map((path) => join(folder, path))
}

/** Whether the text at the place is the value the path leads to, or the key that comes nearest to it. */
function isRight(finding: ReportFinding): boolean {
  const { file, line, column, endLine, endColumn, path, resource } = finding
  const text = readFileSync(file, 'utf8')
  const lines = text.split('\n')
  const shown =
    line === endLine ? (lines[line - 1] ?? '').slice(column - 1, endColumn - 1) : undefined
  if (shown === undefined || shown === '') return false
  const objects = loadAll(text, { schema: SCHEMA })
    .flatMap((document) => itemsOf(document))
    .filter((each) => each['kind'] === resource.kind && nameOf(each) === resource.name)
  return objects.some((object) => {
    let value: unknown = object
    let nearest: string | number | undefined
    for (const key of path) {
      const next = child(value, key)
      if (next === undefined) return isKeyOrFirst(shown, nearest, value)
      value = next
      nearest = key
    }
    return typeof value === 'object' && value !== null
      ? isKeyOrFirst(shown, nearest, value)
      : JSON.stringify(load(shown, { schema: SCHEMA })) === JSON.stringify(value)
  })
}

function isKeyOrFirst(
  shown: string,
  nearest: string | number | undefined,
  value: unknown,
): boolean {
  if (typeof nearest === 'string') return load(shown) === nearest
  const first = typeof value === 'object' && value !== null ? Object.keys(value)[0] : undefined
  return load(shown) === first
}

function itemsOf(document: unknown): Record<string, unknown>[] {
  if (typeof document !== 'object' || document === null) return []
  const object = document as Record<string, unknown>
  return Array.isArray(object['items']) ? object['items'].flatMap(itemsOf) : [object]
}

function nameOf(object: Record<string, unknown>): unknown {
  return child(object['metadata'], 'name') ?? ''
}

function child(value: unknown, key: string | number): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  return (value as Record<string | number, unknown>)[key]
}
