// As much of Rego's text as needs no parser: what is a comment, what a string.
import type { Span } from '../../source/source-file.ts'

const STRING_OR_COMMENT = /"(?:\\.|[^"\\\n])*"|`[^`]*`|#[^\n]*/g

/** The text with comments as spaces, so that offsets stay. A `#` in a string begins none. */
export function withoutComments(text: string): string {
  return text.replaceAll(STRING_OR_COMMENT, (token) =>
    token.startsWith('#') ? blank(token) : token,
  )
}

/** The places of the keyword `not`, in their order. */
export function negationsIn(text: string): readonly Span[] {
  const code = text.replaceAll(STRING_OR_COMMENT, blank)
  return [...code.matchAll(/(?<![\w.])not(?=\s)/g)].map(({ index }) => ({
    start: index,
    end: index + 'not'.length,
  }))
}

function blank(token: string): string {
  return token.replaceAll(/[^\n]/g, ' ')
}
