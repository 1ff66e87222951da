import type { ListenAddress } from '../../server/listener.ts'

const PORT = '6553[0-5]|655[0-2]\\d|65[0-4]\\d\\d|6[0-4]\\d{3}|[1-5]?\\d{1,4}'

/** `HOST:PORT`, `[::1]:PORT` or `:PORT` (all addresses), as a pattern of JSON Schema. */
export const LISTEN_ADDRESS = `^(?:\\[([0-9A-Fa-f:.]+)\\]|([^:[\\]\\s]*)):(${PORT})$`

/** Reads what the pattern fits. */
export function parseListenAddress(text: string): ListenAddress {
  const match = new RegExp(LISTEN_ADDRESS, 'u').exec(text)
  if (match === null) throw new Error(`bug: \`${text}\` is not HOST:PORT`)
  const [, six, name, port] = match
  return { host: six ?? (name || '::'), port: Number(port) }
}
