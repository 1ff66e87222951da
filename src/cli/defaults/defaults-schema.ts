import type { JsonObject } from '../../bundle/bundle.ts'
import { API_VERSION, DIALECT, SCHEMA_BASE } from '../../bundle/schema/definitions.ts'
import type { Command, OptionSpec } from '../command.ts'

export const DEFAULTS_FILE = 'portcullis.yaml'

/** Of operators: `serve` has a configuration of its own, see docs/configuration.md, and keys are made as somebody says. */
const APART: readonly string[] = ['serve', 'certs']

/**
 * The options that the file may say: those that take a value. One that takes none cannot be taken back on the command line,
 * so the file must not switch it on.
 */
export function defaultableOptions(command: Command): readonly OptionSpec[] {
  if (APART.includes(command.name)) return []
  return command.options.filter((option) => option.value !== undefined)
}

/** An option as the file spells it: `unknownNamespace`. */
export function keyOf({ name }: OptionSpec): string {
  return name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

/** Schema of `portcullis.yaml`. */
export function defaultsSchema(commands: readonly Command[]): JsonObject {
  return {
    $schema: DIALECT,
    $id: `${SCHEMA_BASE}defaults.schema.json`,
    title: 'defaults of the command line',
    description: 'Values of options for a repository; what the command line says wins.',
    type: 'object',
    additionalProperties: false,
    required: ['apiVersion', 'kind'],
    properties: {
      apiVersion: { description: 'The version of this format.', const: API_VERSION },
      kind: { description: 'Always Defaults.', const: 'Defaults' },
      ...Object.fromEntries(
        commands
          .map((command) => [command, defaultableOptions(command)] as const)
          .filter(([, options]) => options.length > 0)
          .map(([command, options]) => [command.name, commandSchema(command, options)]),
      ),
    },
  }
}

function commandSchema(command: Command, options: readonly OptionSpec[]): JsonObject {
  return {
    description: command.summary,
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(
      options.map((option) => [keyOf(option), optionSchema(option)] as const),
    ),
  }
}

function optionSchema(option: OptionSpec): JsonObject {
  const description = `${option.summary.charAt(0).toUpperCase()}${option.summary.slice(1)}.`
  const one: JsonObject =
    option.choices === undefined
      ? { type: ['string', 'number'], minLength: 1 }
      : { enum: [...option.choices] }
  if (option.repeatable !== true) return { description, ...one }
  return { description, type: 'array', minItems: 1, items: one }
}
