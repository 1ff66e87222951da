import type { ListenAddress } from '../server/listener.ts'
import { UsageError } from './usage-error.ts'

/** Reads `HOST:PORT`, `[::1]:PORT` or `:PORT` (all addresses). @throws {UsageError} */
export function parseListenAddress(option: string, text: string): ListenAddress {
  const match = /^(?:\[(?<six>[0-9A-Fa-f:.]+)\]|(?<name>[^:[\]]*)):(?<port>\d{1,5})$/.exec(text)
  const port = Number(match?.groups?.['port'])
  if (match === null || port > 65_535) {
    throw new UsageError(`\`--${option}\` takes HOST:PORT, got \`${text}\``)
  }
  return { host: match.groups?.['six'] ?? (match.groups?.['name'] || '::'), port }
}
