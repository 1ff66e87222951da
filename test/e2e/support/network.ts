// A network of a cluster's own: a bridge on which the API server listens, and for each pod a network namespace with an address
// on it. Nothing outside this machine is routed to it.
import { execFile } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { promisify } from 'node:util'
import { isAlive } from './processes.ts'

export interface PodNetwork {
  readonly address: string
  /** What runs a command in it. */
  readonly command: readonly string[]
  /** Takes it away, and with it every connection. */
  readonly remove: () => Promise<void>
}

export interface Network {
  /** This machine's own address on it. */
  readonly address: string
  readonly addPod: () => Promise<PodNetwork>
  readonly remove: () => Promise<void>
}

const run = promisify(execFile)
// An interface's name has 15 characters at most: `ptc4194304-1v99`.
const OWNED = /^ptc(?<pid>\d+)-\d+(?:v\d+)?$/
let made = 0

export async function createNetwork(): Promise<Network> {
  await removeAbandoned()
  const name = `ptc${process.pid}-${++made}`
  const subnet = await findSubnet()
  const address = `${subnet}.1`
  const pods = new Set<PodNetwork>()
  let count = 0
  // Of its own: else it is that of one of its ports, changes when pods go, and the others wait for half a minute until they know.
  const hardwareAddress = '02:00:00:00:00:01'
  await ip('link', 'add', name, 'address', hardwareAddress, 'type', 'bridge')
  await ip('address', 'add', `${address}/24`, 'dev', name)
  await ip('link', 'set', name, 'up')
  return {
    address,
    addPod: async () => {
      const number = ++count
      const pod = await addPod(name, `${name}v${number}`, `${subnet}.${number + 1}`)
      const added = {
        ...pod,
        remove: async () => {
          if (pods.delete(added)) await pod.remove()
        },
      }
      pods.add(added)
      return added
    },
    remove: async () => {
      for (const pod of pods) await pod.remove()
      await ip('link', 'delete', name)
    },
  }
}

async function addPod(bridge: string, name: string, address: string): Promise<PodNetwork> {
  await ip('netns', 'add', name)
  await ip('link', 'add', name, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name)
  await ip('link', 'set', name, 'master', bridge, 'up')
  await ip('-n', name, 'address', 'add', `${address}/24`, 'dev', 'eth0')
  await ip('-n', name, 'link', 'set', 'eth0', 'up')
  await ip('-n', name, 'link', 'set', 'lo', 'up')
  return {
    address,
    command: ['ip', 'netns', 'exec', name],
    remove: async () => {
      // A process may still be in it; the link goes at once all the same.
      await ip('link', 'delete', name)
      await ip('netns', 'delete', name)
    },
  }
}

/** Three numbers of a 10.x.y.0/24 that nothing here uses. */
async function findSubnet(): Promise<string> {
  const used = await ip('-4', 'route', 'show', 'table', 'all')
  for (;;) {
    const subnet = `10.${randomInt(128, 256)}.${randomInt(256)}`
    if (!used.includes(`${subnet}.`)) return subnet
  }
}

/** What a run left that was killed. */
async function removeAbandoned(): Promise<void> {
  const isAbandoned = (name: string): boolean => {
    const pid = OWNED.exec(name)?.groups?.['pid']
    return pid !== undefined && !isAlive(pid)
  }
  const links = JSON.parse(await ip('-json', 'link', 'show')) as { readonly ifname: string }[]
  for (const { ifname } of links) {
    // Another run may be doing the same.
    if (isAbandoned(ifname)) await ip('link', 'delete', ifname).catch(() => {})
  }
  for (const line of (await ip('netns', 'list')).split('\n')) {
    const name = line.split(' ')[0] ?? ''
    if (isAbandoned(name)) await ip('netns', 'delete', name).catch(() => {})
  }
}

async function ip(...args: readonly string[]): Promise<string> {
  return (await run('ip', args)).stdout
}
