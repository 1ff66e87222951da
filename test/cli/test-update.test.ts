import { describe, expect, test } from 'vitest'
import { type Actual, compare } from '../../src/cli/test/test-expectation.ts'
import { readSuite, type Suite } from '../../src/cli/test/test-suite.ts'
import { updateSuite } from '../../src/cli/test/test-update.ts'
import { createSourceFile } from '../../src/source/source-file.ts'

const HEAD = 'apiVersion: portcullis.dev/v1\nkind: Suite\ncases:\n'
const denied: Actual = {
  verdict: 'denied',
  violations: [
    { message: "it's (bad)", path: 'spec.containers[0].image', policy: 'p', binding: 'b' },
  ],
}
const allowed: Actual = { verdict: 'allowed', violations: [] }
const skipped: Actual = { verdict: 'skipped', violations: [] }

function read(text: string): Suite {
  const { suite, diagnostics } = readSuite(createSourceFile('suite.yaml', text))
  if (suite === undefined) throw new Error(diagnostics.map((each) => each.message).join('\n'))
  return suite
}

/** The text after an update of all its cases to what came of each. */
function update(text: string, ...actuals: readonly Actual[]): { text: string; refused: number } {
  const suite = read(text)
  const updates = suite.cases.flatMap((given, index) => {
    const actual = actuals[index]
    return actual === undefined ? [] : [{ given, actual }]
  })
  const result = updateSuite(suite, updates)
  const refused = result.refused.length
  if (refused === 0) {
    const after = read(result.text)
    for (const [index, actual] of actuals.entries()) {
      const { expect: written } = after.cases[index] ?? {}
      expect(written === undefined ? 'nothing' : compare(written, actual)).toBeUndefined()
    }
  }
  return { text: result.text, refused }
}

describe('what is written', () => {
  test('a whole expectation for a case without one, behind all that it has', () => {
    const text = `${HEAD}  # first
  - name: a # the name
    policy: p
    object: o.yaml # from elsewhere

  # second
  - name: b
    object: o.yaml
`
    expect(update(text, denied, allowed)).toEqual({
      refused: 0,
      text: `${HEAD}  # first
  - name: a # the name
    policy: p
    object: o.yaml # from elsewhere
    expect:
      verdict: denied
      violations:
        - message: '^it''s \\(bad\\)$'
          path: 'spec.containers[0].image'

  # second
  - name: b
    object: o.yaml
    expect:
      verdict: allowed
`,
    })
  })

  test('the binding too, where several could have found it', () => {
    const { text } = update(`${HEAD}  - name: a\n    object: o.yaml\n`, denied)
    expect(text).toContain("          binding: 'b'\n")
  })

  test('only what is wrong: the verdict, the number, the list', () => {
    const text = `${HEAD}  - name: a
    object: o.yaml
    expect:
      verdict: denied # why
      violations: 3 # how many
  - name: b
    object: o.yaml
    policy: p
    expect:
      violations: # all of them
        - path: spec.other
        - path: spec.another
    namespace: kept
`
    expect(update(text, allowed, denied)).toEqual({
      refused: 0,
      text: `${HEAD}  - name: a
    object: o.yaml
    expect:
      verdict: allowed # why
      violations: 0 # how many
  - name: b
    object: o.yaml
    policy: p
    expect:
      violations: # all of them
        - message: '^it''s \\(bad\\)$'
          path: 'spec.containers[0].image'
    namespace: kept
`,
    })
  })

  test('no list where nothing is left of it', () => {
    const text = `${HEAD}  - name: a
    object: o.yaml
    expect:
      verdict: allowed
      violations:
        - path: spec.other
`
    expect(update(text, allowed).text).toContain('      verdict: allowed\n      violations: []\n')
  })

  test('that nothing was judged, where only violations were written', () => {
    const text = `${HEAD}  - name: a
    object: o.yaml
    expect:
      violations: 0
  - { name: b, object: o.yaml, expect: { violations: [] } }
`
    expect(update(text, skipped, skipped).text).toBe(`${HEAD}  - name: a
    object: o.yaml
    expect:
      verdict: skipped
      violations: 0
  - { name: b, object: o.yaml, expect: { verdict: skipped, violations: [] } }
`)
  })
})

