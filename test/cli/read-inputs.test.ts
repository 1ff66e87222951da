import { expect, test } from 'vitest'
import { readInputs } from '../../src/cli/inputs/read-inputs.ts'
import { InputError } from '../../src/cli/usage-error.ts'
import type { FileSystem } from '../../src/host/files.ts'
import { type Host, nodeHost } from '../../src/host/host.ts'

const denied = (path: string): Promise<never> =>
  Promise.reject(Object.assign(new Error('EACCES'), { code: 'EACCES', path }))

function hostWith(files: Partial<FileSystem>): Host {
  const host = nodeHost()
  return { ...host, files: { ...host.files, ...files } }
}

test.each<[string, string, Partial<FileSystem>]>([
  ['below an operand', 'deploy', { kind: async () => 'directory', list: () => denied('deploy/a') }],
  [
    'that a glob goes through',
    'd/**',
    { kind: async () => undefined, glob: () => denied('deploy/a') },
  ],
  ['on the way to an operand', 'deploy/a/b.yaml', { kind: () => denied('deploy/a') }],
])('a directory %s that cannot be read is told', async (_name, operand, files) => {
  const read = readInputs([operand], hostWith(files))
  await expect(read).rejects.toThrow(InputError)
  await expect(read).rejects.toThrow('cannot read `deploy/a`: permission denied')
})
