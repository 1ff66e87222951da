// Carries out a Dockerfile in folders, without a Docker daemon: a stage is a folder, its base a stand-in.
import { chmod, cp, mkdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { ImageConfig, Stage, Step } from './read-dockerfile.ts'
import { layOutDistroless, layOutToolchain } from './stand-ins.ts'

export interface Image {
  /** The last stage's file system. */
  readonly root: string
  readonly config: ImageConfig
}

type RunStep = (step: Step & { kind: 'run' }) => Promise<void>

/** Builds in `folder`, as root; the context is what the builder would be sent. */
export async function buildImage(
  stages: readonly Stage[],
  context: string,
  folder: string,
): Promise<Image> {
  const roots = new Map<string | undefined, string>([[undefined, context]])
  let last: Image | undefined
  for (const [index, { name, base, steps, config }] of stages.entries()) {
    const root = join(folder, `stage-${index}`)
    await mkdir(root)
    const run = await layOutBase(base, root)
    for (const step of steps) await carryOut(step, root, roots, run)
    if (name !== undefined) roots.set(name, root)
    last = { root, config }
  }
  if (last === undefined) throw new Error('no stage')
  return last
}

async function layOutBase(base: string, root: string): Promise<RunStep> {
  if (base.startsWith('node:')) {
    const run = await layOutToolchain(root)
    return ({ command, workdir }) => run(command, workdir)
  }
  if (!base.startsWith('gcr.io/distroless/nodejs')) throw new Error(`nothing stands in for ${base}`)
  await layOutDistroless(root)
  return () => Promise.reject(new Error('there is no shell to run anything'))
}

async function carryOut(
  step: Step,
  root: string,
  roots: ReadonlyMap<string | undefined, string>,
  run: RunStep,
): Promise<void> {
  switch (step.kind) {
    case 'run':
      return run(step)
    case 'workdir':
      await makeFolder(root, step.path)
      return
    case 'copy': {
      const from = roots.get(step.from)
      if (from === undefined) throw new Error(`no stage ${step.from}`)
      for (const source of step.sources) await copy(join(from, source), root, step.target)
    }
  }
}

/** As COPY: of a folder what is in it, a file into a folder or under another name; permissions stay, and root owns it. */
async function copy(source: string, root: string, target: string): Promise<void> {
  const isFolder = (await stat(source)).isDirectory()
  const path = isFolder || !target.endsWith('/') ? target : `${target}${basename(source)}`
  await makeFolder(root, isFolder ? path : join(path, '..'))
  await cp(source, join(root, path), { recursive: true, verbatimSymlinks: true })
}

/** With what is missing above it, readable to all whatever this process would make. */
async function makeFolder(root: string, path: string): Promise<void> {
  const first = await mkdir(join(root, path), { recursive: true })
  if (first === undefined) return
  let made = join(root, path)
  while (made.length >= first.length) {
    await chmod(made, 0o755)
    made = join(made, '..')
  }
}
