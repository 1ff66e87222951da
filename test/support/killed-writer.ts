// A module that Node loads before ours: kill -9 at a step of writing, between two and in the middle of one.
const MODULE = `
  import fs from 'node:fs/promises'
  import { syncBuiltinESMExports } from 'node:module'
  let left = Number(process.env.KILL_AT)
  const step = () => { if (left-- === 0) process.kill(process.pid, 'SIGKILL') }
  const { open, rename, mkdir } = fs
  fs.mkdir = async (...args) => { const made = await mkdir(...args); step(); return made }
  fs.rename = async (...args) => { step(); await rename(...args); step() }
  fs.open = async (path, flags, ...others) => {
    const handle = await open(path, flags, ...others)
    if (flags !== 'wx') return handle
    step()
    const { writeFile, sync } = handle
    handle.writeFile = async (bytes) => {
      const half = Math.floor(bytes.length / 2)
      await handle.write(bytes.subarray(0, half))
      step()
      await writeFile.call(handle, bytes.subarray(half))
      step()
    }
    handle.sync = async () => { await sync.call(handle); step() }
    return handle
  }
  syncBuiltinESMExports()`

/** For Node, before the program's name; which step it is comes by the environment. */
export const KILLED_WRITER: readonly string[] = [
  '--import',
  `data:text/javascript,${encodeURIComponent(MODULE)}`,
]

/** Kills what writes at its first step, then at its second, and so on until it comes through; returns how often it was killed. */
export async function killAtEveryStep(
  write: (env: NodeJS.ProcessEnv) => Promise<{ readonly isKilled: boolean }>,
  andThen: () => Promise<void>,
): Promise<number> {
  for (let step = 0; ; step++) {
    const { isKilled } = await write({ KILL_AT: String(step) })
    await andThen()
    if (!isKilled) return step
  }
}
