// What each tool found, read from its own JSON, so that only tools that do the same work are compared.
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'

/** `shop-10: hostNetwork is set`, sorted. */
export type Verdicts = readonly string[]

interface OurReport {
  readonly findings: readonly { readonly message: string; readonly resource: { name: string } }[]
}

type ConftestReport = readonly {
  readonly filename: string
  readonly failures?: readonly { readonly msg: string }[]
}[]

type GatorReport = readonly {
  readonly msg: string
  readonly violatingObject: { readonly metadata: { readonly name: string } }
}[]

// Each is what its tool wrote; a wrong shape ends in no verdicts, which are not the same.
const READERS: Readonly<Record<string, (json: unknown) => string[]>> = {
  portcullis: (json) =>
    (json as OurReport).findings.map(({ message, resource }) => `${resource.name}: ${message}`),
  conftest: (json) =>
    (json as ConftestReport).flatMap(({ filename, failures = [] }) =>
      failures.map(({ msg }) => `${basename(filename, '.yaml')}: ${msg}`),
    ),
  gator: (json) =>
    (json as GatorReport).map(
      ({ msg, violatingObject }) => `${violatingObject.metadata.name}: ${msg}`,
    ),
}

export function readVerdicts(tool: string, path: string): Verdicts {
  return (READERS[tool]?.(JSON.parse(readFileSync(path, 'utf8'))) ?? []).toSorted()
}
