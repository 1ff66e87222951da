// The cases of OPA's own suite: v1/test/cases/testdata/v1 of the Go module, in the version that the compiler pins.

import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { load } from 'js-yaml'

export interface Case {
  /** The folder it lies in. */
  readonly category: string
  readonly note: string
  readonly query: string
  readonly modules?: readonly string[]
  readonly data?: unknown
  readonly input?: unknown
  /** The input in Rego's own notation. */
  readonly input_term?: string
  readonly want_result?: readonly Readonly<Record<string, unknown>>[]
  readonly want_defined?: boolean
  readonly want_error_code?: string
  readonly want_error?: string
  /** The error shows only where built-ins are strict; elsewhere the query is undefined. */
  readonly strict_error?: boolean
  /** The arrays among the results stand for sets. */
  readonly sort_bindings?: boolean
}

/** Returns the folder of the suite. @throws where Go cannot get the module. */
export function findSuite(): string {
  const compiler = fileURLToPath(new URL('../../src/compiler/opa', import.meta.url))
  const run = (...args: string[]): string =>
    execFileSync('go', args, { cwd: compiler, encoding: 'utf8' })
  run('mod', 'download', 'github.com/open-policy-agent/opa')
  const folder = run('list', '-m', '-f', '{{.Dir}}', 'github.com/open-policy-agent/opa').trim()
  return join(folder, 'v1/test/cases/testdata/v1')
}

export function loadCases(suite: string): Case[] {
  return readdirSync(suite).flatMap((category) =>
    readdirSync(join(suite, category)).flatMap((file) => {
      const content = load(readFileSync(join(suite, category, file), 'utf8')) as { cases: Case[] }
      return content.cases.map((each) => ({ ...each, category }))
    }),
  )
}
