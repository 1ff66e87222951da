// Defaults of a repository: `portcullis.yaml`, looked for upwards from the working directory.
import { dirname, join, relative, resolve } from 'node:path'
import type { Host } from '../../host/host.ts'
import { DEFAULTS_FILE } from './defaults-schema.ts'
import { kindOf } from '../list-files.ts'

/** The nearest file, as seen from the working directory; not from outside the git repository. */
export async function findDefaults(host: Host): Promise<string | undefined> {
  const here = resolve('.')
  for (let folder = here; ; folder = dirname(folder)) {
    const path = join(folder, DEFAULTS_FILE)
    if ((await kindOf(path, host)) === 'file') return relative(here, path)
    // A file in a worktree or a submodule.
    const isTop = (await kindOf(join(folder, '.git'), host)) !== undefined
    if (isTop || dirname(folder) === folder) return undefined
  }
}
