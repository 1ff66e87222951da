// A root directory of a command's own, as a container has one, that cannot be written to. Linux only.
import { spawnSync } from 'node:child_process'
import { dirname } from 'node:path'
import { ROOT } from './portcullis.ts'

export type Confinement = 'read-only' | 'full'

const UNSHARE: readonly [string, ...string[]] = [
  'unshare',
  '--mount',
  ...(process.getuid?.() === 0 ? [] : ['--map-root-user']),
]

/** What libraries of the system may lie in, and what Node asks of the kernel. */
const SYSTEM = '/usr /lib /lib64 /proc /dev'
const SCRIPT = `
set -eu
root="$1" how="$2" node="$3" product="$4" folder="$5"; shift 5
mount -t tmpfs -o size=64k,mode=755 tmpfs "$root"
show() { mkdir -p "$root$2"; mount --rbind "$1" "$root$2"; }
for path in ${SYSTEM}; do
  if [ -L "$path" ]; then cp -P "$path" "$root$path"; elif [ -d "$path" ]; then show "$path" "$path"; fi
done
show "$node" /node
show "$product/dist" /product/dist
show "$product/policies" /product/policies
show "$folder" /given
cp "$product/package.json" "$root/product/package.json"
case "$how" in
  read-only) mount -o remount,bind,ro "$root" ;;
  full) cat /dev/zero > "$root/full" 2>&- || : ;;
esac
if [ -e "$root/tmp" ]; then echo 'there is a /tmp' >&2; exit 99; fi
if (echo x > "$root/probe") 2>&-; then echo 'this can be written to' >&2; exit 99; fi
exec chroot "$root" /node/node /product/dist/cli/main.js "$@"
`

/** Says whether this machine lets us make one; where not, says on stderr what is therefore not tested. */
export function canConfine(what: string): boolean {
  const [file, ...args] = UNSHARE
  const can = spawnSync(file, [...args, 'true']).status === 0
  if (!can) console.error(`SKIPPED for lack of unshare(1), or the right to it: ${what}`)
  return can
}

/**
 * The command line in a root that has no /tmp and holds the product and nothing else: mounted read-only, or on a disk that is full.
 *
 * @param root An empty directory to mount it at. @param given A directory that shows as `/given`.
 */
export function confinedCommand(
  how: Confinement,
  { root, given }: { readonly root: string; readonly given: string },
): readonly string[] {
  const node = dirname(process.execPath)
  return [...UNSHARE, 'sh', '-c', SCRIPT, 'sh', root, how, node, ROOT, given]
}
