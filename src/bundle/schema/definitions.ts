// Parts that several of the published schemas share. `title` reads as "is not TITLE" in a diagnostic, `description` as its help.
import type { JsonObject } from '../bundle.ts'

export const SCHEMA_BASE = 'https://portcullis.dev/schemas/v1/'
export const DIALECT = 'https://json-schema.org/draft/2020-12/schema'
export const API_VERSION = 'portcullis.dev/v1'

const DNS_LABEL = '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$'
const SEGMENT = '[a-z0-9]([-a-z0-9.]*[a-z0-9])?'

const objectName: JsonObject = {
  title: 'a name',
  description:
    'A name has lower-case letters, digits and `-`, at most 63, and starts and ends with a letter or digit.',
  type: 'string',
  pattern: DNS_LABEL,
  maxLength: 63,
}

const operation: JsonObject = {
  title: 'an operation',
  description: 'An operation as AdmissionReview spells it.',
  enum: ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'],
}

const OPERATIONS: JsonObject = {
  type: 'array',
  minItems: 1,
  maxItems: 4,
  uniqueItems: true,
  items: { $ref: '#/$defs/operation' },
}

const WHO_ASKS: JsonObject = {
  users: { description: 'Globs over userInfo.username.', $ref: '#/$defs/userGlobs' },
  groups: {
    description: 'Globs over userInfo.groups; one that fits is enough.',
    $ref: '#/$defs/userGlobs',
  },
}

const resourceRule: JsonObject = {
  title: 'a resource rule',
  description:
    'What a request must be about, as in matchConstraints of a ValidatingAdmissionPolicy.',
  type: 'object',
  additionalProperties: false,
  required: ['resources'],
  properties: {
    apiGroups: {
      description: 'API groups; "" is the core group, "*" all.',
      type: 'array',
      minItems: 1,
      maxItems: 100,
      items: {
        title: 'an API group',
        description: 'An API group is a DNS name, "" for the core group, or "*".',
        type: 'string',
        pattern: `^(\\*|${SEGMENT})?$`,
        maxLength: 253,
      },
    },
    apiVersions: {
      description: 'API versions, such as v1; "*" is all.',
      type: 'array',
      minItems: 1,
      maxItems: 100,
      items: {
        title: 'an API version',
        description: 'An API version is written as in Kubernetes, such as v1 or v1beta1, or "*".',
        type: 'string',
        pattern: `^(\\*|${SEGMENT})$`,
        maxLength: 63,
      },
    },
    resources: {
      description:
        'Resources: `pods`, `apps/deployments`, `pods/ephemeralcontainers`, `*`, `*/*`, `pods/*`, `*/scale`.',
      type: 'array',
      minItems: 1,
      maxItems: 100,
      items: {
        title: 'a resource',
        description:
          'A resource is `[group/]resource[/subresource]`, in lower case; `*` stands for all.',
        type: 'string',
        pattern: `^(${SEGMENT}/)?(\\*|${SEGMENT})(/(\\*|${SEGMENT}))?$`,
        maxLength: 253,
      },
    },
    resourceNames: {
      description: 'Names of objects; absent: all.',
      type: 'array',
      minItems: 1,
      maxItems: 1000,
      items: { type: 'string', minLength: 1, maxLength: 253 },
    },
    operations: { description: 'Operations; absent: CREATE and UPDATE.', ...OPERATIONS },
    scope: {
      description: 'Cluster, Namespaced, or * for both.',
      enum: ['Cluster', 'Namespaced', '*'],
    },
  },
}

const labelSelector: JsonObject = {
  title: 'a label selector',
  description: 'A label selector as Kubernetes has it: all of its requirements must hold.',
  type: 'object',
  additionalProperties: false,
  properties: {
    matchLabels: {
      description: 'Labels that must be there with exactly these values.',
      type: 'object',
      maxProperties: 100,
      propertyNames: { $ref: '#/$defs/labelKey' },
      additionalProperties: { $ref: '#/$defs/labelValue' },
    },
    matchExpressions: {
      description: 'Requirements on single labels.',
      type: 'array',
      maxItems: 100,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['key', 'operator'],
        properties: {
          key: { $ref: '#/$defs/labelKey' },
          operator: {
            description: 'In and NotIn take `values`, Exists and DoesNotExist take none.',
            enum: ['In', 'NotIn', 'Exists', 'DoesNotExist'],
          },
          values: {
            description: 'The values of In and NotIn.',
            type: 'array',
            maxItems: 1000,
            items: { $ref: '#/$defs/labelValue' },
          },
        },
      },
    },
  },
}

const labelKey: JsonObject = {
  title: 'a label key',
  description:
    'A label key is `[prefix/]name`: a DNS name, then at most 63 letters, digits, `-`, `_` or `.` that start and end with a letter or digit.',
  type: 'string',
  pattern: `^(${SEGMENT}/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$`,
  maxLength: 317,
}

const labelValue: JsonObject = {
  title: 'a label value',
  description:
    'A label value has at most 63 letters, digits, `-`, `_` or `.` and starts and ends with a letter or digit; it may be empty.',
  type: 'string',
  pattern: '^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$',
}

const namespaceGlobs: JsonObject = {
  type: 'array',
  minItems: 1,
  maxItems: 1000,
  items: {
    title: 'a namespace glob',
    description:
      'A namespace glob is a namespace name in which `*` stands for any run of characters.',
    type: 'string',
    pattern: '^[a-z0-9*]([-a-z0-9*]*[a-z0-9*])?$',
    maxLength: 63,
  },
}

