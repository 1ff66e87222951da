// A reader of the CEL that match conditions are written in, as far as ours go: `has`, `matches`, `exists`, `!`, `&&`, `||`. It knows
// nothing of how they are made. A field that is not there is an error, as it is to an API server.
import { RE2JS } from 're2js'

export class CelError extends Error {}

type Value = boolean | string | readonly Value[] | { readonly [key: string]: Value }
type Scope = Readonly<Record<string, Value>>
type Expression = (scope: Scope) => Value

const TOKEN = /\s*(?:(&&|\|\||[!().,])|('(?:[^'\\]|\\.)*')|([A-Za-z_]\w*))/y

/** Evaluates a condition over a request as an AdmissionReview has it. @throws {CelError} */
export function evaluateCondition(expression: string, request: object): boolean {
  const tokens = tokenize(expression)
  const tree = parseOr(tokens)
  if (tokens.length > 0) throw new CelError(`what is ${tokens[0]}?`)
  return asBoolean(tree({ request: request as Value }))
}

function tokenize(text: string): string[] {
  const tokens: string[] = []
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex
    const found = TOKEN.exec(text)
    if (found === null) throw new CelError(`what is ${text.slice(at)}?`)
    tokens.push(found[1] ?? found[2] ?? found[3] ?? '')
  }
  return tokens
}

function take(tokens: string[], expected: string): void {
  const token = tokens.shift()
  if (token !== expected) throw new CelError(`expected ${expected}, got ${token}`)
}

function parseOr(tokens: string[]): Expression {
  const operands = [parseAnd(tokens)]
  while (tokens[0] === '||') {
    tokens.shift()
    operands.push(parseAnd(tokens))
  }
  if (operands.length === 1 && operands[0] !== undefined) return operands[0]
  return (scope) => operands.some((each) => asBoolean(each(scope)))
}

function parseAnd(tokens: string[]): Expression {
  const operands = [parseUnary(tokens)]
  while (tokens[0] === '&&') {
    tokens.shift()
    operands.push(parseUnary(tokens))
  }
  if (operands.length === 1 && operands[0] !== undefined) return operands[0]
  return (scope) => operands.every((each) => asBoolean(each(scope)))
}

function parseUnary(tokens: string[]): Expression {
  if (tokens[0] !== '!') return parseMember(tokens)
  tokens.shift()
  const operand = parseUnary(tokens)
  return (scope) => !asBoolean(operand(scope))
}

function parseMember(tokens: string[]): Expression {
  let value = parsePrimary(tokens)
  while (tokens[0] === '.') {
    tokens.shift()
    const name = tokens.shift() ?? ''
    const target = value
    if (name === 'matches') {
      take(tokens, '(')
      const pattern = parseOr(tokens)
      take(tokens, ')')
      value = (scope) =>
        RE2JS.compile(asString(pattern(scope)))
          .matcher(asString(target(scope)))
          .find()
    } else if (name === 'exists') {
      take(tokens, '(')
      const variable = tokens.shift() ?? ''
      take(tokens, ',')
      const body = parseOr(tokens)
      take(tokens, ')')
      value = (scope) =>
        asList(target(scope)).some((each) => asBoolean(body({ ...scope, [variable]: each })))
    } else {
      value = (scope) => field(target(scope), name)
    }
  }
  return value
}

function parsePrimary(tokens: string[]): Expression {
  const token = tokens.shift() ?? ''
  if (token === '(') {
    const inner = parseOr(tokens)
    take(tokens, ')')
    return inner
  }
  if (token === 'has') {
    take(tokens, '(')
    const inner = parseMember(tokens)
    take(tokens, ')')
    return (scope) => {
      try {
        inner(scope)
        return true
      } catch (error) {
        if (error instanceof CelError) return false
        throw error
      }
    }
  }
  if (token.startsWith("'")) {
    const text = unquote(token)
    return () => text
  }
  return (scope) => field(scope, token)
}

function unquote(token: string): string {
  return token
    .slice(1, -1)
    .replaceAll(/\\(?:u([0-9a-f]{4})|(.))/g, (_, unit: string | undefined, other: string) => {
      if (unit !== undefined) return String.fromCharCode(Number.parseInt(unit, 16))
      if (other !== '\\' && other !== "'") throw new CelError(`what is \\${other}?`)
      return other
    })
}

function field(value: Value, name: string): Value {
  if (typeof value !== 'object' || Array.isArray(value) || !Object.hasOwn(value, name)) {
    throw new CelError(`no such key: ${name}`)
  }
  return (value as { readonly [key: string]: Value })[name] ?? ''
}

function asBoolean(value: Value): boolean {
  if (typeof value !== 'boolean') throw new CelError('no boolean')
  return value
}

function asString(value: Value): string {
  if (typeof value !== 'string') throw new CelError('no string')
  return value
}

function asList(value: Value): readonly Value[] {
  if (!Array.isArray(value)) throw new CelError('no list')
  return value as readonly Value[]
}
