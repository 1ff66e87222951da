/** The paragraphs of a policy's description, each in one line: its author breaks lines where Rego's comments end. */
export function paragraphs(text: string): readonly string[] {
  return text
    .trim()
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.replaceAll(/\s+/g, ' '))
}
