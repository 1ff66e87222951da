import type { Host } from '../../host/host.ts'
import { groupBy } from '../../report/group-by.ts'
import type { TestResult } from './test-result.ts'
import type { TestRun } from './test-session.ts'
import { updateSuite } from './test-update.ts'
import { writeOutput } from '../write-output.ts'

/**
 * Writes what came of cases into their suites, and returns all results with those cases passed.
 *
 * @throws {InputError} for a suite that cannot be written.
 */
export async function writeUpdates(run: TestRun, host: Host): Promise<readonly TestResult[]> {
  const renewed = new Map<TestResult, TestResult>()
  for (const [suite, cases] of groupBy(run.differing, (each) => each.suite)) {
    const { path } = suite.file
    const updates = cases.map(({ given, differing }) => ({ given, actual: differing }))
    const { text, refused } = updateSuite(suite, updates)
    const number = cases.length - refused.length
    if (number > 0) {
      await writeOutput(path, new TextEncoder().encode(text), host)
      await host.stderr.write(`${path}: ${number} ${number === 1 ? 'case' : 'cases'} updated\n`)
    }
    for (const { given, result } of cases) {
      const isRefused = refused.some((each) => each.given === given)
      renewed.set(result, isRefused ? refuse(result) : pass(result))
    }
  }
  return run.results.map((each) => renewed.get(each) ?? each)
}

function pass(result: TestResult): TestResult {
  return { ...result, outcome: 'pass', complaints: [] }
}

function refuse(result: TestResult): TestResult {
  const text = 'help: this case was not updated: an alias, an anchor or a comment is in the way'
  return {
    ...result,
    complaints: result.complaints.map((each) => ({
      ...each,
      notes: [...each.notes, { mark: '=', text }],
    })),
  }
}
