// ajv, read when the first schema is compiled: that takes as long as judging dozens of files, and bundles whose policies take no
// parameters need none compiled.
import { createRequire } from 'node:module'
import type * as Ajv from 'ajv/dist/2020.js'

const load = createRequire(import.meta.url)

// `npm run build` writes another into the package, of the same shape: src/cli/write-package.ts.
export function ajv(): typeof Ajv {
  return load('ajv/dist/2020.js') as typeof Ajv
}
