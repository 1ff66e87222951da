import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { diagnostic } from '../../src/diagnostic/diagnostic.ts'
import { renderDiagnostic } from '../../src/diagnostic/render.ts'
import { createSourceFile, type SourceFile } from '../../src/source/source-file.ts'

function render(text: string, marked: string, note?: string): string {
  const file = createSourceFile('policies/bundle.yaml', text)
  return renderDiagnostic(
    diagnostic(
      'bundle/unknown-parameter',
      '`label` is not a parameter of policy `required-labels`',
      {
        primary: labelOf(file, marked, note),
      },
    ),
    { color: false },
  )
}

function labelOf(file: SourceFile, marked: string, text?: string) {
  const start = file.text.indexOf(marked)
  const span = { start, end: start + marked.length }
  return text === undefined ? { file, span } : { file, span, text }
}

describe('renderDiagnostic', () => {
  it('shows the code, the place, the line and the marks', () => {
    const text = `${'\n'.repeat(13)}      parameters: { label: [owner] }\n`
    expect(render(text, 'label', 'did you mean `labels`?')).toMatchInlineSnapshot(`
      "error[bundle/unknown-parameter]: \`label\` is not a parameter of policy \`required-labels\`
        --> policies/bundle.yaml:14:21
         |
      14 |       parameters: { label: [owner] }
         |                     ^^^^^ did you mean \`labels\`?"
    `)
  })

  it('shows related places and the help', () => {
    const file = createSourceFile('web.yaml', 'name: a\nkind: Pod\nname: b\n')
    const text = renderDiagnostic(
      diagnostic('yaml/duplicate-key', 'key `name` stands twice in one map', {
        primary: { file, span: { start: 18, end: 22 } },
        related: [{ file, span: { start: 0, end: 4 }, text: 'first here' }],
        help: 'Remove one of them',
      }),
      { color: false },
    )
    expect(text).toMatchInlineSnapshot(`
      "error[yaml/duplicate-key]: key \`name\` stands twice in one map
       --> web.yaml:3:1
        |
      3 | name: b
        | ^^^^
       ::: web.yaml:1:1
        |
      1 | name: a
        | ---- first here
        = help: Remove one of them"
    `)
  })

  it('shows where a span of many lines begins and ends', () => {
    expect(render('a: |\n  one\n  two\n  three\nb: 1\n', '|\n  one\n  two\n  three\n', 'all of it'))
      .toMatchInlineSnapshot(`
      "error[bundle/unknown-parameter]: \`label\` is not a parameter of policy \`required-labels\`
       --> policies/bundle.yaml:1:4
        |
      1 | a: |
        |    ^
      ...
      4 |   three
        |   ^^^^^ all of it"
    `)
  })

  it('shows two lines without a gap', () => {
    expect(render('a: "one\n  two"\n', '"one\n  two"')).toMatchInlineSnapshot(`
      "error[bundle/unknown-parameter]: \`label\` is not a parameter of policy \`required-labels\`
       --> policies/bundle.yaml:1:4
        |
      1 | a: "one
        |    ^^^^
      2 |   two"
        |   ^^^^"
    `)
  })

  it('keeps the marks under the text behind tabs and wide characters', () => {
    expect(render('\tname: 猫\t# 😀 label: x\n', 'label')).toMatchInlineSnapshot(`
      "error[bundle/unknown-parameter]: \`label\` is not a parameter of policy \`required-labels\`
       --> policies/bundle.yaml:1:15
        |
      1 |     name: 猫    # 😀 label: x
        |                      ^^^^^"
    `)
  })

  it('cuts a long line around the span', () => {
    expect(render(`${'x'.repeat(5000)} label ${'y'.repeat(5000)}`, 'label')).toMatchInlineSnapshot(`
      "error[bundle/unknown-parameter]: \`label\` is not a parameter of policy \`required-labels\`
       --> policies/bundle.yaml:1:5002
        |
      1 | …xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx label yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy…
        |                                                              ^^^^^"
    `)
  })

  it('cuts a span that is longer than the line it may take', () => {
    expect(render(`k: ${'z'.repeat(5000)}`, 'z'.repeat(5000))).toMatchInlineSnapshot(`
      "error[bundle/unknown-parameter]: \`label\` is not a parameter of policy \`required-labels\`
       --> policies/bundle.yaml:1:4
        |
      1 | k: zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz…
        |    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^"
    `)
  })

  it('marks one place for an empty span, and the end of the file', () => {
    const file = createSourceFile('f.yaml', 'owner:')
    const at = { file, span: { start: 6, end: 6 } }
    const text = renderDiagnostic(diagnostic('yaml/syntax', 'no value', { primary: at }), {
      color: false,
    })
    expect(text).toMatchInlineSnapshot(`
      "error[yaml/syntax]: no value
       --> f.yaml:1:7
        |
      1 | owner:
        |       ^"
    `)
  })

  it('spells out what would steer the terminal', () => {
    expect(
      render(
        'a: \u001b[31mlabel\u001b[0m\u202e\u0007\u2028\u200b\n',
        'label',
        'no\u001b]0;x\u0007te',
      ),
    ).toMatchInlineSnapshot(`
      "error[bundle/unknown-parameter]: \`label\` is not a parameter of policy \`required-labels\`
       --> policies/bundle.yaml:1:9
        |
      1 | a: ␛[31mlabel␛[0m\\u{202e}␇\\u{2028}\\u{200b}
        |         ^^^^^ no␛]0;x␇te"
    `)
  })

  it('shows a diagnostic without a place', () => {
    const text = renderDiagnostic(diagnostic('bundle/unreadable', 'the archive is cut off'), {
      color: false,
    })
    expect(text).toBe('error[bundle/unreadable]: the archive is cut off')
  })

  it('colours only when asked, and the same text', () => {
    const file = createSourceFile('f.yaml', 'a: b\n')
    const fault = diagnostic('yaml/syntax', 'oh', {
      primary: labelOf(file, 'b', 'this'),
      help: 'mend it',
    })
    const colored = renderDiagnostic(fault, { color: true })
    expect(colored).toContain('\u001b[')
    expect(colored.replaceAll(/\p{Cc}\[[0-9;]*m/gu, '')).toBe(
      renderDiagnostic(fault, { color: false }),
    )
  })

  it('never writes a control character, whatever the file holds', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.nat(50),
        fc.nat(50),
        (content, from, length) => {
          const file = createSourceFile(content, content)
          const start = Math.min(from, content.length)
          const span = { start, end: Math.min(start + length, content.length) }
          const fault = diagnostic('yaml/syntax', content, {
            primary: { file, span, text: content },
            help: content,
          })
          expect(renderDiagnostic(fault, { color: false })).not.toMatch(
            /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u,
          )
        },
      ),
    )
  })

  it('puts as many marks as the span is wide', () => {
    const word = fc.string({
      unit: fc.constantFrom('a', '猫', '\t', '😀', 'é'),
      minLength: 1,
      maxLength: 30,
    })
    fc.assert(
      fc.property(word, word, (before, marked) => {
        const file = createSourceFile('f', before + marked)
        const span = { start: before.length, end: before.length + marked.length }
        const text = renderDiagnostic(diagnostic('yaml/syntax', 'x', { primary: { file, span } }), {
          color: false,
        })
        const [source = '', marks = ''] = text.split('\n').slice(-2)
        const columns = Array.from(source).reduce(
          (sum, each) => sum + (/[猫😀]/u.test(each) ? 2 : 1),
          0,
        )
        // A tab at the end of the line is shown as nothing.
        if (!marked.endsWith('\t')) expect(marks.length).toBe(columns)
      }),
    )
  })
})
