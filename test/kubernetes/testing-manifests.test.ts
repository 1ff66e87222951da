// Kubernetes' own manifests: every document is read or reported, and every scalar is found where its text is.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { readResources } from '../../src/kubernetes/read-resources.ts'
import { createSourceFile } from '../../src/source/source-file.ts'
import { decodeUtf8 } from '../../src/yaml/decode-utf8.ts'
import { readYaml } from '../../src/yaml/read-yaml.ts'
import { kubernetesSources } from '../support/kubernetes-module.ts'
import { scalarsOf } from '../yaml/scalars-of.ts'

const sources = kubernetesSources('Kubernetes’ own manifests')
const folder = join(sources ?? '', 'test/e2e/testing-manifests')
const paths =
  sources === undefined
    ? []
    : readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((path) => /\.(?:ya?ml|json)$/.test(path))
        .toSorted()

function read(path: string) {
  const { file } = decodeUtf8(readFileSync(join(folder, path)), path)
  if (file === undefined) throw new Error(`${path} is not UTF-8`)
  return file
}

describe.skipIf(sources === undefined)('Kubernetes’ testing-manifests', () => {
  it('are many', () => {
    expect(paths.length).toBeGreaterThan(90)
  })

  it('C2: every document is an object, empty, or reported', () => {
    const faults: string[] = []
    let objects = 0
    let separators = 0
    for (const path of paths) {
      const file = read(path)
      const { resources, diagnostics, documents, empty } = readResources(file)
      const origins = new Set(resources.map((each) => each.documentIndex))
      expect(origins.size + empty + diagnostics.length, path).toBeGreaterThanOrEqual(documents)
      // A plain count of separators is the second opinion.
      const pieces = file.text
        .split(/^---.*$/m)
        .filter((piece) => piece.replaceAll(/^\s*#.*$/gm, '').trim() !== '')
      expect(documents - empty, path).toBe(pieces.length)
      separators += pieces.length
      objects += resources.length
      for (const each of diagnostics) faults.push(`${path} ${each.code}`)
    }
    expect(objects).toBeGreaterThanOrEqual(separators - faults.length)
    expect(faults).toMatchInlineSnapshot(`
      [
        "auth/encrypt/softhsm-config.json kubernetes/not-an-object",
      ]
    `)
  })

  it('C2: every scalar is found where its text is', () => {
    let scalars = 0
    for (const path of paths) {
      const { text } = read(path)
      for (const document of readYaml(createSourceFile(path, text)).documents) {
        for (const { node, decoded, path: keys } of scalarsOf(text, document)) {
          scalars++
          expect(decoded, `${path} ${keys.join('.')}`).toEqual(node.scalar)
        }
      }
    }
    expect(scalars).toBeGreaterThan(3500)
  })
})
