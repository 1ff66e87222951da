// Schemas that others publish, from packages of which nothing else is wanted: a package as dependency would bring all of its own.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'

export interface NpmPackage {
  /** `name@version` */
  readonly spec: string
  /** As package-lock.json has it. */
  readonly integrity: string
}

const CACHE = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'portcullis', 'npm')

/** Returns a file of a package, fetched once by npm; undefined says on stderr what is therefore not tested. */
export function readFromPackage(
  { spec, integrity }: NpmPackage,
  file: string,
  what: string,
): string | undefined {
  const archive = join(CACHE, `${spec.replaceAll('/', '+')}.tgz`)
  try {
    if (!existsSync(archive)) fetchPackage(spec, archive)
  } catch {
    console.error(`SKIPPED, ${spec} cannot be fetched from npm's registry: ${what}`)
    return undefined
  }
  const digest = createHash('sha512').update(readFileSync(archive)).digest('base64')
  if (`sha512-${digest}` !== integrity) {
    rmSync(archive)
    throw new Error(`${spec} is not what it was: sha512-${digest}`)
  }
  return execFileSync('tar', ['-xzOf', archive, `package/${file}`], {
    encoding: 'utf8',
    maxBuffer: 2 ** 24,
  })
}

function fetchPackage(spec: string, archive: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-npm-'))
  try {
    const name = execFileSync('npm', ['pack', spec, '--silent', '--pack-destination', folder], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
    mkdirSync(CACHE, { recursive: true })
    renameSync(join(folder, name), archive)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
