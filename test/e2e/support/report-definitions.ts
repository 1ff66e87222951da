// CustomResourceDefinitions of policy reports, with what a report may hold. Source: kubernetes-sigs/wg-policy-prototypes,
// apis/wgpolicyk8s.io/v1alpha2; openreports/reports-api, apis/openreports.io/v1alpha1.
import {
  customResourceDefinition,
  object,
  type Schema,
  text,
} from './custom-resource-definition.ts'

const integer: Schema = { type: 'integer' }

const RESULT = object(
  {
    source: text,
    policy: text,
    rule: text,
    category: text,
    severity: { type: 'string', enum: ['critical', 'high', 'low', 'medium', 'info'] },
    timestamp: object({ seconds: { type: 'integer', format: 'int64' }, nanos: integer }, [
      'nanos',
      'seconds',
    ]),
    result: { type: 'string', enum: ['pass', 'fail', 'warn', 'error', 'skip'] },
    scored: { type: 'boolean' },
    resources: {
      type: 'array',
      items: object({
        apiVersion: text,
        kind: text,
        namespace: text,
        name: text,
        uid: text,
        resourceVersion: text,
        fieldPath: text,
      }),
    },
    message: text,
    properties: { type: 'object', additionalProperties: text },
  },
  ['policy'],
)
const SUMMARY = object({
  pass: integer,
  fail: integer,
  warn: integer,
  error: integer,
  skip: integer,
})

export const POLICY_REPORTS = 'wgpolicyk8s.io/v1alpha2'
export const OPEN_REPORTS = 'openreports.io/v1alpha1'

/** Both kinds of a group. */
export function reportDefinitions(apiVersion: string): readonly object[] {
  const kind = apiVersion === OPEN_REPORTS ? 'Report' : 'PolicyReport'
  const source = apiVersion === OPEN_REPORTS ? { source: text } : {}
  const schema = object({
    apiVersion: text,
    kind: text,
    metadata: { type: 'object' },
    ...source,
    summary: SUMMARY,
    results: { type: 'array', items: RESULT },
  })
  return [
    customResourceDefinition(apiVersion, kind, schema),
    customResourceDefinition(apiVersion, `Cluster${kind}`, schema, 'Cluster'),
  ]
}
