// What `check` says as text and as SARIF, in files beside what it judged: `golden/`. Written anew by vitest's `--update`.
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { portcullis } from '../support/portcullis.ts'
import { sarifAssert } from '../support/report-schemas.ts'

const GOLDEN = fileURLToPath(new URL('./golden/', import.meta.url))
const SOURCES = readdirSync(GOLDEN).filter((name) => /\.(?:yaml|json)$/.test(name))

const assertSarif = sarifAssert('golden SARIF against the schema of OASIS')

interface Sarif {
  readonly runs: readonly [Run]
}

interface Run {
  readonly tool: { readonly driver: Driver }
  properties?: unknown
}

interface Driver {
  version: string
  semanticVersion: string
  rules: readonly { readonly id: string }[]
}

const render = async (format: string, name: string): Promise<string> => {
  const args = ['check', '--unknown-namespace', 'match', '-o', format, name]
  const { code, stdout, stderr } = await portcullis(args, { cwd: GOLDEN })
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
  return stdout
}

test.each(SOURCES)('%s', async (name) => {
  await expect(await render('text', name)).toMatchFileSnapshot(`golden/${name}.txt`)
  const text = await render('sarif', name)
  assertSarif?.(text)
  const log = JSON.parse(text) as Sarif
  const [run] = log.runs
  // What changes with a policy's own text is shown by the tests of rules.
  const { driver } = run.tool
  driver.rules = driver.rules.map(({ id }) => ({ id }))
  driver.version = '0.0.0'
  driver.semanticVersion = '0.0.0'
  delete run.properties
  await expect(`${JSON.stringify(log, undefined, 2)}\n`).toMatchFileSnapshot(`golden/${name}.sarif`)
})
