export interface Style {
  readonly color: boolean
}

export type Ink = 'red' | 'yellow' | 'cyan' | 'blue' | 'green' | 'bold' | 'dim'

const CODES: Readonly<Record<Ink, string>> = {
  red: '1;31',
  yellow: '1;33',
  cyan: '1;36',
  blue: '1;34',
  green: '1;32',
  bold: '1',
  dim: '2',
}

/** Returns the text in the ink where the style asks for colour, else as it is. */
export function paint(text: string, ink: Ink, style: Style): string {
  return style.color && text !== '' ? `\u001b[${CODES[ink]}m${text}\u001b[0m` : text
}