const userGlobs: JsonObject = {
  type: 'array',
  minItems: 1,
  maxItems: 1000,
  items: {
    title: 'a glob over names',
    description:
      'A glob is a name in which `*` stands for any run of characters; it may not be empty.',
    type: 'string',
    pattern: '^[^\\u0000-\\u001f\\u007f]+$',
    maxLength: 256,
  },
}

const match: JsonObject = {
  title: 'a match',
  description:
    'Where the policy applies. All fields given must hold; an absent field holds for every request.',
  type: 'object',
  additionalProperties: false,
  properties: {
    resourceRules: {
      description: 'Narrows the resources that the policy understands.',
      type: 'array',
      minItems: 1,
      maxItems: 100,
      items: { $ref: '#/$defs/resourceRule' },
    },
    excludeResourceRules: {
      description: 'What is left out, even if resourceRules has it.',
      type: 'array',
      minItems: 1,
      maxItems: 100,
      items: { $ref: '#/$defs/resourceRule' },
    },
    namespaces: { description: 'Globs over the namespace.', $ref: '#/$defs/namespaceGlobs' },
    excludedNamespaces: {
      description: 'Globs over namespaces left out.',
      $ref: '#/$defs/namespaceGlobs',
    },
    namespaceSelector: {
      description: 'Over the labels of the namespace.',
      $ref: '#/$defs/labelSelector',
    },
    objectSelector: {
      description: 'Over the labels of the object.',
      $ref: '#/$defs/labelSelector',
    },
    operations: { description: 'Operations; absent: CREATE and UPDATE.', ...OPERATIONS },
    ...WHO_ASKS,
  },
}

const binding: JsonObject = {
  title: 'a binding',
  description: 'A policy in use: where it applies, with which parameters, with which action.',
  type: 'object',
  additionalProperties: false,
  required: ['name', 'policy'],
  properties: {
    name: { description: 'The name that a violation shows; unique.', $ref: '#/$defs/objectName' },
    policy: {
      description: 'The policy, by the name of its folder.',
      type: 'string',
      minLength: 1,
      maxLength: 63,
    },
    match: { $ref: '#/$defs/match' },
    parameters: {
      description: 'Checked against the schema of the policy, whose defaults are applied.',
      type: 'object',
    },
    validationActions: {
      description: 'What a violation does: Deny (the default), Warn, Audit, or several of them.',
      type: 'array',
      minItems: 1,
      uniqueItems: true,
      items: {
        title: 'an action',
        description: 'An action is Deny, Warn or Audit.',
        enum: ['Deny', 'Warn', 'Audit'],
      },
    },
    failurePolicy: {
      description: 'What an evaluation error does: Fail (the default) denies, Ignore admits.',
      enum: ['Fail', 'Ignore'],
    },
  },
}

export const bindings: JsonObject = {
  description: 'The policies in use.',
  type: 'array',
  minItems: 1,
  maxItems: 1000,
  items: { $ref: '#/$defs/binding' },
}

const exceptionMatch: JsonObject = {
  title: 'a match of an exception',
  description:
    'What is excepted. All fields given must hold, and one must be given; labels do not count, since whoever writes an object could except it by them.',
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  properties: {
    resourceRules: {
      description: 'Resources, and with `resourceNames` single objects.',
      type: 'array',
      minItems: 1,
      maxItems: 100,
      items: { $ref: '#/$defs/resourceRule' },
    },
    namespaces: { description: 'Globs over the namespace.', $ref: '#/$defs/namespaceGlobs' },
    operations: { description: 'Operations; absent: all.', ...OPERATIONS },
    ...WHO_ASKS,
  },
}

const exception: JsonObject = {
  title: 'an exception',
  description:
    'A known fault that is let pass for a time: its violations warn and are audited instead of what the binding says.',
  type: 'object',
  additionalProperties: false,
  required: ['name', 'binding', 'match', 'owner', 'reason', 'expires'],
  properties: {
    name: { description: 'The name that warnings show; unique.', $ref: '#/$defs/objectName' },
    binding: { description: 'The binding that is excepted from.', $ref: '#/$defs/objectName' },
    match: { $ref: '#/$defs/exceptionMatch' },
    owner: { description: 'Who mends it.', type: 'string', minLength: 1, maxLength: 253 },
    reason: { description: 'Why it is there.', type: 'string', minLength: 1, maxLength: 1024 },
    expires: {
      title: 'a date',
      description: 'The last day on which it holds, in UTC, as 2026-12-31.',
      type: 'string',
      pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$',
    },
  },
}

export const exceptions: JsonObject = {
  description: 'Known faults that are let pass for a time.',
  type: 'array',
  maxItems: 1000,
  items: { $ref: '#/$defs/exception' },
}

/** `$defs` of every schema that holds bindings. */
export const BINDING_DEFINITIONS: JsonObject = {
  objectName,
  operation,
  resourceRule,
  labelKey,
  labelValue,
  labelSelector,
  namespaceGlobs,
  userGlobs,
  match,
  binding,
  exceptionMatch,
  exception,
}

export const severity: JsonObject = {
  title: 'a severity',
  description: 'How bad a violation is.',
  enum: ['low', 'medium', 'high', 'critical'],
}

export const resources: JsonObject = {
  title: 'a list of resources',
  description: 'The resources that the policy understands.',
  type: 'array',
  minItems: 1,
  maxItems: 100,
  uniqueItems: true,
  items: {
    title: 'a resource',
    description:
      'A resource is `[group/]resource[/subresource]`, in lower case, such as `pods` or `apps/deployments`.',
    type: 'string',
    pattern: `^(${SEGMENT}/)?${SEGMENT}(/${SEGMENT})?$`,
    maxLength: 253,
  },
}
