// A Secret or ConfigMap as the kubelet mounts it: files are links through `..data`, which one rename has lead elsewhere.
import { randomUUID } from 'node:crypto'
import { mkdir, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Mounts it, or changes what is mounted already. */
export async function mountVolume(
  folder: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<void> {
  const version = `..${randomUUID()}`
  await mkdir(join(folder, version), { recursive: true })
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(folder, version, name), content)
  }
  const data = join(folder, '..data')
  const before = await readlink(data).catch(() => undefined)
  await symlink(version, join(folder, '..data_tmp'))
  await rename(join(folder, '..data_tmp'), data)
  if (before !== undefined) {
    await rm(join(folder, before), { recursive: true })
    return
  }
  for (const name of Object.keys(files)) await symlink(join('..data', name), join(folder, name))
}
