// JUnit's XML as Jenkins and GitLab read it. Source: jenkinsci/xunit-plugin, junit-10.xsd.
import { positionAt } from '../../source/source-file.ts'
import { groupBy } from '../../report/group-by.ts'
import { xmlAttribute, xmlText } from '../../report/xml-text.ts'
import type { TestResult } from './test-result.ts'

/** Returns a suite for each package, folder of samples and suite file, with a case for each test. */
export function renderTestJunit(results: readonly TestResult[]): string {
  const suites = [...groupBy(results, ({ suite }) => suite)]
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${xmlAttribute('name', 'portcullis test')}${sums(results)}>`,
    ...suites.flatMap(([name, tests]) => [
      `  <testsuite${xmlAttribute('name', name)}${sums(tests)}${skippedSum(tests)}>`,
      ...tests.flatMap(renderCase),
      '  </testsuite>',
    ]),
    '</testsuites>',
    '',
  ].join('\n')
}

function sums(tests: readonly TestResult[]): string {
  const count = (outcome: TestResult['outcome']): number =>
    tests.filter((each) => each.outcome === outcome).length
  const seconds = tests.reduce((sum, each) => sum + each.durationMs, 0) / 1_000
  return (
    xmlAttribute('tests', tests.length) +
    xmlAttribute('failures', count('fail')) +
    xmlAttribute('errors', count('error')) +
    xmlAttribute('time', seconds.toFixed(6))
  )
}

function skippedSum(tests: readonly TestResult[]): string {
  return xmlAttribute('skipped', tests.filter((each) => each.outcome === 'skip').length)
}

function renderCase(test: TestResult): readonly string[] {
  const { name, suite, durationMs, outcome, complaints, output } = test
  const head = `    <testcase${xmlAttribute('name', name)}${xmlAttribute('classname', suite)}${xmlAttribute('time', (durationMs / 1_000).toFixed(6))}`
  const element = outcome === 'error' ? 'error' : 'failure'
  const lines = [
    ...(outcome === 'skip' ? ['      <skipped/>'] : []),
    ...complaints.map(
      (each) =>
        `      <${element}${xmlAttribute('type', test.kind)}${xmlAttribute('message', each.message)}>${xmlText(explain(test, each))}</${element}>`,
    ),
    ...(output === undefined ? [] : [`      <system-out>${xmlText(output)}</system-out>`]),
  ]
  return lines.length === 0 ? [`${head}/>`] : [`${head}>`, ...lines, '    </testcase>']
}

function explain(
  test: TestResult,
  { at = test.at, notes }: TestResult['complaints'][number],
): string {
  const lines = notes.map(({ mark, text }) => `${mark} ${text}`)
  if (at === undefined) return lines.join('\n')
  const { line, column } = positionAt(at.file, at.span.start)
  return [`${at.file.path}:${line}:${column}`, ...lines].join('\n')
}
