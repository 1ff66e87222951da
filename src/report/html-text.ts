import { printable } from '../diagnostic/printable.ts'
import { paragraphs } from './paragraphs.ts'

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text of any origin, to stand between tags or in a quoted attribute. */
export function htmlText(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
}

/** The same for sentences: what stands between backticks becomes code, paragraphs are kept. */
export function htmlProse(text: string): string {
  return paragraphs(text).map(htmlSentence).join('<br>')
}

/** One line, with code between backticks. */
export function htmlSentence(text: string): string {
  return htmlText(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>')
}
