// Alone, this test has the global setup find or build what every other one needs: .ci/run does so ahead of them.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, inject, test } from 'vitest'

const binaries = inject('binaries')
const run = promisify(execFile)

test.skipIf(binaries === undefined)(
  'the API server, kubectl and etcd run, and are of one release',
  async () => {
    const { etcd = '', kubeApiserver = '', kubectl = '' } = binaries ?? {}
    const server = await run(kubeApiserver, ['--version'])
    const [version = ''] = /v\d+\.\d+\.\d+/.exec(server.stdout) ?? []
    expect(version).toMatch(/^v1\./)
    const client = await run(kubectl, ['version', '--client'])
    expect(client.stdout).toContain(`Client Version: ${version}`)
    expect((await run(etcd, ['--version'])).stdout).toContain('etcd Version: 3.')
  },
)
