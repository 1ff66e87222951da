// What `docker build` would send to the builder: manifests/Dockerfile.dockerignore leaves out everything, and takes back what it names.
import { cp, mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Copies the context of a checkout to a folder. @throws Error for a line of the ignore file that is not understood. */
export async function copyContext(
  checkout: string,
  ignoreFile: string,
  folder: string,
): Promise<void> {
  for (const path of readIncluded(await readFile(ignoreFile, 'utf8'))) {
    const target = join(folder, path)
    await mkdir(dirname(target), { recursive: true })
    await cp(join(checkout, path), target, { recursive: true })
  }
}

function readIncluded(text: string): readonly string[] {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  if (lines.shift() !== '*') throw new Error('the ignore file does not begin with `*`')
  return lines.map((line) => {
    const path = /^!((?:[\w-][\w.-]*\/?)+)$/.exec(line)?.[1]
    if (path === undefined) throw new Error(`not understood: ${line}`)
    return path
  })
}
