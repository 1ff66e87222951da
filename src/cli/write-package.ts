// Run by `npm run build`, after tsc: packs what tsc wrote to .build/ and all that it imports into the few files of dist/, so that
// a command reads a dozen files to start instead of some hundreds.
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type RolldownOutput, rolldown } from 'rolldown'
import { BUNDLE_SCHEMAS } from '../bundle/schema/published-schemas.ts'
import { collectLicenses } from './collect-licenses.ts'
import { compileValidators } from './compile-validators.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const built = join(root, '.build')
const dist = join(root, 'dist')

const output = await bundle()
await writeFile(join(dist, 'LICENSES.txt'), await collectLicenses(modulesOf(output)))
await copyDeclarations('index.d.ts')

/** Files of the package lie as deep below the root as sources do: src/cli/package-file.ts. */
async function bundle(): Promise<RolldownOutput> {
  await rm(join(dist, 'cli'), { recursive: true, force: true })
  const build = await rolldown({
    cwd: root,
    platform: 'node',
    input: {
      index: join(built, 'index.js'),
      'cli/main': join(built, 'cli/main.js'),
      'cli/judge-worker': join(built, 'cli/check/judge-worker.js'),
    },
    plugins: [
      {
        name: 'compiled-validators',
        load(id) {
          if (id !== join(built, 'bundle/compiled-validators.js')) return undefined
          return compileValidators(BUNDLE_SCHEMAS, '../builtins/regex-machine.js')
        },
      },
    ],
    onLog(level, log) {
      if (level === 'warn') throw new Error(`bundling: ${log.message}`)
    },
  })
  return build.write({
    dir: dist,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'cli/[name].js',
  })
}

function modulesOf({ output: files }: RolldownOutput): readonly string[] {
  return files.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []))
}

/** The types of the Node API, and what they are made of. */
async function copyDeclarations(file: string, done = new Set<string>()): Promise<void> {
  if (done.has(file)) return
  done.add(file)
  const text = await readFile(join(built, file), 'utf8')
  await mkdir(dirname(join(dist, file)), { recursive: true })
  await copyFile(join(built, file), join(dist, file))
  for (const [, specifier = ''] of text.matchAll(/ from '(\.[^']+)\.ts'/g)) {
    await copyDeclarations(`${join(dirname(file), specifier)}.d.ts`, done)
  }
}
