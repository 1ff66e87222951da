// What the command line needs of the machine, gathered so that nothing below it reaches for globals.
import { type FileSystem, nodeFiles } from './files.ts'

export interface Output {
  readonly isTerminal: boolean
  /** Resolves when the text is taken; a reader that has gone away (`| head -1`) is no error. */
  write(text: string): Promise<void>
}

export interface Host {
  readonly files: FileSystem
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly stdout: Output
  readonly stderr: Output
  readonly readStdin: () => Promise<Uint8Array>
  readonly now: () => Date
  /** Calls back at SIGTERM and SIGINT, each time; returns a function that ends that. */
  readonly onSignal: (listener: (signal: 'SIGTERM' | 'SIGINT') => void) => () => void
  /**
   * Calls back with an error that nobody caught, or for which a promise was rejected that nobody waits for. The process then
   * does not end by itself: the listener has to see to that.
   */
  readonly onUncaught: (listener: (error: unknown) => void) => void
  readonly exit: (code: number) => never
}

export function nodeHost(): Host {
  return {
    files: nodeFiles,
    environment: process.env,
    stdout: nodeOutput(process.stdout),
    stderr: nodeOutput(process.stderr),
    readStdin,
    now: () => new Date(),
    onSignal: (listener) => {
      process.on('SIGTERM', listener)
      process.on('SIGINT', listener)
      return () => {
        process.off('SIGTERM', listener)
        process.off('SIGINT', listener)
      }
    },
    onUncaught: (listener) => {
      process.on('uncaughtException', (error: unknown) => listener(error))
      process.on('unhandledRejection', (reason) => listener(reason))
    },
    exit: (code) => process.exit(code),
  }
}

function nodeOutput(stream: NodeJS.WriteStream): Output {
  let closed = false
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    closed = true
  })
  return {
    isTerminal: stream.isTTY,
    write: (text) =>
      new Promise((resolve) => {
        if (closed || text === '') resolve()
        else stream.write(text, () => resolve())
      }),
  }
}

async function readStdin(): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of process.stdin) chunks.push(chunk as Uint8Array)
  return Buffer.concat(chunks)
}
