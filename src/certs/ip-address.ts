/** The 4 or 16 bytes of an IP address in its text form (RFC 4291 §2.2), or undefined for what is none. */
export function parseAddress(text: string): readonly number[] | undefined {
  if (!text.includes(':')) return parseV4(text)
  const [before = '', after, ...others] = text.split('::')
  const isShort = after !== undefined
  const head = parseGroups(before, !isShort)
  const tail = parseGroups(after ?? '', true)
  if (others.length > 0 || head === undefined || tail === undefined) return undefined
  const missing = 16 - head.length - tail.length
  if (isShort ? missing < 2 : missing !== 0) return undefined
  return [...head, ...Array.from({ length: missing }, () => 0), ...tail]
}

function parseGroups(text: string, mayEndInV4: boolean): readonly number[] | undefined {
  const groups = text === '' ? [] : text.split(':')
  const bytes: number[] = []
  for (const [index, group] of groups.entries()) {
    const v4 = mayEndInV4 && index === groups.length - 1 ? parseV4(group) : undefined
    if (v4 !== undefined) {
      bytes.push(...v4)
      continue
    }
    if (!/^[\da-f]{1,4}$/i.test(group)) return undefined
    const value = Number.parseInt(group, 16)
    bytes.push(value >> 8, value & 0xff)
  }
  return bytes
}

function parseV4(text: string): readonly number[] | undefined {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part)))
    return undefined
  const bytes = parts.map(Number)
  return bytes.every((byte) => byte <= 255) ? bytes : undefined
}
