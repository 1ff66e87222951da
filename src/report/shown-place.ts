import type { Report, ReportError, ReportFinding, ReportPlace } from './report.ts'

/** The place whose text is to be shown: of what Helm rendered that text, not the template. */
export function shownPlace(
  each: ReportPlace & Partial<Pick<ReportFinding, 'rendered'>>,
): ReportPlace {
  return each.rendered ?? each
}

/** `deploy/web.yaml:7:16`, or `shop/templates/web.yaml, rendered at <stdin>:7:16`; `shop/Pod/web` in a cluster. */
export function placeText(
  each: Pick<ReportPlace, 'file' | 'line' | 'column'> &
    Pick<ReportFinding, 'rendered'> & { readonly live: boolean },
): string {
  if (each.live) return each.file
  const { file, line, column } = each.rendered ?? each
  const place = `${file}:${line}:${column}`
  return each.rendered === null ? place : `${each.file}, rendered at ${place}`
}

/** The same of an error; undefined where it has no place. */
export function errorPlaceText(
  { file, line, column }: Pick<ReportError, 'file' | 'line' | 'column'>,
  { cluster }: Pick<Report, 'cluster'>,
): string | undefined {
  if (file === null) return undefined
  return cluster === undefined ? `${file}:${line}:${column}` : file
}
