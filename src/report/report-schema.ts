import type { JsonObject } from '../bundle/bundle.ts'
import { ACTIONS } from './order.ts'
import { SKIP_REASONS } from './skip-reason.ts'

const text: JsonObject = { type: 'string' }
const count: JsonObject = { type: 'integer', minimum: 0 }
const position: JsonObject = { type: 'integer', minimum: 1 }
const identity = {
  apiVersion: text,
  kind: text,
  namespace: { description: 'Empty where the file names none.', ...text },
  name: { description: 'Empty where the file names none.', ...text },
}

const place = {
  file: {
    description:
      'The file as it was named, or the file of a chart that Helm says it rendered; of an object in a cluster `namespace/kind/name`.',
    ...text,
  },
  line: { description: 'From 1.', ...position },
  column: { description: 'From 1, in UTF-16 code units.', ...position },
  endLine: { description: 'The line of the first place past the text.', ...position },
  endColumn: { description: 'The column of the first place past the text.', ...position },
}

const exception = {
  name: text,
  owner: { description: 'Who answers for it.', ...text },
  reason: text,
  expires: {
    description: 'Its last day, in UTC.',
    type: 'string',
    pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$',
  },
}

const finding = {
  binding: { description: 'The binding that matched.', ...text },
  policy: { description: 'The policy that it uses.', ...text },
  action: { description: 'What the finding leads to.', enum: ACTIONS },
  severity: { $ref: '#/$defs/severity' },
  message: { description: 'What is wrong.', ...text },
  path: {
    description: 'Keys from the root of the object; empty where the policy names no place in it.',
    type: 'array',
    items: { type: ['string', 'integer'] },
  },
  ...place,
  rendered: { $ref: '#/$defs/rendered' },
  resource: {
    description: 'The object.',
    ...closed(identity),
  },
  resourceIndex: { description: 'Which of `resources` it is.', ...count },
  remediation: { description: 'How to mend it.', ...text },
  fingerprint: {
    description:
      'The same from run to run, wherever in the file the violation moves; two that are alike have the same.',
    type: 'string',
    pattern: '^[0-9a-f]{32}$',
  },
}

