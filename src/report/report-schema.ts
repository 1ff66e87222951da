import type { JsonObject } from '../bundle/bundle.ts'

const text: JsonObject = { type: 'string' }
const count: JsonObject = { type: 'integer', minimum: 0 }
const position: JsonObject = { type: 'integer', minimum: 1 }

/** Schema of what `check -o json` prints. */
export const REPORT_SCHEMA: JsonObject = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'https://portcullis.dev/schemas/v1/report.schema.json',
  title: 'Report',
  description:
    'What `portcullis check` found: every violation with its place, and what could not be judged.',
  ...closed({
    apiVersion: { description: 'The version of this format.', const: 'portcullis.dev/v1' },
    kind: { description: 'Always Report.', const: 'Report' },
    bundle: {
      description: 'The bundle that judged.',
      ...closed({
        name: { description: 'The name of the bundle.', ...text },
        digest: {
          description: 'The SHA-256 of the archive.',
          type: 'string',
          pattern: '^sha256:[0-9a-f]{64}$',
        },
      }),
    },
    summary: {
      description: 'Sums.',
      ...closed({
        resources: { description: 'Objects that were judged.', ...count },
        skipped: {
          description: 'Pairs of an object and a binding that does not match it.',
          ...count,
        },
        deny: { description: 'Findings that deny.', ...count },
        warn: { description: 'Findings that warn.', ...count },
        audit: { description: 'Findings that are only recorded.', ...count },
        errors: { description: 'How many errors there are.', ...count },
      }),
    },
    findings: {
      description: 'Violations, by file, line, column and binding.',
      type: 'array',
      items: { $ref: '#/$defs/finding' },
    },
    errors: {
      description: 'What could not be read or judged; the exit code is 2 where there is any.',
      type: 'array',
      items: { $ref: '#/$defs/error' },
    },
  }),
  $defs: {
    finding: {
      description: 'A violation and what it leads to.',
      ...closed({
        binding: { description: 'The binding that matched.', ...text },
        policy: { description: 'The policy that it uses.', ...text },
        action: { description: 'What the finding leads to.', enum: ['Deny', 'Warn', 'Audit'] },
        severity: {
          description: 'How bad the policy says it is.',
          enum: ['low', 'medium', 'high', 'critical'],
        },
        message: { description: 'What is wrong.', ...text },
        path: {
          description:
            'Keys from the root of the object; empty where the policy names no place in it.',
          type: 'array',
          items: { type: ['string', 'integer'] },
        },
        file: { description: 'The file as it was named.', ...text },
        line: { description: 'From 1.', ...position },
        column: { description: 'From 1, in UTF-16 code units.', ...position },
        endLine: { description: 'The line of the first place past the text.', ...position },
        endColumn: { description: 'The column of the first place past the text.', ...position },
        resource: {
          description: 'The object.',
          ...closed({
            apiVersion: text,
            kind: text,
            namespace: { description: 'Empty where the file names none.', ...text },
            name: { description: 'Empty where the file names none.', ...text },
          }),
        },
        remediation: { description: 'How to mend it.', ...text },
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
      }),
    },
  },
}

/** An object with these members and no others. */
function closed(properties: JsonObject): JsonObject {
  return {
    type: 'object',
    additionalProperties: false,
    required: Object.keys(properties),
    properties,
  }
}
