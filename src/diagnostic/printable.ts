// What a file or a message holds may not steer the terminal it is shown on: escape sequences, line breaks,
// bidirectional overrides and invisible characters are spelled out.
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/** Returns the text with every character that is not plainly visible replaced by a picture or an escape of it. */
export function printable(text: string): string {
  return text.replace(UNSAFE, picture)
}

function picture(character: string): string {
  const code = character.codePointAt(0) ?? 0
  // The Unicode block of control pictures follows the order of the controls.
  if (code < 0x20) return String.fromCharCode(0x2400 + code)
  if (code === 0x7f) return '\u2421'
  return `\\u{${code.toString(16)}}`
}

/** Returns how many columns a terminal gives a character: two to East Asian wide ones and emoji, none to marks. */
export function displayWidth(character: string): number {
  const code = character.codePointAt(0) ?? 0
  if (code < 0x300) return 1
  if (/^\p{M}$/u.test(character)) return 0
  return WIDE.some(([from, to]) => code >= from && code <= to) ? 2 : 1
}

// Source: Unicode's EastAsianWidth, classes W and F, rounded to blocks.
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0xa4cf],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1faff],
  [0x20000, 0x3fffd],
]
