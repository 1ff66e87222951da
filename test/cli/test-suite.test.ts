import { describe, expect, test } from 'vitest'
import { type Actual, compare } from '../../src/cli/test/test-expectation.ts'
import { readSuite } from '../../src/cli/test/test-suite.ts'
import { createSourceFile, positionAt } from '../../src/source/source-file.ts'

function suite(...cases: readonly string[]): string {
  return [
    'apiVersion: portcullis.dev/v1',
    'kind: Suite',
    'cases:',
    ...cases.map((each) => `  - ${each}`),
    '',
  ].join('\n')
}

/** `line: code: message` of each fault. */
function faultsOf(text: string): readonly string[] {
  const { suite: read, diagnostics } = readSuite(createSourceFile('suite.yaml', text))
  expect(read === undefined).toBe(diagnostics.length > 0)
  return diagnostics.map(({ code, message, primary }) => {
    const line = primary === undefined ? '-' : positionAt(primary.file, primary.span.start).line
    return `${line}: ${code}: ${message}`
  })
}

describe('a case cannot mean less than its author thinks', () => {
  test.each([
    ['{ name: a }', 'the case has neither an `object` nor a `review`'],
    ['{ name: a, object: o.yaml, review: r.yaml }', 'the case has an `object` and a `review`'],
    ['{ name: a, review: r.yaml, user: u }', '`user` is for the `review` to say'],
    ['{ name: a, review: r.yaml, operation: UPDATE }', '`operation` is for the `review` to say'],
    [
      '{ name: a, object: o.yaml, oldObject: p.yaml, operation: CREATE }',
      '`oldObject` is of no use to the operation CREATE',
    ],
    [
      '{ name: a, object: o.yaml, policy: p, binding: b }',
      'the case has a `policy` and a `binding`',
    ],
    [
      '{ name: a, object: o.yaml, parameters: {} }',
      '`parameters` are for a `policy`; a binding has its own',
    ],
    [
      '{ name: a, object: o.yaml, expect: { verdict: skipped, violations: 1 } }',
      'where nothing is judged there are no violations',
    ],
  ])('%s', (written, message) => {
    expect(faultsOf(suite(written))).toEqual([`4: test/invalid-suite: ${message}`])
  })

  test('no two cases have one name', () => {
    const twin = '{ name: a, object: o.yaml }'
    expect(faultsOf(suite(twin, twin))).toEqual([
      expect.stringMatching(/^5: test\/invalid-suite: .*`a`/),
    ])
  })

  test.each([
    ['a key that there is not', '{ name: a, object: o.yaml, exepct: {} }'],
    ['nothing expected in `expect`', '{ name: a, object: o.yaml, expect: {} }'],
    ['a verdict that there is not', '{ name: a, object: o.yaml, expect: { verdict: deny } }'],
    ['a violation without a property', '{ name: a, object: o.yaml, expect: { violations: [{}] } }'],
    [
      'a message that is no RE2',
      '{ name: a, object: o.yaml, expect: { violations: [{ message: "(?=a)" }] } }',
    ],
    ['a number below zero', '{ name: a, object: o.yaml, expect: { violations: -1 } }'],
    ['an operation in lower case', '{ name: a, object: o.yaml, operation: create }'],
  ])('%s is refused', (_what, written) => {
    const faults = faultsOf(suite(written))
    expect(faults).not.toEqual([])
    for (const each of faults) expect(each).toMatch(/^4: test\/invalid-suite: /)
  })

  test.each([
    ['no case', 'apiVersion: portcullis.dev/v1\nkind: Suite\ncases: []\n'],
    ['no cases', 'apiVersion: portcullis.dev/v1\nkind: Suite\n'],
    ['another kind', 'apiVersion: portcullis.dev/v1\nkind: Bundle\ncases: []\n'],
    ['nothing', ''],
    ['a second document', `${suite('{ name: a, object: o.yaml }')}---\na: 1\n`],
  ])('a file with %s is refused', (_what, text) => {
    expect(faultsOf(text)).not.toEqual([])
  })
})

describe('what came of a case against what is expected', () => {
  const image = { message: 'image x', path: 'spec.image', policy: 'p', binding: 'b' }
  const limits = { message: 'limits', path: 'spec.limits', policy: 'p', binding: 'b' }
  const denied: Actual = { verdict: 'denied', violations: [image, limits] }
  const allowed: Actual = { verdict: 'allowed', violations: [] }
  const skipped: Actual = { verdict: 'skipped', violations: [] }

  test('that nothing was judged is no `allowed`', () => {
    expect(compare({ verdict: 'allowed' }, skipped)?.verdict).toEqual({
      expected: 'allowed',
      found: 'skipped',
    })
    expect(compare({ violations: 0 }, skipped)).toBeDefined()
    expect(compare({ violations: [] }, skipped)).toBeDefined()
    expect(compare({ verdict: 'skipped' }, skipped)).toBeUndefined()
    expect(compare({ verdict: 'skipped' }, allowed)).toBeDefined()
  })

  test('a verdict alone leaves the violations open, violations the verdict', () => {
    expect(compare({ verdict: 'denied' }, denied)).toBeUndefined()
    expect(compare({ verdict: 'allowed' }, denied)).toBeDefined()
    expect(compare({ violations: 2 }, denied)).toBeUndefined()
    // As an audited violation is.
    expect(compare({ violations: 2 }, { ...denied, verdict: 'allowed' })).toBeUndefined()
  })

  test('a number is that number', () => {
    expect(compare({ violations: 1 }, denied)?.count).toEqual({ expected: 1, found: 2 })
    expect(compare({ violations: 0 }, allowed)).toBeUndefined()
  })

  test('of a right number nothing is told when the verdict is wrong', () => {
    const difference = compare({ verdict: 'allowed', violations: 2 }, denied)
    expect(difference?.count).toBeUndefined()
    expect(difference?.surplus).toEqual([])
  })

  test('a list is all of them, in any order', () => {
    expect(compare({ violations: [{ path: 'spec.limits' }, { path: 'spec.image' }] }, denied)).toBe(
      undefined,
    )
    expect(compare({ violations: [{ path: 'spec.limits' }] }, denied)?.surplus).toEqual([image])
    expect(compare({ violations: [] }, denied)?.surplus).toEqual([image, limits])
    const third = { path: 'spec.ports' }
    const difference = compare({ violations: [{ path: 'spec.image' }, {}, third] }, denied)
    expect(difference?.missing).toEqual([third])
  })

  test('each expectation takes one violation, whichever leaves the most for the others', () => {
    const broad = { policy: 'p' }
    const narrow = { message: '^image' }
    expect(compare({ violations: [broad, narrow] }, denied)).toBeUndefined()
    expect(compare({ violations: [narrow, broad] }, denied)).toBeUndefined()
    expect(compare({ violations: [narrow, narrow] }, denied)?.missing).toEqual([narrow])
  })

  test('all that an expectation says must fit', () => {
    const fits = (expected: object): boolean =>
      compare({ violations: [expected] }, { verdict: 'denied', violations: [image] }) === undefined
    expect(fits({ message: 'mag', path: 'spec.image', policy: 'p', binding: 'b' })).toBe(true)
    expect(fits({ message: '^mag' })).toBe(false)
    expect(fits({ path: 'spec' })).toBe(false)
    expect(fits({ policy: 'p', binding: 'other' })).toBe(false)
  })
})
