// What GitHub's runner does with the output of a step beyond showing it.
import { describeSystemError, errorCode } from '../../host/system-error.ts'
import type { Host } from '../../host/host.ts'
import type { Report } from '../../report/report.ts'
import { InputError } from '../usage-error.ts'

/** Of a step's summary; one that is larger is not shown at all. */
const MAX_SUMMARY_BYTES = 1_048_576

/** Adds the report to the step's summary, behind what other commands of the step have written. */
export async function appendStepSummary(report: Report, host: Host): Promise<void> {
  const path = host.environment['GITHUB_STEP_SUMMARY']
  if (path === undefined || path === '') return
  const { renderMarkdown } = await import('../../report/markdown.ts')
  try {
    const before = await readIfThere(path, host)
    const text = renderMarkdown(report, MAX_SUMMARY_BYTES - before.length - 1)
    const after = new TextEncoder().encode(before.length === 0 ? text : `\n${text}`)
    if (before.length + after.length > MAX_SUMMARY_BYTES) {
      await host.stderr.write('portcullis: the summary of this step has no room left\n')
      return
    }
    await host.files.write(path, Buffer.concat([before, after]))
  } catch (error) {
    throw new InputError(`cannot write the step's summary: ${describeSystemError(error)}`, {
      cause: error,
    })
  }
}

async function readIfThere(path: string, host: Host): Promise<Uint8Array> {
  try {
    return await host.files.read(path)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return new Uint8Array()
    throw error
  }
}

/**
 * Breaks what the runner would take for a command wherever it stands in a line (`##[stop-commands]`): the source that a report shows
 * may be anybody's. Commands of the newer kind, `::error::`, count at the start of a line only, where no source stands.
 */
export function defuseCommands(text: string, { environment }: Pick<Host, 'environment'>): string {
  return environment['GITHUB_ACTIONS'] === 'true' ? text.replaceAll('##[', '# #[') : text
}
