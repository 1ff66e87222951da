// SARIF 2.1.0 (OASIS Standard, 27 March 2020), within the limits of GitHub's code scanning.
import type { ValidationAction } from '../bundle/bundle.ts'
import { fieldPath } from '../admission/field-path.ts'
import { printable } from '../diagnostic/printable.ts'
import { describeResource } from '../kubernetes/resource.ts'
import { describeUse, stateOf } from './exception-use.ts'
import { explainSuppression, onePerViolation, type ReportViolation } from './one-per-violation.ts'
import { byWorst } from './order.ts'
import type { Report, ReportError, ReportPlace, ReportSuppression } from './report.ts'
import { makeRule, type SarifLevel } from './sarif-rule.ts'

/** GitHub keeps no more of a run. */
const MAX_RESULTS = 5_000

const LEVELS: Readonly<Record<ValidationAction, SarifLevel>> = {
  Deny: 'error',
  Warn: 'warning',
  Audit: 'note',
}

/** Returns one run: a rule a policy, a result a violation, the worst first, and a notification an error. */
export function renderSarif(report: Report): string {
  const { tool, bundle, verdict, policies } = report
  const violations = onePerViolation(report).toSorted(byWorst)
  const rules = policies.map(makeRule)
  const log = {
    $schema:
      'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: { name: tool.name, version: tool.version, semanticVersion: tool.version, rules },
        },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: {
          [ROOT]: {
            description: { text: 'The root of the repository, or else the folder of the run.' },
          },
        },
        invocations: [
          {
            executionSuccessful: verdict !== 'failed',
            toolExecutionNotifications: [
              ...report.errors.map((error) => makeNotification(error, report)),
              ...idleExceptions(report),
              ...trimNotice(violations.length),
            ],
          },
        ],
        results: violations.slice(0, MAX_RESULTS).map((violation) => ({
          ruleId: violation.policy,
          ruleIndex: policies.findIndex(({ name }) => name === violation.policy),
          ...makeResult(violation),
        })),
        ...(bundle === null ? {} : { properties: { bundle } }),
      },
    ],
  }
  return `${JSON.stringify(log, undefined, 2)}\n`
}

function makeResult(violation: ReportViolation): object {
  const { action, actions, message, path, binding, severity, resource } = violation
  const { file, rendered, live, fingerprint, occurrence, suppression } = violation
  const parts = [resource.apiVersion, resource.kind, resource.namespace, resource.name]
  return {
    level: LEVELS[action],
    message: { text: messageText(message) },
    locations: [
      {
        ...(live
          ? {}
          : {
              physicalLocation: {
                artifactLocation: artifactLocation(file),
                region: regionOf(violation),
              },
            }),
        logicalLocations: [
          {
            name: printable(describeResource(resource)),
            fullyQualifiedName: printable(parts.filter((part) => part !== '').join('/')),
            kind: 'object',
          },
        ],
      },
    ],
    ...(rendered === null
      ? {}
      : {
          relatedLocations: [
            {
              message: { text: `rendered at line ${rendered.line}` },
              physicalLocation: {
                artifactLocation: artifactLocation(rendered.file),
                region: regionOf(rendered),
              },
            },
          ],
        }),
    partialFingerprints: { 'portcullisViolation/v1': `${fingerprint}:${occurrence}` },
    // Where one result says whether it is suppressed, all have to (3.27.23).
    suppressions: suppression === undefined ? [] : [makeSuppression(suppression)],
    properties: { binding, actions, severity, path: fieldPath(path) },
  }
}

function regionOf({ line, column, endLine, endColumn }: ReportPlace): object {
  return { startLine: line, startColumn: column, endLine, endColumn }
}

function makeSuppression(suppression: ReportSuppression): object {
  return { kind: 'external', status: 'accepted', justification: justify(suppression) }
}

function justify(suppression: ReportSuppression): string {
  if (suppression.kind === 'baseline') return explainSuppression(suppression).join(': ')
  const { name, owner, reason, expires } = suppression
  return `${printable(reason)} (exception ${name}, ${printable(owner)}, until ${expires})`
}

function makeNotification(
  { code, message, file, line, column }: ReportError,
  { cluster }: Report,
): object {
  return {
    descriptor: { id: code },
    level: 'error',
    message: { text: messageText(message) },
    ...(file === null || line === null || column === null || cluster !== undefined
      ? {}
      : {
          locations: [
            {
              physicalLocation: {
                artifactLocation: artifactLocation(file),
                region: { startLine: line, startColumn: column },
              },
            },
          ],
        }),
  }
}

function idleExceptions({ exceptions }: Report): readonly object[] {
  return exceptions.flatMap((each) => {
    const state = stateOf(each)
    if (state !== 'expired' && state !== 'unused') return []
    const text = `exception ${each.name} from binding ${each.binding} (owner ${each.owner}): ${describeUse(each)}`
    return [
      {
        descriptor: { id: `bundle/${state}-exception` },
        level: 'warning',
        message: { text: messageText(text) },
      },
    ]
  })
}

function trimNotice(total: number): readonly object[] {
  if (total <= MAX_RESULTS) return []
  return [
    {
      descriptor: { id: 'report/trimmed' },
      level: 'warning',
      message: { text: `${total} violations were found; these are the worst ${MAX_RESULTS}` },
    },
  ]
}

/** A viewer takes `[text](place)` for a link (SARIF 2.1.0, 3.11.6); an object's text is to make none. */
function messageText(text: string): string {
  return printable(text).replaceAll('](', '] (')
}

const ROOT = '%SRCROOT%'

/** A URI relative to the root, as code scanning wants it; absolute only where the file lies elsewhere. */
function artifactLocation(file: string): object {
  const name = file.replaceAll(/\p{Cs}/gu, '\ufffd')
  const path = name.split('/').map(encodeURIComponent).join('/')
  return path.startsWith('/') ? { uri: `file://${path}` } : { uri: path, uriBaseId: ROOT }
}
