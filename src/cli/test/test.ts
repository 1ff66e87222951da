import { BUNDLE_FOLDER } from '../build/open-bundle.ts'
import type { Command } from '../command.ts'
import { EXIT } from '../exit-code.ts'
import { COVERAGE_FORMATS, TEST_FORMATS } from './test-outputs.ts'

export const test: Command = {
  name: 'test',
  summary: 'Run the Rego unit tests, samples and suites of a folder of policies.',
  operands: '[DIR]',
  maxOperands: 1,
  options: [
    {
      name: 'run',
      value: 'REGEX',
      summary: 'only tests in whose names it finds something (RE2)',
    },
    {
      name: 'output',
      short: 'o',
      value: 'FORMAT[=FILE]',
      default: 'text',
      repeatable: true,
      summary: `what to write, and where: ${TEST_FORMATS.join(', ')}`,
    },
    {
      name: 'coverage',
      value: 'FORMAT[=FILE]',
      repeatable: true,
      summary: `which lines of the policies their unit tests have been on: ${COVERAGE_FORMATS.join(', ')}`,
    },
    {
      name: 'coverage-threshold',
      value: 'PERCENT',
      summary: 'fail where fewer lines are covered',
    },
    { name: 'update', summary: 'write what comes of the cases of suites into their `expect`' },
    { name: 'watch', short: 'w', summary: 'run again at each change, until interrupted' },
  ],
  examples: [
    ['portcullis test', `all tests below ./${BUNDLE_FOLDER}`],
    ['portcullis test --watch --run host_network', 'while writing a policy'],
    [
      'portcullis test -o text -o junit=tests.xml --coverage lcov=lcov.info --coverage-threshold 90',
      'in CI',
    ],
  ],
  exitCodes: [
    [EXIT.clean, 'every test passed'],
    [EXIT.violations, 'a test failed, or too few lines are covered'],
    [
      EXIT.failed,
      'not everything could be tested, there was no test, or module and interpreter differ',
    ],
    [EXIT.internal, 'a bug of ours'],
  ],
  run: async (args, host) => {
    // Not at the top: other commands start faster without.
    const { runTestCommand } = await import('./test-run.ts')
    return runTestCommand(args, host)
  },
}
