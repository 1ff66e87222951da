import { describe, expect, it } from 'vitest'

import { readResources } from '../../src/kubernetes/read-resources.ts'
import { describeResource } from '../../src/kubernetes/resource.ts'
import { createSourceFile, positionAt } from '../../src/source/source-file.ts'
import { locate } from '../../src/yaml/locate.ts'
import { toValue } from '../../src/yaml/yaml-node.ts'

function read(text: string) {
  const file = createSourceFile('a.yaml', text)
  const { resources, diagnostics, documents, empty } = readResources(file)
  const place = (offset: number): string => {
    const { line, column } = positionAt(file, offset)
    return `${line}:${column}`
  }
  return {
    documents,
    empty,
    found: resources.map((each) => {
      const { start } = locate(each.node, ['metadata', 'name']).span
      return `${each.apiVersion} ${describeResource(each)} ${place(start)} ${JSON.stringify(each.prefix)}`
    }),
    faults: diagnostics.map((each) => `${each.code} ${place(each.primary?.span.start ?? -1)}`),
    resources,
  }
}

describe('documents', () => {
  it('become objects, empty ones are counted', () => {
    const text =
      '---\n# nothing\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: a}\n---\nnull\n---\n'
    const { found, faults, documents, empty } = read(text)
    expect(found).toEqual(['v1 Pod a 6:18 []'])
    expect(faults).toEqual([])
    expect({ documents, empty }).toEqual({ documents: 4, empty: 3 })
  })

  it.each([
    ['- a\n', 'kubernetes/not-an-object 1:1'],
    ['just text\n', 'kubernetes/not-an-object 1:1'],
    ['kind: Pod\n', 'kubernetes/not-an-object 1:1'],
    ['apiVersion: v1\nmetadata: {}\n', 'kubernetes/not-an-object 1:1'],
    ['apiVersion: 1\nkind: Pod\n', 'kubernetes/not-an-object 1:13'],
    ['apiVersion: v1\nkind: ""\n', 'kubernetes/not-an-object 2:7'],
    ['apiVersion: a/b/c\nkind: Pod\n', 'kubernetes/not-an-object 1:13'],
    ['apiVersion: /v1\nkind: Pod\n', 'kubernetes/not-an-object 1:13'],
    ['apiVersion: v1\nkind: Pod\nmetadata: [a]\n', 'kubernetes/not-an-object 3:1'],
    ['apiVersion: v1\nkind: Pod\nmetadata:\n  name: 123\n', 'kubernetes/not-an-object 4:9'],
    ['apiVersion: v1\nkind: Pod\nmetadata:\n  namespace: on\n', 'kubernetes/not-an-object 4:14'],
  ])('reports %j', (text, expected) => {
    const { faults, found } = read(text)
    expect(faults).toEqual([expected])
    expect(found).toEqual([])
  })

  it('leaves what stands beside a fault to be judged', () => {
    const { found, faults } = read(
      'a: [\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: a}\n---\nb: 1\n',
    )
    expect(found).toEqual(['v1 Pod a 5:18 []'])
    expect(faults).toEqual(['yaml/syntax 1:4', 'kubernetes/not-an-object 7:1'])
  })
})

