import { isAbsolute, relative, resolve, sep } from 'node:path'
import type { Host } from '../../host/host.ts'
import type { Report } from '../../report/report.ts'

/**
 * Returns the report with its files as code hosts name them: from the root of the repository, which GitHub's and GitLab's runners
 * tell by a variable, or else from the working directory. What lies outside keeps its absolute path.
 */
export function inRepository(report: Report, { environment }: Pick<Host, 'environment'>): Report {
  // A cluster's objects are in no file.
  if (report.cluster !== undefined) return report
  const root = environment['GITHUB_WORKSPACE'] || environment['CI_PROJECT_DIR'] || ''
  const known = new Map<string, string>()
  const pathOf = (file: string): string => {
    const path = known.get(file) ?? pathBelow(root, file) ?? pathBelow('', file) ?? resolve(file)
    known.set(file, path)
    return path
  }
  const moved = <T extends { readonly file: string }>(each: T): T => ({
    ...each,
    file: pathOf(each.file),
  })
  return {
    ...report,
    resources: report.resources.map(moved),
    findings: report.findings.map(moved),
    suppressed: report.suppressed.map(moved),
    errors: report.errors.map((each) =>
      each.file === null ? each : { ...each, file: pathOf(each.file) },
    ),
  }
}

function pathBelow(root: string, file: string): string | undefined {
  // `<stdin>`
  if (file.startsWith('<')) return file
  const path = relative(root, resolve(file))
  const isOutside = path === '..' || path.startsWith(`..${sep}`) || isAbsolute(path)
  return isOutside ? undefined : path.split(sep).join('/')
}
