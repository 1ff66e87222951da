// Base images cannot be pulled by a test; these stand in for them, with this machine's Node.
import { execFile } from 'node:child_process'
import {
  chmod,
  chown,
  copyFile,
  mkdir,
  readdir,
  readlink,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { runProcess } from '../support/run-process.ts'

/** Of the user that distroless images call nonroot. */
export const NONROOT = 65532

const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt'
const PASSWD = [
  'root:x:0:0:root:/root:/sbin/nologin',
  'nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin',
  `nonroot:x:${NONROOT}:${NONROOT}:nonroot:/home/nonroot:/sbin/nologin`,
]
const GROUP = ['root:x:0:', 'nobody:x:65534:', 'tty:x:5:', 'staff:x:50:', `nonroot:x:${NONROOT}:`]

/** As `gcr.io/distroless/nodejs`: Node and its libraries, CA certificates, users; nothing else that can be run. */
export async function layOutDistroless(root: string): Promise<void> {
  await place(root, process.execPath, '/nodejs/bin/node')
  for (const library of await librariesOf(process.execPath)) await place(root, library, library)
  await place(root, CERTIFICATES, CERTIFICATES)
  await writeFile(join(root, 'etc/passwd'), `${PASSWD.join('\n')}\n`)
  await writeFile(join(root, 'etc/group'), `${GROUP.join('\n')}\n`)
  for (const folder of ['dev', 'proc', 'sys', 'run', 'root', 'tmp', 'var/tmp']) {
    await mkdir(join(root, folder), { recursive: true })
  }
  await symlink('/run', join(root, 'var/run'))
  await chmod(join(root, 'tmp'), 0o1777)
  await chmod(join(root, 'var/tmp'), 0o1777)
  await chmod(join(root, 'root'), 0o700)
  const home = join(root, 'home/nonroot')
  await mkdir(home, { recursive: true, mode: 0o700 })
  await chown(home, NONROOT, NONROOT)
}

async function place(root: string, source: string, path: string): Promise<void> {
  const target = join(root, path)
  await mkdir(dirname(target), { recursive: true })
  await copyFile(source, target)
}

/** Paths as the loader looks for them, its own too. */
async function librariesOf(program: string): Promise<readonly string[]> {
  const { stdout } = await promisify(execFile)('ldd', [program])
  return [...stdout.matchAll(/(?:=> |^\s*)(\/\S+) \(0x/gm)].map(([, path = '']) => path)
}

/**
 * As the `node` image: this machine's own tools in a root of their own, with npm's cache, so that a build reads nothing of the
 * machine's but what is copied to it.
 *
 * @returns what runs a shell's command there.
 */
export async function layOutToolchain(
  root: string,
): Promise<(command: string, workdir: string) => Promise<void>> {
  const cache = process.env['npm_config_cache'] ?? join(process.env['HOME'] ?? '/root', '.npm')
  await mkdir(cache, { recursive: true })
  const binds = [
    ['/usr', 'usr'],
    ['/etc', 'etc'],
    ['/dev', 'dev'],
    [dirname(process.execPath), 'node'],
    [cache, 'npm'],
  ] as const
  for (const [, folder] of [...binds, ['', 'proc'], ['', 'tmp'], ['', 'root']] as const) {
    await mkdir(join(root, folder))
  }
  // Links, as /usr is merged; which ones depends on the processor.
  for (const name of await readdir('/')) {
    if (/^(s?bin|lib\d*)$/.test(name)) await symlink(await readlink(`/${name}`), join(root, name))
  }
  const script = [
    'set -e',
    ...binds.map(([from, to]) => `mount --rbind '${from}' '${join(root, to)}'`),
    ...['usr', 'etc'].map((folder) => `mount -o remount,bind,ro '${join(root, folder)}'`),
    `mount -t proc proc '${join(root, 'proc')}'`,
    `exec chroot '${root}' /bin/sh -c 'cd "$1" && exec /bin/sh -c "$0"' "$0" "$1"`,
  ].join('\n')
  const inNamespaces = ['--mount', '--pid', '--fork', '--kill-child']
  const variables = Object.entries(process.env).filter(([name]) => REACHES_NPM.test(name))
  const env = {
    ...Object.fromEntries(variables),
    PATH: '/node:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: '/root',
    npm_config_cache: '/npm',
    npm_config_prefer_offline: 'true',
  }
  return async (command, workdir) => {
    const run = ['unshare', ...inNamespaces, '--', 'sh', '-c', script, command, workdir]
    const { code, stdout, stderr } = await runProcess(run, { env })
    if (code !== 0) throw new Error(`RUN ${command}: exit code ${code}\n${stdout}${stderr}`)
  }
}

/** How this machine gets to npm's registry: `docker build` has its own ways. */
const REACHES_NPM = /^(https?_proxy|no_proxy|node_extra_ca_certs|npm_config_registry)$/i
