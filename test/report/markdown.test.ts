import { describe, expect, it, test } from 'vitest'
import { markdownText } from '../../src/report/markdown-text.ts'
import { renderMarkdown } from '../../src/report/markdown.ts'
import {
  finding,
  hostileReport,
  judged,
  LIMITS,
  only,
  POD,
  reportOf,
  sampleReport,
} from './sample.ts'

test('a table by file', () => {
  expect(renderMarkdown(sampleReport(), 60_000)).toMatchInlineSnapshot(`
    "### :warning: Portcullis: not everything could be judged

    2 resources, 3 bindings, 2 pairs skipped (2 by namespace): 1 denied, 2 warnings, 1 audited, 1 excepted, 3 errors

    Bundle <code>baseline</code>, <code>sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa</code>

    #### Not judged

    | where | what |
    | --- | --- |
    |  | <code>bundle/unreadable</code> no place |
    | <code>deploy/broken.yaml:1:4</code> | <code>yaml/syntax</code> unexpected end of the stream |
    | <code>deploy/pod.yaml:1:1</code> | <code>evaluation/budget-exceeded</code> binding <code>limits</code> could not judge Pod: used up 100 units of fuel |

    #### <code>deploy/pod.yaml</code>: 1 warning

    | | where | what | object | how to mend it |
    | --- | --- | --- | --- | --- |
    | warn, medium | 1:1 | [container-limits](<https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/>): no owner | Pod | Set resources.limits. |

    #### <code>deploy/web.yaml</code>: 1 denied, 1 warning, 1 audited, 1 excepted

    | | where | what | object | how to mend it |
    | --- | --- | --- | --- | --- |
    | excepted, high | 7:13 | host-network: is named web | Deployment shop/web | legacy-web, until 2026-12-31, by team-web: goes with the rewrite |
    | deny, high | 12:24 | host-network: hostNetwork is true | Deployment shop/web | Remove hostNetwork. |
    | warn, medium | 14:15 | [container-limits](<https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/>): container <code>web</code> has no cpu limit | Deployment shop/web | Set resources.limits. |
    | audit, high | 17:19 | host-network: command is a script | Deployment shop/web | Remove hostNetwork. |
    "
  `)
})

test('a run without a finding is a heading and a line', () => {
  expect(renderMarkdown(reportOf([judged(only('a', POD), [])]), 60_000)).toMatch(
    /^### :white_check_mark: .*\n\n1 resource, .*\n\nBundle .*\n$/,
  )
})

describe('bounds', () => {
  const many = Array.from({ length: 300 }, (_, index) =>
    judged(only(`${'ü'.repeat(index % 9)}${index % 20}.yaml`, POD), [
      finding(undefined, `mild | ${index}`, 'Warn', LIMITS),
      finding(undefined, `bad ${index}`, 'Deny'),
    ]),
  )

  it.each([600, 1_000, 5_000, 60_000, 1_000_000])('fits %i bytes, and counts the rest', (bytes) => {
    const text = renderMarkdown(reportOf(many), bytes)
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(bytes)
    const rows = text.split('\n').filter((line) => /^\| (deny|warn), /.test(line)).length
    const more = Number(/^(\d+) more/m.exec(text)?.[1] ?? 0)
    expect(rows + more).toBe(600)
  })

  it('leaves out the mildest first, and keeps the order of files', () => {
    const text = renderMarkdown(reportOf(many), 40_000)
    const rows = text.split('\n').filter((line) => /^\| (deny|warn), /.test(line))
    expect(rows.length).toBeGreaterThan(10)
    expect(rows.filter((line) => line.startsWith('| warn'))).toEqual([])
    const files = [...text.matchAll(/^#### <code>(.*)<\/code>/gm)].map(([, file]) => file ?? '')
    expect(files).toEqual(files.toSorted((a, b) => (a < b ? -1 : 1)))
  })
})

describe('what an object says', () => {
  it('cannot end a cell, link, call for people, or bring HTML', () => {
    const text = renderMarkdown(hostileReport().report, 60_000)
    const rows = text.split('\n').filter((line) => line.startsWith('|'))
    for (const row of rows) expect([3, 6]).toContain(row.split('|').length - 1)
    expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u)
    const ours = text.replaceAll(/<(?:\/?code|!--[\s-]*--)>/g, '')
    expect(ours).not.toMatch(/<[a-z/!]/i)
    expect(text).not.toMatch(/@everyone|(?<!&)#1|(?<!\\)\]\(|:\/\/evil/)
  })

  it.each([
    ['a `b|c` d', 'a <code>b&#124;c</code> d'],
    ['a ` b', 'a \\` b'],
    ['*x* _y_ [z] ~w~ $v$ \\', '\\*x\\* \\_y\\_ \\[z\\] \\~w\\~ \\$v\\$ \\\\'],
    ['<b> & "q"', '&lt;b&gt; &amp; "q"'],
    ['@a #1 !2', '@<!-- -->a #<!-- -->1 !<!-- -->2'],
    ['https://a.example www.b.example', 'https:<!-- -->//a.example www<!-- -->.b.example'],
    ['two\nlines', 'two lines'],
  ])('%j is written %j', (text, expected) => {
    expect(markdownText(text)).toBe(expected)
  })
})
