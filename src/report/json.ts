import type { Report } from './report.ts'

/** Returns the report as JSON, ending with a line break. */
export function renderJson(report: Report): string {
  return `${JSON.stringify(report, undefined, 2)}\n`
}
