import { createHash } from 'node:crypto'
import { describe, expect, it, test } from 'vitest'
import { excerptOf } from '../../src/report/excerpt.ts'
import { renderHtml } from '../../src/report/html.ts'
import { createSourceFile } from '../../src/source/source-file.ts'
import {
  finding,
  hostileReport,
  judged,
  only,
  POD,
  reportOf,
  sampleFiles,
  sampleReport,
} from './sample.ts'

const SAMPLE = renderHtml(sampleReport(), { files: sampleFiles() })

describe('the page', () => {
  it('names the hashes of its one style and its one script, and nothing else', () => {
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(SAMPLE)?.[1]
    const hashOf = (tag: string): string => {
      const texts = [...SAMPLE.matchAll(new RegExp(`<${tag}>([^]*?)</${tag}>`, 'g'))]
      expect(texts).toHaveLength(1)
      return createHash('sha256')
        .update(texts[0]?.[1] ?? '')
        .digest('base64')
    }
    expect(policy).toBe(
      `default-src 'none'; style-src 'sha256-${hashOf('style')}'; script-src 'sha256-${hashOf('script')}'; base-uri 'none'; form-action 'none'`,
    )
  })

  it('refers to nothing but what it links to', () => {
    for (const page of [SAMPLE, hostile()]) {
      expect(page).not.toMatch(
        / (?:src|srcset|style|on[a-z]+)=["']|@import|url\(|<(?:link|base|iframe|object|embed|img)\b/,
      )
    }
    expect([...SAMPLE.matchAll(/href="([^"]*)"/g)].map(([, href]) => href)).toEqual([
      'https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/',
    ])
  })

  it('has the same bytes for the same run', () => {
    expect(renderHtml(sampleReport(), { files: sampleFiles() })).toBe(SAMPLE)
  })

  it('shows as many findings as a browser can take, the worst, and says how many there are', () => {
    const many = Array.from({ length: 5_003 }, (_, index) =>
      finding(['spec'], `n ${index}`, index < 5_000 ? 'Warn' : 'Deny'),
    )
    const page = renderHtml(reportOf([judged(only('a', POD), many)]), { files: new Map() })
    expect(page.match(/<article class="finding warn"/g)).toHaveLength(4_997)
    expect(page.match(/<article class="finding deny"/g)).toHaveLength(3)
    expect(page).toContain('These are the worst 5000; the JSON report has all 5003.')
  })

  it('says so where nothing is at fault', () => {
    const page = renderHtml(reportOf([judged(only('a', POD), [])]), { files: new Map() })
    expect(page).toContain('<h1>Nothing to mend</h1>')
    expect(page).not.toContain('id="filters"')
  })
})

function hostile(): string {
  const { report, files } = hostileReport()
  return renderHtml(report, { files })
}

test('text of any origin stays text', () => {
  const page = hostile()
  expect(page.match(/<script/g)).toHaveLength(1)
  expect(page).not.toContain('<img')
  expect(page).not.toContain('javascript:')
  expect(page).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}]/u)
  expect(page).toContain('&lt;/code&gt;&lt;/pre&gt;&lt;script&gt;alert(2)&lt;/script&gt;')
})

describe('an excerpt', () => {
  const show = (text: string, place: readonly [number, number, number, number]): string[] => {
    const [line, column, endLine, endColumn] = place
    return excerptOf(createSourceFile('a', text), { line, column, endLine, endColumn }).map(
      ({ number, before, marked, after, afterGap }) =>
        `${afterGap ? '... ' : ''}${number} ${before}[${marked}]${after}`,
    )
  }

  it('has two lines around the place', () => {
    expect(show('a\nb\nc\ndef\ng\nh\ni\n', [4, 2, 4, 3])).toEqual([
      '2 []b',
      '3 []c',
      '4 d[e]f',
      '5 []g',
      '6 []h',
    ])
  })

  it('ends with the file', () => {
    expect(show('a\nb\n', [2, 1, 2, 2])).toEqual(['1 []a', '2 [b]'])
    expect(show('', [1, 1, 1, 1])).toEqual(['1 []'])
  })

  it('marks every line of a long place but for its indentation, and leaves out the middle', () => {
    const text = `a: |\n${Array.from({ length: 20 }, (_, index) => `  l${index}\n`).join('')}`
    expect(show(text, [1, 4, 21, 6])).toEqual([
      '1 a: [|]',
      '2   [l0]',
      '3   [l1]',
      '4   [l2]',
      '... 18   [l16]',
      '19   [l17]',
      '20   [l18]',
      '21   [l19]',
    ])
  })

  it('cuts a long line around the place, and spells out what cannot be seen', () => {
    const [line] = show(`${'x'.repeat(500)}\u202e\tBAD${'y'.repeat(500)}`, [1, 503, 1, 506])
    expect(line).toMatch(/^1 …x{78}\\u\{202e\} {4}\[BAD\]y{217}…$/)
  })
})
