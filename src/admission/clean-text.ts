// What goes into an answer ends on terminals, in audit logs and in HTTP headers; parts of it come from the object.

// Control and format characters (escape sequences, text direction), line and paragraph separators, halves of surrogate pairs.
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

/** One line of at most `maxLength` UTF-16 units, ending in `…` where it was cut. */
export function clean(text: string, maxLength: number): string {
  // Cut first: the text may be megabytes.
  const isLong = text.length > maxLength
  const kept = isLong ? text.slice(0, maxLength - 1) : text
  const line = kept.replace(UNSAFE, (character) =>
    character === '\n' || character === '\r' || character === '\t' ? ' ' : '\ufffd',
  )
  return isLong ? `${line}…` : line
}