describe('lists', () => {
  it('C2: become their items, in their own places', () => {
    const { found, faults } = read(`apiVersion: v1
kind: List
items:
  - apiVersion: v1
    kind: Pod
    metadata: {name: a, namespace: x}
  - {apiVersion: v1, kind: List, items: [{apiVersion: apps/v1, kind: Deployment, metadata: {name: b}}]}
  - kind: Pod
  - null
`)
    expect(found).toEqual([
      'v1 Pod x/a 6:22 ["items",0]',
      'apps/v1 Deployment b 7:99 ["items",1,"items",0]',
    ])
    expect(faults).toEqual(['kubernetes/not-an-object 8:5', 'kubernetes/not-an-object 9:5'])
  })

  it('of one kind lend their items what these do not say', () => {
    const { resources, faults } = read(
      '{"apiVersion":"v1","kind":"PodList","items":[{"metadata":{"name":"a"}}]}',
    )
    expect(faults).toEqual([])
    expect(resources.map(({ node }) => toValue(node))).toEqual([
      { metadata: { name: 'a' }, apiVersion: 'v1', kind: 'Pod' },
    ])
  })

  it('without items hold nothing', () => {
    expect(read('apiVersion: v1\nkind: List\nitems:\n').found).toEqual([])
  })

  it('are objects of any kind with items, as they are to kubectl', () => {
    const { found, faults } = read(`apiVersion: v1
kind: ConfigMap
metadata: {name: outside}
items:
  - {apiVersion: v1, kind: Pod, metadata: {name: inside}}
  - {metadata: {name: same}}
`)
    expect(faults).toEqual([])
    expect(found).toEqual(['v1 Pod inside 5:50 ["items",0]', 'v1 ConfigMap same 6:23 ["items",1]'])
  })

  it.each([
    ['kind: List\nitems: {a: {apiVersion: v1, kind: Pod}}\n', 3],
    ['kind: PodList\nitems: {a: {}}\n', 3],
    ['kind: ConfigMap\nitems: none\n', 3],
    ['kind: List\nitem: [{apiVersion: v1, kind: Pod}]\n', 2],
  ])('with items that are no list are refused: %j', (text, line) => {
    const { found, faults } = read(`apiVersion: v1\n${text}`)
    expect(found).toEqual([])
    expect(faults).toMatchObject([expect.stringMatching(`^kubernetes/not-an-object ${line}:`)])
  })

  it('are not every kind with such a name', () => {
    const text = 'apiVersion: example.com/v1\nkind: AllowList\nmetadata: {name: a}\nspec: {}\n'
    expect(read(text).found).toEqual(['example.com/v1 AllowList a 3:18 []'])
  })
})

describe('what Helm renders', () => {
  const pod = (name: string): string => `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\n`
  const sources = (text: string) => read(text).resources.map((each) => each.source)

  it('says which template it came from', () => {
    const text = `---
# Source: shop/templates/web.yaml
${pod('a')}---
# Source: shop/charts/redis/templates/set.yaml
# The cache.

${pod('b')}---
${pod('c')}`
    const expected = ['shop/templates/web.yaml', 'shop/charts/redis/templates/set.yaml', undefined]
    expect(sources(text)).toEqual(expected)
    expect(sources(text.replaceAll('\n', '\r\n'))).toEqual(expected)
  })

  it('says so for each item of a List', () => {
    const list =
      'apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod}\n- {apiVersion: v1, kind: Pod}\n'
    const path = 'shop/templates/all.yaml'
    expect(sources(`# Source: ${path}\n${list}`)).toEqual([path, path])
  })

  it.each([
    ['outside a chart', '# Source: /etc/passwd\n'],
    ['above a chart', '# Source: shop/../../secret\n'],
    ['of a document before', `# Source: shop/a.yaml\n${pod('x')}---\n`],
    ['nowhere', '# Source:\n'],
    ['in other words', '# source: shop/a.yaml\n'],
  ])('is no such comment: %s', (_, comment) => {
    expect(sources(comment + pod('a')).at(-1)).toBeUndefined()
  })
})

