import { describe, expect, it } from 'vitest'

import { createSourceFile, positionAt } from '../../src/source/source-file.ts'
import { locate } from '../../src/yaml/locate.ts'
import { readYaml } from '../../src/yaml/read-yaml.ts'

function find(text: string, path: readonly (string | number)[]): string {
  const file = createSourceFile('a.yaml', text)
  const root = readYaml(file).documents.at(-1)?.root
  if (root === undefined) throw new Error('the sample has no content')
  const { span, exact } = locate(root, path)
  const { line, column } = positionAt(file, span.start)
  const shown = JSON.stringify(text.slice(span.start, span.end))
  return `${line}:${column} ${shown}${exact ? '' : ' (nearest)'}`
}

const POD = `# a pod
apiVersion: v1
kind: Pod
metadata: { name: web, labels: }
spec:
  hostNetwork: true
  containers:
    - name: web
      image: "nginx:1"
      args:
        - --port
        - |
          one
          two
    - &side
      name: side
      resources: {}
  initContainers:
    - *side
  empty:
`

describe('locate', () => {
  it.each([
    [['spec', 'hostNetwork'], '6:16 "true"'],
    [['spec', 'containers', 0, 'image'], '9:14 "\\"nginx:1\\""'],
    [['spec', 'containers', 0, 'args', 0], '11:11 "--port"'],
    [['spec', 'containers', 0, 'args', 1], '12:11 "|\\n          one\\n          two\\n"'],
    [['spec', 'containers'], '7:3 "containers"'],
    [['spec', 'containers', 0], '8:7 "name"'],
    [['spec', 'containers', 1], '16:7 "name"'],
    [['spec', 'containers', 1, 'resources'], '17:7 "resources"'],
    [['spec', 'initContainers', 0, 'name'], '16:13 "side"'],
    [['metadata'], '4:1 "metadata"'],
    [['metadata', 'name'], '4:19 "web"'],
    [['metadata', 'labels'], '4:31 ""'],
    [['spec', 'empty'], '20:9 ""'],
    [['spec', 'containers', '0', 'name'], '8:13 "web"'],
    [[], '2:1 "apiVersion"'],
  ])('finds what stands at %j', (path, expected) => {
    expect(find(POD, path)).toBe(expected)
  })

  it.each([
    [['spec', 'containers', 0, 'resources', 'limits', 'memory'], '8:7 "name" (nearest)'],
    [['spec', 'containers', 1, 'resources', 'limits'], '17:7 "resources" (nearest)'],
    [['metadata', 'labels', 'owner'], '4:24 "labels" (nearest)'],
    [['metadata', 'annotations'], '4:1 "metadata" (nearest)'],
    [['spec', 'containers', 7, 'image'], '7:3 "containers" (nearest)'],
    [['spec', 'containers', -1], '7:3 "containers" (nearest)'],
    [['spec', 'containers', 0.5], '7:3 "containers" (nearest)'],
    [['spec', 'containers', '00'], '7:3 "containers" (nearest)'],
    [['spec', 'hostNetwork', 'x'], '6:3 "hostNetwork" (nearest)'],
    [['status'], '2:1 "apiVersion" (nearest)'],
    [['__proto__'], '2:1 "apiVersion" (nearest)'],
    [['constructor', 'name'], '2:1 "apiVersion" (nearest)'],
  ])('for %j finds what should hold it', (path, expected) => {
    expect(find(POD, path)).toBe(expected)
  })

  it.each([
    ['a: {b: [1, {c: d}]}', ['a', 'b', 1], '1:12 "{"'],
    ['a: [[1]]', ['a', 0], '1:5 "["'],
    ['- - a\n  - b\n', [0], '1:3 "-"'],
    ['{"a": {"b": "c"}}', ['a'], '1:2 "\\"a\\""'],
    ['{"a": {"b": "c"}}', ['a', 'b'], '1:13 "\\"c\\""'],
    ['{"a": "b"}', [], '1:1 "{"'],
    ['a: &x {b: 1}\nc: {<<: *x}\n', ['c', 'b'], '1:11 "1"'],
    ['a: &x {b: 1}\nc: *x\n', ['c'], '2:1 "c"'],
    ['x: 1\n---\r\na:\r\n  b: c\r\n', ['a', 'b'], '4:6 "c"'],
    ['\uFEFFa: b', ['a'], '1:5 "b"'],
    ['? a\n: b\n', ['a'], '2:3 "b"'],
    ['a: !!str yes', ['a'], '1:10 "yes"'],
    ['a: "one\n  two"', ['a'], '1:4 "\\"one\\n  two\\""'],
    ['a: one\n  two # c', ['a'], '1:4 "one\\n  two"'],
    ['a: # x | y\n  >-\n  b\n', ['a'], '2:3 ">-\\n  b\\n"'],
    ['a:\n- |2-\n   b\n', ['a', 0], '2:3 "|2-\\n   b\\n"'],
    ['- # x\n-\n- a', [1], '2:2 ""'],
    ['{a, b: }', ['b'], '1:7 ""'],
    ['{a, b: }', ['a'], '1:3 ""'],
  ])('in %j finds %j', (text, path, expected) => {
    expect(find(text, path)).toBe(expected)
  })
})
