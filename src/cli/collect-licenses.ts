import { readFile, readdir } from 'node:fs/promises'
import { join, sep } from 'node:path'

/**
 * The names, versions and licence texts of all npm packages that `modules` come from, sorted by name.
 * @throws Error where a package says under no licence it is.
 */
export async function collectLicenses(modules: readonly string[]): Promise<string> {
  const folders = new Set(modules.flatMap((module) => packageFolder(module) ?? []))
  const sections = await Promise.all([...folders].map(describeLicense))
  const head = `The files in this folder contain these packages, each under its own licence.\n`
  return `${[head, ...sections.toSorted()].join(`\n${'-'.repeat(80)}\n`)}`
}

/** Of the innermost package that holds the module. */
function packageFolder(module: string): string | undefined {
  const modules = `${sep}node_modules${sep}`
  const at = module.lastIndexOf(modules)
  if (at < 0) return undefined
  const inside = module.slice(at + modules.length).split(sep)
  const name = inside.slice(0, inside[0]?.startsWith('@') === true ? 2 : 1)
  return join(module.slice(0, at), 'node_modules', ...name)
}

async function describeLicense(folder: string): Promise<string> {
  const { name, version, license } = JSON.parse(
    await readFile(join(folder, 'package.json'), 'utf8'),
  ) as { name: string; version: string; license?: string }
  const files = await readdir(folder)
  const texts = files.filter((file) => /^(licen[cs]e|notice|copying)/i.test(file)).toSorted()
  if (license === undefined && texts.length === 0) throw new Error(`${name} names no licence`)
  const contents = await Promise.all(texts.map((file) => readFile(join(folder, file), 'utf8')))
  return [
    `${name} ${version} (${license ?? 'see below'})`,
    ...contents.map((text) => text.trim()),
  ].join('\n\n')
}
