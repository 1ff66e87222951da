// XML 1.0, 2.2: these characters, and halves of surrogate pairs, cannot be written at all.
const FORBIDDEN = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
}

/** An element's text. What XML has no way to write is dropped. */
export function xmlText(text: string): string {
  return text.replace(FORBIDDEN, '').replace(/[&<>\r]/g, (character) => ENTITIES[character] ?? '')
}

/** ` name="value"`, with a space before it; line breaks in the value are kept. */
export function xmlAttribute(name: string, value: string | number): string {
  const text = String(value).replace(FORBIDDEN, '')
  return ` ${name}="${text.replace(/[&<>"\t\n\r]/g, (character) => ENTITIES[character] ?? '')}"`
}
