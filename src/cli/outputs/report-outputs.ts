// Where the reports of a run go: `-o FORMAT[=FILE]`, each to its place, in the form that whoever reads it expects.
import { dirname } from 'node:path'
import { describeSystemError } from '../../host/system-error.ts'
import type { Host, Output } from '../../host/host.ts'
import type { Report } from '../../report/report.ts'
import { renderText, type TextOptions } from '../../report/text.ts'
import { kindOf } from '../list-files.ts'
import { type OutputTarget, parseOutputs } from './output-targets.ts'
import { inRepository } from './repository-path.ts'
import { InputError, UsageError } from '../usage-error.ts'
import { wantsColor } from '../write-diagnostics.ts'
import { appendStepSummary, defuseCommands } from './workflow-step.ts'

const FORMATS = ['text', 'json', 'sarif', 'junit', 'github', 'gitlab', 'markdown', 'html'] as const

export const REPORT_FORMATS: string = FORMATS.join(', ')

type Target = OutputTarget<(typeof FORMATS)[number]>

export type ReportOutputs = readonly Target[]

export type ReportContext = Pick<TextOptions, 'files' | 'detail'>

/**
 * Looks at the places before there is anything to write.
 *
 * @throws {UsageError} for a format that is none, and for two outputs to one place.
 * @throws {InputError} for a file that could not be written.
 */
export async function openOutputs(values: readonly string[], host: Host): Promise<ReportOutputs> {
  const onStream = values.filter((value) => value === 'github')
  if (onStream.length > 1) throw new UsageError('`--output github` is given twice')
  // Annotations need no stream of their own, see `streamOf`.
  const targets: Target[] = [
    ...parseOutputs(
      '--output',
      values.filter((value) => value !== 'github'),
      FORMATS,
    ),
  ]
  for (const { format, file } of targets) {
    if (file !== undefined) await assertWritable(format, file, host)
  }
  return [...targets, ...(onStream.length === 1 ? [{ format: 'github' } as const] : [])]
}

async function assertWritable(format: string, file: string, host: Host): Promise<void> {
  const option = `\`--output ${format}=${file}\``
  if (file === '-') {
    throw new UsageError(`${option}: without \`=-\` it goes to standard output`)
  }
  const folder = dirname(file)
  if ((await kindOf(folder, host)) !== 'directory') {
    throw new InputError(`${option}: there is no directory \`${folder}\``)
  }
  // Reports take the place of the file that is there, which must not be a device or a pipe.
  const kind = (await kindOf(file, host)) ?? 'file'
  if (kind !== 'file') {
    throw new InputError(
      `${option}: \`${file}\` is ${kind === 'directory' ? 'a directory' : 'no regular file'}`,
    )
  }
}

/** @throws {InputError} for a file that cannot be written. */
export async function writeReports(
  report: Report,
  outputs: ReportOutputs,
  context: ReportContext,
  host: Host,
): Promise<void> {
  const hasStdout = outputs.some(({ format, file }) => file === undefined && format !== 'github')
  for (const target of outputs) {
    const { format, file } = target
    if (file !== undefined) {
      await writeFile(file, await render(format, report, context, host), host)
      continue
    }
    // GitHub's runner reads commands from both streams, so annotations leave stdout to what else goes there.
    const stream = format === 'github' && hasStdout ? host.stderr : host.stdout
    await stream.write(await renderForStream(format, report, context, stream, host))
  }
  if (outputs.some(({ format }) => format === 'github')) await appendStepSummary(report, host)
}

async function writeFile(file: string, text: string, host: Host): Promise<void> {
  try {
    await host.files.write(file, new TextEncoder().encode(text))
  } catch (error) {
    throw new InputError(`cannot write \`${file}\`: ${describeSystemError(error)}`, {
      cause: error,
    })
  }
}

async function renderForStream(
  format: Target['format'],
  report: Report,
  context: ReportContext,
  stream: Output,
  host: Host,
): Promise<string> {
  if (format !== 'text') {
    const text = await render(format, report, context, host)
    return format === 'markdown' ? defuseCommands(text, host) : text
  }
  // What kept everything from being judged has gone to stderr, as have diagnostics with their cures.
  if (report.resources.length === 0) return ''
  const errors = report.errors.filter((each) => each.code.startsWith('evaluation/'))
  const text = renderText({ ...report, errors }, { ...context, color: wantsColor(stream, host) })
  return defuseCommands(text, host)
}

/** Renderers are loaded when they are asked for: most runs need one. */
async function render(
  format: Target['format'],
  report: Report,
  context: ReportContext,
  host: Host,
): Promise<string> {
  switch (format) {
    case 'text':
      return renderText(report, { ...context, color: false })
    case 'json':
      return (await import('../../report/json.ts')).renderJson(report)
    case 'sarif':
      return (await import('../../report/sarif.ts')).renderSarif(inRepository(report, host))
    case 'junit':
      return (await import('../../report/junit.ts')).renderJunit(report)
    case 'github':
      return (await import('../../report/github.ts')).renderGithub(inRepository(report, host))
    case 'gitlab':
      return (await import('../../report/gitlab.ts')).renderGitlab(inRepository(report, host))
    case 'markdown': {
      const { COMMENT_BYTES, renderMarkdown } = await import('../../report/markdown.ts')
      return renderMarkdown(report, COMMENT_BYTES)
    }
    case 'html':
      return (await import('../../report/html.ts')).renderHtml(report, context)
  }
}
