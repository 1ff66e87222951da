// JUnit's XML as Jenkins and GitLab read it. Source: jenkinsci/xunit-plugin, junit-10.xsd.
import { describeResource } from '../kubernetes/resource.ts'
import { groupBy } from './group-by.ts'
import { fails } from './make-report.ts'
import {
  explainSuppression,
  labelOf,
  onePerViolation,
  type ReportViolation,
} from './one-per-violation.ts'
import type { Report, ReportError } from './report.ts'
import { errorPlaceText, placeText } from './shown-place.ts'
import { xmlAttribute, xmlText } from './xml-text.ts'

/** What made the report, and the suite of errors that are about no object. */
function nameOf({ cluster }: Report): string {
  return cluster === undefined ? 'portcullis check' : 'portcullis audit'
}

interface Case {
  readonly name: string
  readonly classname: string
  readonly errors: readonly ReportError[]
  /** Findings that fail the run, and those that do not. */
  readonly failures: readonly ReportViolation[]
  readonly others: readonly ReportViolation[]
}

/**
 * Returns a suite a file and in it a case for each resource and binding that judged it, whether it passed or not. A violation is a
 * failure, a finding that does not fail the run is the case's output, what could not be judged or read is an error.
 */
export function renderJunit(report: Report): string {
  const suites = [...listCases(report)].toSorted(([a], [b]) => (a < b ? -1 : 1))
  const all = suites.flatMap(([, cases]) => cases)
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${xmlAttribute('name', nameOf(report))}${sums(all)}>`,
    ...suites.flatMap(([file, cases]) => [
      `  <testsuite${xmlAttribute('name', file)}${sums(cases)}>`,
      ...cases.flatMap((each) => renderCase(each, report)),
      '  </testsuite>',
    ]),
    '</testsuites>',
    '',
  ].join('\n')
}

function listCases(report: Report): ReadonlyMap<string, readonly Case[]> {
  const violations = groupBy(
    onePerViolation(report),
    (each) => `${each.resourceIndex} ${each.binding}`,
  )
  const errors = groupBy(report.errors, (each) => `${each.resourceIndex} ${each.binding}`)
  const suites = new Map<string, Case[]>()
  const suiteOf = (file: string): Case[] => {
    const suite = suites.get(file) ?? []
    suites.set(file, suite)
    return suite
  }
  for (const [index, resource] of report.resources.entries()) {
    const suite = suiteOf(resource.file)
    for (const binding of resource.matched) {
      const found = violations.get(`${index} ${binding}`) ?? []
      suite.push({
        name: binding,
        classname: describeResource(resource),
        errors: errors.get(`${index} ${binding}`) ?? [],
        failures: found.filter((each) => fails(report, each)),
        others: found.filter((each) => !fails(report, each)),
      })
    }
  }
  for (const error of report.errors) {
    if (error.resourceIndex !== null) continue
    const file = error.file ?? nameOf(report)
    suiteOf(file).push({
      name: error.code,
      classname: file,
      errors: [error],
      failures: [],
      others: [],
    })
  }
  return suites
}

function sums(cases: readonly Case[]): string {
  return (
    xmlAttribute('tests', cases.length) +
    xmlAttribute('failures', cases.filter(({ failures }) => failures.length > 0).length) +
    xmlAttribute('errors', cases.filter(({ errors }) => errors.length > 0).length)
  )
}

function renderCase({ name, classname, errors, failures, others }: Case, report: Report): string[] {
  const head = `    <testcase${xmlAttribute('name', name)}${xmlAttribute('classname', classname)}`
  const lines = [
    ...errors.map((error) =>
      element('error', error.code, error.message, errorPlaceText(error, report) ?? ''),
    ),
    ...failures.map((each) => element('failure', each.policy, each.message, explain(each, report))),
    ...others.map(
      (each) =>
        `      <system-out>${xmlText(`${labelOf(each)}[${each.policy}]: ${each.message}\n${explain(each, report)}`)}</system-out>`,
    ),
  ]
  return lines.length === 0 ? [`${head}/>`] : [`${head}>`, ...lines, '    </testcase>']
}

function element(name: string, type: string, message: string, text: string): string {
  return `      <${name}${xmlAttribute('type', type)}${xmlAttribute('message', message)}>${xmlText(text)}</${name}>`
}

function explain(violation: ReportViolation, report: Report): string {
  const policy = report.policies.find(({ name }) => name === violation.policy)
  return [
    placeText(violation),
    ...(violation.suppression === undefined
      ? []
      : [explainSuppression(violation.suppression).join(': ')]),
    `severity ${violation.severity}`,
    `help: ${violation.remediation}`,
    ...(policy?.relatedResources ?? []).slice(0, 1).map(({ ref }) => `see: ${ref}`),
  ].join('\n')
}
