// Text from objects and policies, made safe to stand in Markdown on GitHub and GitLab: it can neither end a table's cell, nor
// link, nor call for people or issues by name, nor bring HTML of its own.
import { clean } from '../admission/clean-text.ts'

const MAX_LENGTH = 1_000

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  // An escape by backslash is none inside a table's cell.
  '|': '&#124;',
  // Mentions and references are looked for after Markdown is read; a comment parts them.
  '@': '@<!-- -->',
  '#': '#<!-- -->',
  '!': '!<!-- -->',
}

/**
 * One line of Markdown that shows the text as it is, of at most `maxLength` UTF-16 units of it; what stands between backticks
 * becomes code.
 */
export function markdownText(text: string, maxLength = MAX_LENGTH): string {
  const line = clean(text, maxLength)
  return line.replace(/`([^`]+)`|[^`]+|`/g, (part: string, code: string | undefined) =>
    code === undefined ? escapeText(part) : `<code>${escapeText(code)}</code>`,
  )
}

/** The same as code, for what is a name and no sentence. */
export function markdownCode(name: string, maxLength = MAX_LENGTH): string {
  return `<code>${escapeText(clean(name, maxLength))}</code>`
}

function escapeText(text: string): string {
  return text
    .replace(/[\\`*_[\]~$]|[&<>|@#!]/g, (character) => ESCAPES[character] ?? `\\${character}`)
    .replaceAll('://', ':<!-- -->//')
    .replaceAll(/\bwww\./gi, (www) => `${www.slice(0, -1)}<!-- -->.`)
}
