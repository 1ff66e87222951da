// RE2JS, read when the first pattern is compiled: that takes longer than to judge a dozen files, and most runs compile none.
import { createRequire } from 'node:module'
import type * as Re2Js from 're2js'

const load = createRequire(import.meta.url)

// `npm run build` writes another into the package, of the same shape: src/cli/write-package.ts.
export function re2js(): typeof Re2Js {
  return load('re2js') as typeof Re2Js
}
