// The package as a user gets it: packed, and installed with what it depends on.
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './portcullis.ts'

/** Installs the built package into a folder, which becomes a package of its own. */
export function installPackage(folder: string): void {
  mkdirSync(folder, { recursive: true })
  const [{ filename }] = JSON.parse(npm(ROOT, 'pack', '--json', '--pack-destination', folder)) as [
    { readonly filename: string },
  ]
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')
  const quiet = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund']
  npm(folder, 'install', ...quiet, `./${filename}`)
}

function npm(cwd: string, ...args: readonly string[]): string {
  return execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}