describe('in every form that YAML has', () => {
  test.each([
    ['flow', `${HEAD}  - { name: a, object: o.yaml }\n`],
    [
      'JSON',
      '{"apiVersion":"portcullis.dev/v1","kind":"Suite","cases":[{"name":"a","object":{}}]}',
    ],
    ['CRLF', `${HEAD}  - name: a\n    object: o.yaml\n`.replaceAll('\n', '\r\n')],
    ['no line break at the end', `${HEAD}  - name: a\n    object: o.yaml`],
    ['a block scalar at the end', `${HEAD}  - name: a\n    object: {}\n    user: |\n      u\n`],
    [
      'lists that are not indented',
      `${HEAD}- name: a\n  object: o.yaml\n- name: z\n  object: {}\n`,
    ],
    ['a byte order mark', `\ufeff${HEAD}  - name: a\n    object: o.yaml\n`],
    [
      'an object that is an alias',
      `${HEAD}  - name: z\n    object: &o {}\n  - name: a\n    object: *o\n`,
    ],
  ])('%s', (_form, text) => {
    const suite = read(text)
    const given = suite.cases.find((each) => each.name === 'a')
    if (given === undefined) throw new Error('no case')
    const { text: updated, refused } = updateSuite(suite, [{ given, actual: denied }])
    expect(refused).toEqual([])
    const after = read(updated).cases.find((each) => each.name === 'a')?.expect ?? {}
    expect(compare(after, denied)).toBeUndefined()
  })

  test('CRLF stays CRLF', () => {
    const text = `${HEAD}  - name: a\n    object: o.yaml\n`.replaceAll('\n', '\r\n')
    expect(update(text, denied).text.replaceAll('\r\n', '')).not.toContain('\n')
  })
})

describe('what cannot be written for certain is left as it is', () => {
  const ALIAS = `${HEAD}  - name: z
    object: {}
    expect: &e { verdict: allowed }
  - name: a
    object: {}
    expect: *e
`
  test.each([
    ['an expectation that is an alias', 'a', ALIAS],
    ['an anchor that another case refers to', 'z', ALIAS],
    ['flow with a comma at its end', 'a', `${HEAD}  - { name: a, object: o.yaml, }\n`],
    [
      'flow that ends in a comment',
      'a',
      `${HEAD}  - {\n      name: a,\n      object: o.yaml # y\n    }\n`,
    ],
  ])('%s', (_what, name, text) => {
    const suite = read(text)
    const given = suite.cases.find((each) => each.name === name)
    if (given === undefined) throw new Error('no case')
    const updates = [{ given, actual: denied }]
    expect(updateSuite(suite, updates)).toEqual({ text, refused: updates })
  })

  test('other cases are written none the less', () => {
    const more = `${ALIAS}  - name: b\n    object: o.yaml\n`
    const suite = read(more)
    const updates = suite.cases.map((given) => ({ given, actual: denied }))
    const { text, refused } = updateSuite(suite, updates)
    expect(refused.map(({ given }) => given.name)).toEqual(['z', 'a'])
    expect(text.startsWith(ALIAS)).toBe(true)
    expect(read(text).cases[2]?.expect?.verdict).toBe('denied')
  })
})

test.each([
  'line\nbreak',
  'tab\tin it',
  '\u2028',
  "'",
  '"',
  '\\',
  ': #',
  '\ud800',
  'é 🦉',
  '\u202e',
])('a message of %j comes back as it is', (message) => {
  const violation = { message, path: '', policy: 'p', binding: 'b' }
  const actual: Actual = { verdict: 'denied', violations: [violation] }
  const text = `${HEAD}  - name: a\n    object: o.yaml\n`
  const { refused } = update(text, actual)
  // A lone half of a pair cannot be written at all.
  expect(refused).toBe(message === '\ud800' ? 1 : 0)
})
