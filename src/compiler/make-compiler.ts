// Builds src/compiler/opa with Go, or takes what an earlier build of the same sources left in the
// user's cache.
import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import {
  access,
  constants,
  copyFile,
  mkdir,
  readFile,
  readdir,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

export interface Made {
  readonly exitCode: 0 | 1
  /** For the user; nothing to say where the compiler was there already. */
  readonly message?: string
}

type Environment = Readonly<Record<string, string | undefined>>

const OLDEST_GO = [1, 26] as const

// No settings of the user's reach the bytes, and Go itself is not downloaded.
const PINNED = {
  GOOS: 'wasip1',
  GOARCH: 'wasm',
  GOWASM: '',
  GOEXPERIMENT: '',
  GOFIPS140: 'off',
  GOWORK: 'off',
  GOFLAGS: '',
}
const BUILD = ['build', '-buildmode=c-shared', '-trimpath', '-buildvcs=false', '-mod=readonly']
const LINK = ['-ldflags', '-s -w']

const NEEDS_COMPILER = '`portcullis build` and `check --bundle DIR`'

/**
 * Sees to it that `dist/compiler/opa.wasm` below `root` is made of the sources there. Safe to run
 * several times at once: files come into place whole.
 */
export async function makeCompiler(root: string, environment: Environment): Promise<Made> {
  const sources = join(root, 'src/compiler/opa')
  const output = join(root, 'dist/compiler/opa.wasm')
  const stamp = `${output}.key`
  const digest = await digestSources(sources)
  const [known = '', knownGo = ''] = (await readText(stamp)).split(' ')
  const isThere = (await size(output)) > 0
  const go = await findGo(sources, environment)
  if (go === undefined) {
    if (!isThere) {
      return say(
        `Go 1.26 or newer was not found, so what compiles Rego will not work: ${NEEDS_COMPILER}`,
      )
    }
    if (known === digest) return { exitCode: 0 }
    return say('Go 1.26 or newer was not found, so the compiler stays that of earlier sources')
  }
  if (isThere && known === digest && knownGo === go.version) return { exitCode: 0 }
  const cache = join(await makeCacheFolder(root, environment), `opa-${digest}-${go.version}.wasm`)
  const started = Date.now()
  const isCached = (await size(cache)) > 0
  if (!isCached) {
    const failure = await into(cache, (file) => build(go.path, sources, file, environment))
    if (failure !== undefined) return { exitCode: 1, message: failure }
    await dropOld(dirname(cache))
  }
  await mkdir(dirname(output), { recursive: true })
  await place(cache, output, stamp, `${digest} ${go.version}`)
  if (isCached) return { exitCode: 0 }
  const seconds = Math.round((Date.now() - started) / 1_000)
  return say(`the compiler was built with ${go.version} in ${seconds} s`)
}

function say(message: string): Made {
  return { exitCode: 0, message }
}

async function place(cache: string, output: string, stamp: string, key: string): Promise<void> {
  // Without its key a half-finished pair is done anew.
  await rm(stamp, { force: true })
  await into(output, (file) => copyFile(cache, file).then(() => undefined))
  await into(stamp, (file) => writeFile(file, key).then(() => undefined))
}

/** Writes a file beside the target and renames it, unless `write` tells of a failure. */
async function into(
  target: string,
  write: (file: string) => Promise<string | undefined>,
): Promise<string | undefined> {
  const temporary = `${target}.${randomBytes(6).toString('hex')}`
  try {
    const failure = await write(temporary)
    if (failure === undefined) await rename(temporary, target)
    return failure
  } finally {
    await rm(temporary, { force: true })
  }
}

async function build(
  go: string,
  folder: string,
  output: string,
  environment: Environment,
): Promise<string | undefined> {
  try {
    await promisify(execFile)(go, [...BUILD, ...LINK, '-o', output, '.'], {
      cwd: folder,
      env: { ...goEnvironment(environment), ...PINNED },
      maxBuffer: 16 * 1024 * 1024,
    })
    return undefined
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string }
    return `the compiler could not be built:\n${(stderr ?? '').trim() || message}`
  }
}

function goEnvironment(environment: Environment): Record<string, string | undefined> {
  return { ...environment, GOTOOLCHAIN: environment['GOTOOLCHAIN'] ?? 'local' }
}

async function findGo(
  folder: string,
  environment: Environment,
): Promise<{ readonly path: string; readonly version: string } | undefined> {
  const path = environment['GO'] || 'go'
  try {
    const { stdout } = await promisify(execFile)(path, ['version'], {
      cwd: folder,
      env: goEnvironment(environment),
    })
    const found = /\bgo(\d+)\.(\d+)\S*/.exec(stdout)
    if (found === null) return undefined
    const [major, minor] = [Number(found[1]), Number(found[2])]
    const isNew = major > OLDEST_GO[0] || (major === OLDEST_GO[0] && minor >= OLDEST_GO[1])
    return isNew ? { path, version: found[0] } : undefined
  } catch {
    return undefined
  }
}

async function digestSources(folder: string): Promise<string> {
  const hash = createHash('sha256')
  hash.update(JSON.stringify([BUILD, LINK, PINNED]))
  const names = (await readdir(folder)).filter((name) => /\.(go|mod|sum)$/.test(name))
  for (const name of names.toSorted()) {
    const bytes = await readFile(join(folder, name))
    hash.update(`${name} ${bytes.length}\n`).update(bytes)
  }
  return hash.digest('hex').slice(0, 32)
}

/** The user's cache outlives `dist`; where there is no home to write to, node_modules must do. */
async function makeCacheFolder(root: string, environment: Environment): Promise<string> {
  const home = environment['XDG_CACHE_HOME'] || join(environment['HOME'] || homedir(), '.cache')
  try {
    const folder = join(home, 'portcullis')
    await mkdir(folder, { recursive: true })
    await access(folder, constants.W_OK)
    return folder
  } catch {
    const folder = join(root, 'node_modules/.cache/portcullis')
    await mkdir(folder, { recursive: true })
    return folder
  }
}

const KEPT_BUILDS = 4

async function dropOld(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => /^opa-\w+-\S+\.wasm$/.test(name))
  const builds = await Promise.all(
    names.map(async (name) => ({ name, time: (await stat(join(folder, name))).mtimeMs })),
  )
  for (const { name } of builds.toSorted((a, b) => b.time - a.time).slice(KEPT_BUILDS)) {
    await rm(join(folder, name), { force: true })
  }
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '')
}

async function size(path: string): Promise<number> {
  return stat(path).then(
    (found) => found.size,
    () => 0,
  )
}
