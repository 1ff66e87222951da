// What a container runtime does with an image under the Deployment's securityContext: namespaces of its own, the root read-only,
// user 65532, no capabilities, no way to new ones. Seccomp is the kernel's and the runtime's, and not here.
import type { ChildProcess } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import type { Image } from '../../image/build-image.ts'
import { type Run, runProcess } from '../../support/run-process.ts'

export interface Mount {
  /** A folder of this machine. */
  readonly source: string
  /** Where the container finds it, read-only; there in the image. */
  readonly path: string
}

export interface ContainerOptions {
  /** In place of the image's CMD, as a pod's `args`. */
  readonly args?: readonly string[]
  /** In place of its ENTRYPOINT, as a pod's `command`. */
  readonly command?: readonly string[]
  readonly mounts?: readonly Mount[]
}

/** Of distroless images, and what a runtime adds. */
export const CONTAINER_ENV: Readonly<Record<string, string>> = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  SSL_CERT_FILE: '/etc/ssl/certs/ca-certificates.crt',
  HOME: '/home/nonroot',
}

const DEVICES = ['null', 'zero', 'full', 'random', 'urandom']
const SCRIPT = [
  'set -e',
  'root="$1" mounts="$2"; shift 2',
  'mount --bind "$root" "$root"',
  'mount -t proc -o nosuid,nodev,noexec proc "$root/proc"',
  'mount -t sysfs -o ro,nosuid,nodev,noexec sysfs "$root/sys"',
  'mount -t tmpfs -o nosuid,mode=755,size=64k tmpfs "$root/dev"',
  `for name in ${DEVICES.join(' ')}; do`,
  '  touch "$root/dev/$name"; mount --bind "/dev/$name" "$root/dev/$name"',
  'done',
  'ln -s /proc/self/fd "$root/dev/fd"',
  'printf %s "$mounts" | while read -r source path; do',
  '  mount --bind "$source" "$root$path"; mount -o remount,bind,ro "$root$path"',
  'done',
  'mount -o remount,bind,ro,nosuid,nodev "$root"',
  'exec "$@"',
].join('\n')

/** The command that runs a container of the image, on this machine's network unless it is run in another. */
export function containerCommand(image: Image, options: ContainerOptions): readonly string[] {
  const { root, config } = image
  const [user = '', group = ''] = (config.user ?? '').split(':')
  const mounts = (options.mounts ?? []).map(({ source, path }) => `${source} ${path}\n`)
  // A namespace around the container's: its process 1 dies with who started it, which a process that changed its user would not.
  const outlast = ['unshare', '--pid', '--fork', '--kill-child', '--']
  const isolate = ['unshare', '--mount', '--pid', '--ipc', '--uts', '--fork', '--']
  const mountAll = ['sh', '-c', SCRIPT, 'sh', root, mounts.join('')]
  // What changing root and user takes stays in the bounding set, where no_new_privs keeps everybody from it.
  const bounding = '--bounding-set=-all,+sys_chroot,+setuid,+setgid'
  const confine = ['setpriv', '--no-new-privs', '--inh-caps=-all', bounding]
  const enter = ['unshare', `--root=${root}`, `--wd=${config.workdir}`]
  const become = [`--setgid=${group}`, `--setuid=${user}`, '--']
  const command = [...(options.command ?? config.entrypoint), ...(options.args ?? config.cmd)]
  return [...outlast, ...isolate, ...mountAll, ...confine, ...enter, ...become, ...command]
}

/** Runs a container without a network to its end, as `docker run -i` does. */
export function runContainer(
  image: Image,
  options: ContainerOptions & { readonly stdin?: string },
): Promise<Run> {
  const command = ['unshare', '--net', ...containerCommand(image, options)]
  return runProcess(command, { env: CONTAINER_ENV, stdin: options.stdin })
}

/** Sends a signal to process 1 of a container that `containerCommand` runs, as a kubelet does. */
export async function signalContainer(
  { pid: runtime }: ChildProcess,
  signal: string,
): Promise<void> {
  if (runtime === undefined) throw new Error('not started')
  process.kill(await onlyChild(await onlyChild(runtime)), signal)
}

async function onlyChild(pid: number): Promise<number> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
  if (!/^\d+ $/.test(children)) throw new Error(`${pid} has not one child but: ${children}`)
  return Number(children)
}
