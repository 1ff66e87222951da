// Digests. node:crypto is used for computation only.

import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { Builtin } from './builtin.ts'
import { asString } from './operands.ts'

/** `crypto.md5(text)` and its like: the digest in hex. */
export function digestBuiltin(algorithm: 'md5' | 'sha1' | 'sha256'): Builtin {
  return ([value], context) => {
    const text = asString(value)
    if (text === undefined) return undefined
    context.charge(text.length)
    return createHash(algorithm).update(text).digest('hex')
  }
}

/** `crypto.hmac.md5(text, key)` and its like. */
export function hmacBuiltin(algorithm: 'md5' | 'sha1' | 'sha256' | 'sha512'): Builtin {
  return (args, context) => {
    const [text, key] = args.map(asString)
    if (text === undefined || key === undefined) return undefined
    context.charge(text.length + key.length)
    return createHmac(algorithm, key).update(text).digest('hex')
  }
}

/** `crypto.hmac.equal(a, b)`, in time that does not tell where they differ. */
export const hmacEqual: Builtin = (args, context) => {
  const [a, b] = args.map((value) => (typeof value === 'string' ? Buffer.from(value) : undefined))
  if (a === undefined || b === undefined) return undefined
  context.charge(a.length + b.length)
  return a.length === b.length && timingSafeEqual(a, b)
}
