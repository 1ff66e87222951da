import type { ReportFinding, ReportPlace } from './report.ts'

/** The place whose text is to be shown: of what Helm rendered that text, not the template. */
export function shownPlace(
  each: ReportPlace & Partial<Pick<ReportFinding, 'rendered'>>,
): ReportPlace {
  return each.rendered ?? each
}

/** `deploy/web.yaml:7:16`, or `shop/templates/web.yaml, rendered at <stdin>:7:16`. */
export function placeText(
  each: Pick<ReportPlace, 'file' | 'line' | 'column'> & Pick<ReportFinding, 'rendered'>,
): string {
  const { file, line, column } = each.rendered ?? each
  const place = `${file}:${line}:${column}`
  return each.rendered === null ? place : `${each.file}, rendered at ${place}`
}
