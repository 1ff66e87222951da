// The part of the Dockerfile language that manifests/Dockerfile is written in, where each thing has one meaning. All else is an
// error: what is not understood here might do what the tests that read it say is not done.

export interface Stage {
  readonly name: string | undefined
  /** An image, or a stage above. */
  readonly base: string
  readonly steps: readonly Step[]
  readonly config: ImageConfig
}

/** What makes files, in order. */
export type Step =
  | { readonly kind: 'run'; readonly command: string; readonly workdir: string }
  | {
      readonly kind: 'copy'
      /** A stage above; the build context where absent. */
      readonly from: string | undefined
      readonly sources: readonly string[]
      /** Absolute; one that ends with a slash is a folder. */
      readonly target: string
    }
  | { readonly kind: 'workdir'; readonly path: string }

export interface ImageConfig {
  readonly workdir: string
  readonly user: string | undefined
  readonly entrypoint: readonly string[]
  readonly cmd: readonly string[]
  readonly stopSignal: string | undefined
  readonly ports: readonly number[]
  readonly labels: Readonly<Record<string, string>>
}

interface OpenStage {
  name: string | undefined
  base: string
  steps: Step[]
  config: { -readonly [Key in keyof ImageConfig]: ImageConfig[Key] }
}

/** @throws Error with the line of what is not understood. */
export function readDockerfile(text: string): readonly Stage[] {
  const stages: OpenStage[] = []
  for (const { line, words } of logicalLines(text)) {
    try {
      readInstruction(words, stages)
    } catch (error) {
      throw new Error(`line ${line}: ${(error as Error).message}`, { cause: error })
    }
  }
  return stages
}

interface LogicalLine {
  /** Its first, from 1. */
  readonly line: number
  readonly words: string
}

function logicalLines(text: string): LogicalLine[] {
  const found: LogicalLine[] = []
  let words = ''
  let first = 0
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim()
    // Above the first instruction these are no comments, and change how the rest is read.
    if (/^#\s*\w+\s*=/.test(line)) throw new Error(`line ${index + 1}: a directive: ${line}`)
    if (line === '' || line.startsWith('#')) continue
    if (words === '') first = index + 1
    if (line.endsWith('\\')) {
      words += `${line.slice(0, -1).trim()} `
      continue
    }
    found.push({ line: first, words: words + line })
    words = ''
  }
  if (words !== '') throw new Error(`line ${first}: goes on, and the file does not`)
  return found
}

function readInstruction(text: string, stages: OpenStage[]): void {
  const [, name = '', rest = ''] = /^([A-Z]+) +(.+)$/.exec(text) ?? []
  if (name === 'FROM') {
    stages.push(readFrom(rest))
    return
  }
  const stage = stages.at(-1)
  if (stage === undefined) throw new Error(`no stage for ${text}`)
  const { config, steps } = stage
  // The shell's own in RUN, and nobody's elsewhere.
  if (name !== 'RUN' && /[$`]/.test(rest)) throw new Error(`a variable: ${rest}`)
  if (rest.includes('<<')) throw new Error(`a heredoc: ${rest}`)
  switch (name) {
    case 'RUN':
      if (/^(--|\[)/.test(rest)) throw new Error(`RUN with options or without a shell: ${rest}`)
      steps.push({ kind: 'run', command: rest, workdir: config.workdir })
      return
    case 'COPY':
      steps.push(readCopy(rest, stage, stages.slice(0, -1)))
      return
    case 'WORKDIR':
      config.workdir = expectMatch(rest, /^(?:\/[\w.-]+)+$/)
      steps.push({ kind: 'workdir', path: rest })
      return
    case 'USER':
      config.user = expectMatch(rest, /^[\w-]+(:[\w-]+)?$/)
      return
    case 'EXPOSE':
      config.ports = rest.split(' ').map((port) => Number(expectMatch(port, /^\d+$/)))
      return
    case 'STOPSIGNAL':
      config.stopSignal = expectMatch(rest, /^SIG[A-Z]+$/)
      return
    case 'LABEL':
      config.labels = { ...config.labels, ...readLabels(rest) }
      return
    case 'ENTRYPOINT':
      config.entrypoint = readCommand(rest)
      // What the base says is for its own entrypoint.
      config.cmd = []
      return
    case 'CMD':
      config.cmd = readCommand(rest)
      return
    default:
      throw new Error(`not understood: ${text}`)
  }
}

function readFrom(text: string): OpenStage {
  const matched = /^(?:--platform=\$BUILDPLATFORM )?([\w./:@-]+)(?: AS ([a-z][\w-]*))?$/.exec(text)
  const [, base, name] = matched ?? []
  if (base === undefined) throw new Error(`not understood: FROM ${text}`)
  return {
    name,
    base,
    steps: [],
    config: {
      workdir: '/',
      user: undefined,
      entrypoint: [],
      cmd: [],
      stopSignal: undefined,
      ports: [],
      labels: {},
    },
  }
}

function readCopy(text: string, { config }: OpenStage, above: readonly OpenStage[]): Step {
  const [, from, paths] = /^(?:--from=([a-z][\w-]*) )?([^-].*)$/.exec(text) ?? []
  if (paths === undefined) throw new Error(`not understood: COPY ${text}`)
  if (from !== undefined && !above.some((each) => each.name === from)) {
    throw new Error(`no stage ${from} above`)
  }
  const words = paths.split(' ').map((path) => expectMatch(path, /^[\w./-]+$/))
  const target = words.pop() ?? ''
  if (words.length === 0) throw new Error(`COPY of nothing: ${text}`)
  if (words.length > 1 && !target.endsWith('/')) throw new Error(`no folder: ${target}`)
  const base = config.workdir === '/' ? '' : config.workdir
  return {
    kind: 'copy',
    from,
    sources: words,
    target: target.startsWith('/') ? target : `${base}/${target.replace(/^\.\//, '')}`,
  }
}

function readLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {}
  const rest = text.replaceAll(/([\w.-]+)="([^"\\]*)" ?/g, (_, name: string, value: string) => {
    labels[name] = value
    return ''
  })
  if (rest !== '') throw new Error(`labels that are not NAME="VALUE": ${rest}`)
  return labels
}

/** A list: a text would be a shell's. */
function readCommand(text: string): readonly string[] {
  const words: unknown = JSON.parse(text)
  if (Array.isArray(words) && words.every((word) => typeof word === 'string')) return words
  throw new Error(`no list of words: ${text}`)
}

function expectMatch(text: string, pattern: RegExp): string {
  if (pattern.test(text)) return text
  throw new Error(`not understood: ${text}`)
}
