// Texts made to use up time or memory: each is read or refused within bounds.
import { describe, expect, it } from 'vitest'

import { createSourceFile } from '../../src/source/source-file.ts'
import { decodeUtf8 } from '../../src/yaml/decode-utf8.ts'
import { readYaml } from '../../src/yaml/read-yaml.ts'
import { cpuMs } from '../support/cpu-ms.ts'

function codesOf(text: string): string[] {
  return readYaml(createSourceFile('a.yaml', text)).diagnostics.map((each) => each.code)
}

const repeat = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => line(index)).join('')

const BOMB = `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghij'.replaceAll(
  /./g,
  (name) =>
    `${name}: &${name} [${Array(9)
      .fill(`*${String.fromCharCode(name.charCodeAt(0) - 1)}`)
      .join(',')}]\n`,
)}`

describe('text that unfolds to more than it may', () => {
  it.each([
    ['C2: an alias bomb', BOMB],
    [
      'a long string, many times',
      `a: &a "${'x'.repeat(100_000)}"\nb: [${Array(10_000).fill('*a').join(',')}]\n`,
    ],
    [
      'merge keys',
      `a: &a {${repeat(1000, (i) => `k${i}: 1, `)}}\n${repeat(5000, (i) => `m${i}:\n  <<: *a\n`)}`,
    ],
    [
      'aliases of aliases',
      `a0: &a0 [1]\n${repeat(2000, (i) => `a${i + 1}: &a${i + 1} [*a${i}]\n`)}`,
    ],
    ['brackets', '['.repeat(100_000)],
    ['JSON', '{"a":'.repeat(100_000)],
    ['blocks', repeat(2000, (i) => `${' '.repeat(i)}a:\n`)],
    ['dashes', `${'- '.repeat(40_000)}x`],
  ])('refuses %s', (_, text) => {
    expect(codesOf(text)).toEqual(['yaml/too-large'])
  })
})

describe('text that costs more than its length', () => {
  it.each([
    ['anchors on anchors', repeat(90, (i) => `${' '.repeat(i)}&a${i}\n`)],
    ['tags and anchors', repeat(60, (i) => `${' '.repeat(i)}!!map &a${i}\n`)],
    ['explicit keys', '? '.repeat(400)],
    ['flow keys', '[? '.repeat(400)],
    ['lines that lack indentation', repeat(3000, (i) => `a${i}: [\n]\n`)],
    [
      'a long line, then lines that lack indentation',
      `x: ${'y'.repeat(100_000)}\n${repeat(300, (i) => `a${i}: [\n]\n`)}`,
    ],
    ['an endless quote', `a: "${'x'.repeat(1_000_000)}`],
    ['quotes', 'a: "\n'.repeat(5000)],
    ['broken documents', '---\na: [\n'.repeat(2000)],
    ['half JSON', '{"a":1} x\n---\n'.repeat(2000)],
  ])('ends soon for %s', (_, text) => {
    const start = cpuMs()
    expect(codesOf(text).length).toBeGreaterThan(0)
    expect(cpuMs() - start).toBeLessThan(10_000)
  })

  it.each([
    ['long numbers', `a: ${'9'.repeat(1_000_000)}\nb: 0x${'f'.repeat(1_000_000)}\n`],
    ['empty documents', '---\n'.repeat(20_000)],
    ['empty values', repeat(50_000, (i) => `k${i}:\n`)],
    ['many keys', `{${repeat(100_000, (i) => `"k${i}":${i},`)}"z":1}`],
    ['lone carriage returns', '\r'.repeat(1_000_000)],
    ['comments', `${'#'.repeat(1_000_000)}\n${'# x\n'.repeat(100_000)}`],
  ])('reads %s', (_, text) => {
    const start = cpuMs()
    expect(codesOf(text)).toEqual([])
    expect(cpuMs() - start).toBeLessThan(10_000)
  })
})

describe('bytes', () => {
  const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)

  it('drops a byte order mark', () => {
    expect(decodeUtf8(bytes(0xef, 0xbb, 0xbf, 0x61), 'f').file?.text).toBe('a')
  })

  it.each([
    ['a lone continuation byte', bytes(0x61, 0x0a, 0x62, 0x80), '2:2', 'byte 3'],
    ['an overlong form', bytes(0xc0, 0xaf), '1:1', 'byte 0'],
    ['half a surrogate pair', bytes(0x61, 0xed, 0xa0, 0x80), '1:2', 'byte 1'],
    ['a character cut off', bytes(0x61, 0xe2, 0x82), '1:2', 'byte'],
    ['UTF-16', bytes(0xff, 0xfe, 0x61, 0x00), '1:1', 'UTF-16'],
  ])('refuses %s', (_, input, place, text) => {
    const { file, diagnostics } = decodeUtf8(input, 'f')
    expect(file).toBeUndefined()
    expect(diagnostics.map((each) => each.code)).toEqual(['yaml/encoding'])
    expect(diagnostics[0]?.message).toContain(text)
    const { primary } = diagnostics[0] ?? {}
    const before = primary?.file.text.slice(0, primary.span.start).split('\n') ?? []
    expect(`${before.length}:${(before.at(-1)?.length ?? 0) + 1}`).toBe(place)
  })

  it('reads one byte or a million', () => {
    expect(decodeUtf8(new Uint8Array(0), 'f').file?.text).toBe('')
    const large = new Uint8Array(1_000_000).fill(0x61)
    large[999_999] = 0xff
    expect(decodeUtf8(large, 'f').diagnostics[0]?.message).toContain('byte 999999')
  })
})
