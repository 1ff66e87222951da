// One instance of the Go module: requests go in as JSON, answers come out as JSON and bytes.
// It gets no file, no network, no arguments and no environment.
import { CompilerError } from './compiler-error.ts'
import { importWasi } from './import-wasi.ts'
import { pollClocks } from './poll-clocks.ts'

export interface Answer {
  readonly header: unknown
  readonly attachment: Uint8Array
}

export interface Reactor {
  /** @throws CompilerError `compiler/crashed`, after which the reactor must not be used again. */
  call(request: unknown): Answer
  /** What it holds of the process's memory, which never shrinks. */
  memoryBytes(): number
}

interface Exports {
  readonly memory: WebAssembly.Memory
  readonly allocate: (size: number) => number
  readonly call: (address: number, size: number) => bigint
  readonly release: (address: number) => void
}

const SUCCESS = 0
const BAD_DESCRIPTOR = 8
const MAX_LOG_LENGTH = 4_000

/** @throws CompilerError `compiler/crashed` when the module does not start. */
export function startReactor(module: WebAssembly.Module): Reactor {
  const { WASI } = importWasi()
  const wasi = new WASI({ version: 'preview1' })
  let log = ''
  let exports: Exports | undefined
  // What Go writes when it dies belongs in our error, not on the user's terminal.
  const write = (descriptor: number, vectors: number, count: number, written: number): number => {
    if (exports === undefined || descriptor < 1 || descriptor > 2) return BAD_DESCRIPTOR
    const view = new DataView(exports.memory.buffer)
    let total = 0
    for (let i = 0; i < count; i++) {
      const address = view.getUint32(vectors + i * 8, true)
      const length = view.getUint32(vectors + i * 8 + 4, true)
      if (log.length < MAX_LOG_LENGTH) {
        log += Buffer.from(exports.memory.buffer, address, length).toString()
      }
      total += length
    }
    view.setUint32(written, total, true)
    return SUCCESS
  }
  // Node's own leaves memory behind, and aborts the process when a WASI object that has is collected.
  const poll = (subscriptions: number, events: number, count: number, ready: number): number =>
    exports === undefined
      ? BAD_DESCRIPTOR
      : pollClocks(exports.memory, { subscriptions, events, count, ready })
  const exit = (code: number): never => {
    throw new Error(`the compiler exited with ${code}`)
  }
  const crash = (cause: unknown): CompilerError =>
    new CompilerError('compiler/crashed', `the compiler crashed: ${describe(log, cause)}`, {
      cause,
    })
  try {
    const instance = new WebAssembly.Instance(module, {
      wasi_snapshot_preview1: {
        ...wasi.wasiImport,
        fd_write: write,
        poll_oneoff: poll,
        proc_exit: exit,
      },
    })
    exports = instance.exports as unknown as Exports
    wasi.initialize(instance)
  } catch (cause) {
    throw crash(cause)
  }
  const { memory, allocate, call, release } = exports
  return {
    memoryBytes: () => memory.buffer.byteLength,
    call(request) {
      try {
        const bytes = Buffer.from(JSON.stringify(request))
        const address = allocate(bytes.length)
        new Uint8Array(memory.buffer, address, bytes.length).set(bytes)
        const packed = call(address, bytes.length)
        release(address)
        const frame = Number(packed >> 32n)
        const answer = readFrame(memory, frame, Number(packed & 0xffff_ffffn))
        release(frame)
        return answer
      } catch (cause) {
        throw crash(cause)
      }
    },
  }
}

function readFrame(memory: WebAssembly.Memory, address: number, length: number): Answer {
  // Copied, since the memory grows and moves.
  const frame = Buffer.from(memory.buffer, address, length)
  const end = 4 + frame.readUInt32LE(0)
  return {
    header: JSON.parse(frame.toString('utf8', 4, end)) as unknown,
    attachment: new Uint8Array(frame.subarray(end)),
  }
}

function describe(log: string, cause: unknown): string {
  if (cause instanceof RangeError) return 'a source is nested too deep, or too long a chain'
  const line = log.split('\n').find((each) => each.trim() !== '')
  return line ?? (cause instanceof Error ? cause.message : 'no reason given')
}