/** Schema of what `check -o json` and `audit -o json` print. */
export const REPORT_SCHEMA: JsonObject = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'https://portcullis.dev/schemas/v1/report.schema.json',
  title: 'Report',
  description:
    'What `portcullis check` or `audit` found: every violation with its place, and what could not be judged.',
  ...closed(
    {
      apiVersion: { description: 'The version of this format.', const: 'portcullis.dev/v1' },
      kind: { description: 'Always Report.', const: 'Report' },
      tool: {
        description: 'What made the report.',
        ...closed({
          name: { description: 'Always portcullis.', const: 'portcullis' },
          version: { description: 'Its version.', ...text },
        }),
      },
      bundle: {
        description: 'The bundle that judged; null where none could be loaded.',
        ...closed({
          name: { description: 'The name of the bundle.', ...text },
          digest: {
            description: 'The SHA-256 of the archive.',
            type: 'string',
            pattern: '^sha256:[0-9a-f]{64}$',
          },
        }),
        type: ['object', 'null'],
      },
      verdict: {
        description:
          'clean: exit code 0; violations: 1; failed: 2, as not everything could be judged, or nothing was there to judge.',
        enum: ['clean', 'violations', 'failed'],
      },
      failOn: {
        description: 'The mildest action that makes a finding a violation.',
        enum: ACTIONS,
      },
      summary: {
        description: 'Sums.',
        ...closed({
          resources: { description: 'Objects that were judged.', ...count },
          bindings: { description: 'Bindings in the bundle.', ...count },
          skipped: {
            description: 'Pairs of an object and a binding that does not match it.',
            ...count,
          },
          skippedBy: { description: 'The same by the reason.', ...byReason(count) },
          deny: { description: 'Findings that deny.', ...count },
          warn: { description: 'Findings that warn.', ...count },
          audit: { description: 'Findings that are only recorded.', ...count },
          suppressed: { description: 'Findings that do not count.', ...count },
          errors: { description: 'How many errors there are.', ...count },
        }),
      },
      policies: {
        description: 'Every policy in the bundle.',
        type: 'array',
        items: { $ref: '#/$defs/policy' },
      },
      bindings: {
        description: 'Every binding in the bundle.',
        type: 'array',
        items: { $ref: '#/$defs/binding' },
      },
      exceptions: {
        description: 'Every exception from these bindings, with what came of it.',
        type: 'array',
        items: { $ref: '#/$defs/exception' },
      },
      resources: {
        description: 'Objects that were judged, by file, line and column.',
        type: 'array',
        items: { $ref: '#/$defs/resource' },
      },
      findings: {
        description: 'Violations, by file, line, column and binding.',
        type: 'array',
        items: { $ref: '#/$defs/finding' },
      },
      suppressed: {
        description: 'What was found and does not count, in the same order.',
        type: 'array',
        items: { $ref: '#/$defs/suppressed' },
      },
      errors: {
        description: 'What could not be read or judged; the exit code is 2 where there is any.',
        type: 'array',
        items: { $ref: '#/$defs/error' },
      },
    },
    {
      cluster: {
        description:
          'The cluster whose objects were judged, absent for files; lines and columns are then 1.',
        ...closed({ server: { description: 'The URL of its API server.', ...text } }),
      },
    },
  ),
  $defs: {
    policy: {
      description: 'A policy, as it describes itself.',
      ...closed({
        name: { description: 'Stable.', ...text },
        title: text,
        description: text,
        severity: { $ref: '#/$defs/severity' },
        remediation: { description: 'How to mend what it finds.', ...text },
        relatedResources: {
          description: 'Where to read more.',
          type: 'array',
          items: {
            type: 'object',
            additionalProperties: false,
            required: ['ref'],
            properties: { ref: text, description: text },
          },
        },
      }),
    },
    binding: {
      description: 'A policy in use.',
      ...closed({
        name: text,
        policy: text,
        validationActions: {
          description: 'What its findings lead to.',
          type: 'array',
          items: { enum: ACTIONS },
        },
      }),
    },
    exception: {
      description: 'An exception of the bundle, and what it did in this run.',
      ...closed({
        binding: { description: 'The binding that it is from.', ...text },
        ...exception,
        expired: {
          description: 'Whether its last day was over: it then lets nothing pass.',
          type: 'boolean',
        },
        matched: { description: 'Objects that its binding judged and that it is about.', ...count },
        used: { description: 'Findings that it let pass.', ...count },
      }),
    },
    resource: {
      description: 'An object that was judged.',
      ...closed({
        ...identity,
        file: place.file,
        line: { description: 'Where the object says what it is called, from 1.', ...position },
        column: { description: 'From 1, in UTF-16 code units.', ...position },
        rendered: { $ref: '#/$defs/rendered' },
        matched: {
          description:
            'Bindings that judged it, or tried to: what is neither in `findings` nor in `errors` passed.',
          type: 'array',
          items: text,
        },
        skipped: {
          description: 'Bindings that left it alone, by the reason.',
          ...byReason({ type: 'array', items: text }),
        },
      }),
    },
    rendered: {
      description:
        'The place in what Helm rendered, where `file` names a file of a chart and `line` is 1; else null.',
      ...closed(place),
      type: ['object', 'null'],
    },
    severity: {
      description: 'How bad the policy says it is.',
      enum: ['low', 'medium', 'high', 'critical'],
    },
    finding: {
      description: 'A violation and what it leads to.',
      ...closed(finding),
    },
    suppressed: {
      description: 'A violation that something lets pass.',
      ...closed({
        ...finding,
        suppression: {
          description: 'What lets it pass: the baseline, or an exception of the bundle.',
          oneOf: [
            closed({ kind: { const: 'baseline' } }),
            closed({
              kind: { const: 'exception' },
              ...exception,
            }),
          ],
        },
      }),
    },
    error: {
      description: 'Something that could not be read or judged.',
      ...closed({
        code: {
          description: 'Stable, such as `yaml/syntax` or `evaluation/budget-exceeded`.',
          ...text,
        },
        message: { description: 'What happened.', ...text },
        file: { description: 'Null where there is no place to show.', type: ['string', 'null'] },
        line: { description: 'From 1.', type: ['integer', 'null'], minimum: 1 },
        column: {
          description: 'From 1, in UTF-16 code units.',
          type: ['integer', 'null'],
          minimum: 1,
        },
        binding: {
          description: 'The binding that could not judge; null where it is not about one.',
          type: ['string', 'null'],
        },
        resourceIndex: {
          description: 'Which of `resources` could not be judged; null where it is not about one.',
          type: ['integer', 'null'],
          minimum: 0,
        },
      }),
    },
  },
}

/** An object with these members, perhaps the optional ones, and no others. */
function closed(properties: JsonObject, optional: JsonObject = {}): JsonObject {
  return {
    type: 'object',
    additionalProperties: false,
    required: Object.keys(properties),
    properties: { ...properties, ...optional },
  }
}

/** A member a reason for which there is something. */
function byReason(value: JsonObject): JsonObject {
  return {
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(Object.keys(SKIP_REASONS).map((reason) => [reason, value])),
  }
}
