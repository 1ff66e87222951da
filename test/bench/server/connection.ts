// A keep-alive TLS connection that sends prepared bytes and reads one answer at a time. Made by hand because the load must not
// cost more than the server under it: with Node's own client the load's core is full before the server's.
import { connect, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls'

export interface Target {
  readonly port: number
  readonly path: string
  /** PEM. */
  readonly ca: string
}

export interface Answer {
  readonly status: number
  readonly body: string
}

export interface ConnectionEvents {
  readonly onOpen: () => void
  /** Once; `wasAsked` where an answer was still due. */
  readonly onClose: (wasAsked: boolean) => void
}

const HEAD_END = '\r\n\r\n'

export class Connection {
  private readonly socket: TLSSocket
  private received = ''
  private onAnswer: ((answer: Answer) => void) | undefined

  constructor(target: Target, context: SecureContext, events: ConnectionEvents) {
    const address = { host: '127.0.0.1', port: target.port, secureContext: context }
    this.socket = connect(address, events.onOpen)
    this.socket.setNoDelay(true)
    this.socket.on('data', (chunk: Buffer) => this.read(chunk))
    this.socket.on('error', () => {})
    this.socket.on('close', () => events.onClose(this.onAnswer !== undefined))
  }

  send(request: Uint8Array, onAnswer: (answer: Answer) => void): void {
    this.onAnswer = onAnswer
    this.socket.write(request)
  }

  get isUsable(): boolean {
    return this.socket.writable
  }

  close(): void {
    this.socket.destroy()
  }

  private read(chunk: Buffer): void {
    // The word with which the server ends a connection that was never used.
    if (this.onAnswer === undefined) return
    this.received += chunk.toString('latin1')
    const headEnd = this.received.indexOf(HEAD_END)
    if (headEnd === -1) return
    const head = this.received.slice(0, headEnd)
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
    if (length === undefined) throw new Error(`an answer without a length:\n${head}`)
    const bodyStart = headEnd + HEAD_END.length
    if (this.received.length < bodyStart + Number(length)) return
    const answer = { status: Number(head.slice(9, 12)), body: this.received.slice(bodyStart) }
    // What is told to close is closed by the server; a request sent now would be lost.
    if (/\r\nconnection: *close/i.test(head)) this.socket.end()
    this.received = ''
    const { onAnswer } = this
    this.onAnswer = undefined
    onAnswer?.(answer)
  }
}

/** For all connections to a target: making one takes longer than a request. */
export function trust({ ca }: Target): SecureContext {
  return createSecureContext({ ca })
}

/** A POST of a review as the API server sends it. */
export function encodeRequest({ path }: Target, body: Uint8Array): Uint8Array {
  const head = [
    `POST ${path} HTTP/1.1`,
    'host: 127.0.0.1',
    'content-type: application/json',
    `content-length: ${body.length}`,
    '',
    '',
  ]
  return Buffer.concat([Buffer.from(head.join('\r\n')), body])
}
