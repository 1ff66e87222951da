// Run by `npm run build`, after tsc: packs what tsc wrote to .build/ and all that it imports into the few files of dist/, so that
// a command reads two files to start instead of some hundreds.
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type OutputOptions, rolldown } from 'rolldown'
import { BUNDLE_SCHEMAS } from '../bundle/schema/published-schemas.ts'
import { collectLicenses } from './collect-licenses.ts'
import { compileValidators } from './compile-validators.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const built = join(root, '.build')
const dist = join(root, 'dist')
const SDK_BUILTINS = fileURLToPath(
  new URL('builtins/index.js', import.meta.resolve('@open-policy-agent/opa-wasm')),
)

/** Reading bundles and objects, and judging them; and all that these import. */
const JUDGING =
  /[/\\](?:bundle[/\\]read-bundle|policy[/\\]engine|cli[/\\](?:check[/\\]judge-file|inputs[/\\]given-objects))\.js$/

/** Modules that read a package when they are first asked for it, and give all of it. */
const LATE = [
  { module: 'builtins/re2js.js', gives: 're2js', name: 're2js', file: 're2js.cjs' },
  { module: 'bundle/ajv.js', gives: 'ajv', name: 'ajv/dist/2020.js', file: 'ajv.cjs' },
] as const

const packed = [
  // One file that others may pack into theirs: nothing late.
  ...(await pack(join(built, 'index.js'), 'index.js', 'esm', packedIn)),
  ...(await pack(join(built, 'cli/check/judge-worker.js'), 'cli/judge-worker.js', 'esm', late)),
  // What is always needed is one file, and so is what nearly all commands come to need; the rest stays apart.
  ...(await pack(join(built, 'cli/main.js'), 'cli/main.js', 'esm', late, {
    groups: [
      { name: 'initial', tags: ['$initial'], priority: 1 },
      { name: 'judging', test: JUDGING },
    ],
  })),
  ...(await Promise.all(LATE.map(({ name, file }) => pack(name, `cli/${file}`, 'cjs')))).flat(),
]
// Of an earlier build; not before there is another, so that what runs meanwhile finds its files.
const files = new Set(packed.map(({ file }) => basename(file)))
for (const file of await readdir(join(dist, 'cli'))) {
  if (!files.has(file)) await rm(join(dist, 'cli', file))
}
const modules = packed.flatMap((each) => each.modules)
await writeFile(join(dist, 'LICENSES.txt'), await collectLicenses(modules))
await copyDeclarations('index.d.ts')

interface PackedFile {
  readonly file: string
  /** Paths of what went in. */
  readonly modules: readonly string[]
}

type LateModule = (typeof LATE)[number]

/** Takes the place of a late module where its package is packed in. */
function packedIn({ gives, name }: LateModule): string {
  return [`import * as all from ${JSON.stringify(name)}`, `export const ${gives} = () => all`].join(
    '\n',
  )
}

/** Takes its place where its package is a file of its own, beside. */
function late({ gives, file }: LateModule): string {
  return [
    `import { createRequire } from 'node:module'`,
    `const load = createRequire(import.meta.url)`,
    `export const ${gives} = () => load('./${file}')`,
  ].join('\n')
}

async function pack(
  input: string,
  file: string,
  format: 'esm' | 'cjs',
  replaceLate?: typeof late,
  codeSplitting: OutputOptions['codeSplitting'] = false,
): Promise<readonly PackedFile[]> {
  const build = await rolldown({
    cwd: root,
    platform: 'node',
    input,
    plugins: [
      {
        name: 'late',
        load(id) {
          const found = LATE.find(({ module }) => id === join(built, module))
          return found === undefined ? undefined : replaceLate?.(found)
        },
      },
      {
        name: 'compiled-validators',
        load(id) {
          if (id !== join(built, 'bundle/compiled-validators.js')) return undefined
          return compileValidators(BUNDLE_SCHEMAS, '../builtins/regex-cache.js')
        },
      },
      {
        // V8 reads code of nothing but ASCII in half the memory, and faster.
        name: 'ascii',
        generateBundle(_, files) {
          for (const file of Object.values(files)) {
            if (file.type === 'chunk') file.code = toAscii(file.code)
          }
        },
      },
      {
        // The SDK reads its built-in functions, and with them two packages, as soon as it is read itself. The engine brings
        // its own, all of them, and never asks the SDK to call one.
        name: 'no-sdk-builtins',
        load(id) {
          return id === SDK_BUILTINS ? 'module.exports = {}' : undefined
        },
      },
    ],
    onLog(level, log) {
      if (level === 'warn') throw new Error(`packing ${file}: ${log.message}`)
    },
  })
  const { output } = await build.write({
    codeSplitting,
    dir: dist,
    format,
    // Packages by themselves, in which nobody looks for a fault of ours.
    minify: format === 'cjs',
    entryFileNames: file,
    // As deep below the root as sources are: src/cli/package-file.ts.
    chunkFileNames: 'cli/[name].js',
  })
  return output.map((each) => ({
    file: each.fileName,
    modules: each.type === 'chunk' ? each.moduleIds : [],
  }))
}

/** Escapes what strings, templates and regular expressions take as an escape too; in comments it does not matter. */
function toAscii(code: string): string {
  const literal = /\\[\u0080-\uffff]|String\.raw`[^`]*[\u0080-\uffff]/.exec(code)
  if (literal !== null) throw new Error(`cannot be written in ASCII: ${literal[0]}`)
  return code.replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
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