describe('kinds that no API server serves any more', () => {
  it.each([
    ['extensions/v1beta1', 'Deployment', 'apps/v1'],
    ['extensions/v1beta1', 'Ingress', 'networking.k8s.io/v1'],
    ['apps/v1beta2', 'StatefulSet', 'apps/v1'],
    ['batch/v1beta1', 'CronJob', 'batch/v1'],
    ['policy/v1beta1', 'PodDisruptionBudget', 'policy/v1'],
    ['flowcontrol.apiserver.k8s.io/v1beta3', 'FlowSchema', 'flowcontrol.apiserver.k8s.io/v1'],
    ['policy/v1beta1', 'PodSecurityPolicy', 'nothing takes its place'],
  ])('%s %s: a warning names %s', (apiVersion, kind, replacement) => {
    const file = createSourceFile('a.yaml', `apiVersion: ${apiVersion}\nkind: ${kind}\n`)
    const { resources, diagnostics } = readResources(file)
    expect(resources).toHaveLength(1)
    expect(diagnostics).toMatchObject([
      {
        code: 'kubernetes/removed-api',
        severity: 'warning',
        help: expect.stringContaining(replacement) as string,
        primary: { span: { start: 12 } },
      },
    ])
  })

  it.each(['apps/v1', 'networking.k8s.io/v1beta1', 'toString'])('nothing of %s', (apiVersion) => {
    expect(read(`apiVersion: ${apiVersion}\nkind: ServiceCIDR\n`).faults).toEqual([])
  })
})

describe('reviews', () => {
  const review = (request: string): string =>
    `apiVersion: admission.k8s.io/v1\nkind: AdmissionReview\nrequest:\n  uid: u1\n  kind: {group: "", version: v1, kind: Pod}\n  resource: {group: "", version: v1, resource: pods}\n  operation: UPDATE\n  userInfo: {username: alice}\n  namespace: shop\n${request}`

  it('stand for the object that they are about', () => {
    const { resources, found, faults } = read(
      review(
        '  name: a\n  object: {apiVersion: v1, kind: Pod, metadata: {name: a, namespace: shop}}\n',
      ),
    )
    expect(faults).toEqual([])
    expect(found).toEqual(['v1 Pod shop/a 11:56 ["request","object"]'])
    expect(resources[0]?.review?.request.operation).toBe('UPDATE')
    expect(resources[0]?.review?.request.userInfo.username).toBe('alice')
  })

  it('point at the old object where there is no new one', () => {
    const text = review('  oldObject: {apiVersion: v1, kind: Pod, metadata: {name: b}}\n')
    expect(read(text).found).toEqual(['v1 Pod shop/b 10:59 ["request","oldObject"]'])
  })

  it.each([
    ['  object: {apiVersion: v1, kind: Node}\n', 'kubernetes/invalid-review 3:1'],
    ['  object: []\n', 'kubernetes/invalid-review 3:1'],
  ])('are refused with %j', (request, expected) => {
    const { faults, found } = read(review(request))
    expect(faults).toEqual([expected])
    expect(found).toEqual([])
  })

  it.each([
    ['of a namespaced resource', 'v1', 'Pod', 'pods', 'request.namespace'],
    ['of a subresource', 'v1', 'Pod', 'pods\n  subResource: exec', 'request.namespace'],
  ])(
    '%s without a namespace are refused: bindings would pass over them',
    (_, v, kind, resource) => {
      const { faults, found } = read(`apiVersion: admission.k8s.io/v1
kind: AdmissionReview
request:
  uid: u1
  kind: {group: "", version: ${v}, kind: ${kind}}
  operation: CREATE
  userInfo: {username: alice}
  object: {apiVersion: v1, kind: Pod, metadata: {name: a, namespace: shop}}
  resource:
    group: ""
    version: v1
    resource: ${resource}
`)
      expect(faults).toEqual(['kubernetes/invalid-review 3:1'])
      expect(found).toEqual([])
    },
  )

  it('of a cluster-scoped resource need no namespace', () => {
    const { faults } = read(`apiVersion: admission.k8s.io/v1
kind: AdmissionReview
request:
  uid: u1
  kind: {group: "", version: v1, kind: Node}
  resource: {group: "", version: v1, resource: nodes}
  operation: CREATE
  userInfo: {username: alice}
  object: {apiVersion: v1, kind: Node, metadata: {name: a}}
`)
    expect(faults).toEqual([])
  })

  it('without a request are refused', () => {
    expect(read('apiVersion: admission.k8s.io/v1\nkind: AdmissionReview\n').faults).toEqual([
      'kubernetes/invalid-review 1:1',
    ])
  })
})
