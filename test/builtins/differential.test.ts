// Our built-ins and OPA's, on the same operands: OPA's interpreter, in the compiler's WebAssembly, is the judge.

import { expect, test } from 'vitest'
import { BUILTINS } from '../../src/builtins/builtins.ts'
import { toGoText } from '../../src/builtins/go-quote.ts'
import { parseRegoValue, type RegoValue } from '../../src/builtins/rego-value.ts'
import { loadCompiler } from '../../src/compiler/compiler.ts'
import { locateCompiler } from '../../src/compiler/locate-compiler.ts'
import { hasCompiler } from '../support/has-compiler.ts'
import { UnsupportedCall } from '../../src/builtins/unsupported-call.ts'
import { contextWith } from './context.ts'
import { OPERANDS, type Json } from './random-operands.ts'

const isBuilt = hasCompiler('built-ins against OPA’s own')
const compiler = isBuilt ? await loadCompiler(locateCompiler()) : undefined
const ROUNDS = 1500

test.skipIf(!isBuilt)('has operands for every built-in but those compared elsewhere', () => {
  const elsewhere = ['sprintf', 'time.now_ns']
  const missing = [...BUILTINS.keys()].filter((name) => !OPERANDS.has(name))
  expect(missing).toEqual(elsewhere)
})

test.skipIf(!isBuilt).each([...OPERANDS.keys()])('%s answers as OPA’s', (name) => {
  const calls = Array.from({ length: ROUNDS }, OPERANDS.get(name)!)
  const operands = calls[0]!.map((_, index) => `operands[${index}]`).join(', ')
  const theirs = compiler!.evaluate({
    sources: [],
    query: `x = {sprintf("%d", [i]): sprintf("%v", [[y]]) | operands := input[i]; ${name}(${operands}, y)}`,
    input: calls,
  })
  const answers = theirs.results[0]?.bindings?.['x'] as Record<string, string> | undefined
  expect(theirs.error ?? answers).toBeTypeOf('object')
  const wrong = calls.flatMap((call, index) => {
    const ours = answer(name, call)
    if (ours === 'unsupported') return []
    const expected = answers?.[index]
    return ours === expected ? [] : [{ call, ours, expected }]
  })
  expect(wrong.slice(0, 5)).toEqual([])
  // Operands that never get an answer would compare nothing.
  expect(Object.keys(answers ?? {}).length).toBeGreaterThan(20)
})

function answer(name: string, operands: readonly Json[]): string | undefined {
  const values = operands.map((operand): RegoValue => parseRegoValue(JSON.stringify(operand)))
  try {
    const result = BUILTINS.get(name)!(values, contextWith())
    return result === undefined ? undefined : toGoText({ kind: 'array', items: [result] })
  } catch (error) {
    if (error instanceof UnsupportedCall) return 'unsupported'
    throw error
  }
}
