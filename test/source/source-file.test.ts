import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createSourceFile, lineText, offsetAt, positionAt } from '../../src/source/source-file.ts'

const text = fc
  .array(fc.constantFrom('a', 'é', '😀', '\n', '\r\n', '\r', '\t'))
  .map((pieces) => pieces.join(''))

describe('source file', () => {
  it('turns every offset into a position and back', () => {
    fc.assert(
      fc.property(text, (content) => {
        const file = createSourceFile('f', content)
        for (let offset = 0; offset <= content.length; offset++) {
          expect(offsetAt(file, positionAt(file, offset))).toBe(offset)
        }
      }),
    )
  })

  it('ends lines at LF, CRLF and a lone CR, as YAML does', () => {
    fc.assert(
      fc.property(text, (content) => {
        const file = createSourceFile('f', content)
        const lines = file.lineStarts.map((_, index) => lineText(file, index + 1))
        expect(lines).toEqual(content.split(/\r\n|\r|\n/))
      }),
    )
  })

  it('counts columns in UTF-16 code units', () => {
    const file = createSourceFile('f', 'a\n😀b')
    expect(positionAt(file, 4)).toEqual({ line: 2, column: 3 })
  })

  it('keeps a position past the end within the text', () => {
    expect(offsetAt(createSourceFile('f', 'ab'), { line: 9, column: 9 })).toBe(2)
  })
})
