// A unified diff, as `diff -u` writes it.

const CONTEXT = 3
/** Past this many pairs of lines what differs is shown as one piece: a table of them would not fit. */
const MAX_PAIRS = 4_000_000

interface Line {
  readonly sign: ' ' | '-' | '+'
  readonly text: string
}

/** Empty where the texts are the same. */
export function unifiedDiff(path: string, before: string, after: string): string {
  const lines = compare(split(before), split(after))
  const changes = lines.flatMap(({ sign }, index) => (sign === ' ' ? [] : [index]))
  if (changes.length === 0) return ''
  const hunks: string[] = []
  let first = 0
  while (first < changes.length) {
    let last = first
    while ((changes[last + 1] ?? Infinity) - (changes[last] ?? 0) <= 2 * CONTEXT + 1) last++
    const from = Math.max(0, (changes[first] ?? 0) - CONTEXT)
    hunks.push(renderHunk(lines, from, (changes[last] ?? 0) + CONTEXT + 1))
    first = last + 1
  }
  return `--- ${path}\n+++ ${path}\n${hunks.join('')}`
}

function renderHunk(lines: readonly Line[], from: number, to: number): string {
  const range = (without: Line['sign']): string => {
    const start = lines.slice(0, from).filter(({ sign }) => sign !== without).length
    const length = lines.slice(from, to).filter(({ sign }) => sign !== without).length
    return `${length === 0 ? start : start + 1},${length}`
  }
  const body = lines.slice(from, to).map(({ sign, text }) => {
    return text.endsWith('\n') ? `${sign}${text}` : `${sign}${text}\n\\ No newline at end of file\n`
  })
  return `@@ -${range('+')} +${range('-')} @@\n${body.join('')}`
}

/** The longest common subsequence, between what both begin and end with. */
function compare(before: readonly string[], after: readonly string[]): readonly Line[] {
  let start = 0
  while (start < before.length && start < after.length && before[start] === after[start]) start++
  let end = 0
  while (
    end < before.length - start &&
    end < after.length - start &&
    before.at(-1 - end) === after.at(-1 - end)
  ) {
    end++
  }
  const same = (texts: readonly string[]): readonly Line[] =>
    texts.map((text) => ({ sign: ' ', text }))
  return [
    ...same(before.slice(0, start)),
    ...align(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...same(before.slice(before.length - end)),
  ]
}

function align(before: readonly string[], after: readonly string[]): readonly Line[] {
  const width = after.length + 1
  const isSmall = before.length * after.length <= MAX_PAIRS
  // At [i, j]: how many lines the rests from i and j have in common.
  const common = new Uint32Array(isSmall ? (before.length + 1) * width : 0)
  const at = (i: number, j: number): number => common[i * width + j] ?? 0
  for (let i = before.length - 1; i >= 0 && isSmall; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      common[i * width + j] =
        before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
    }
  }
  const lines: Line[] = []
  let i = 0
  let j = 0
  while (i < before.length || j < after.length) {
    const old = before[i]
    const new_ = after[j]
    if (isSmall && old !== undefined && old === new_) {
      lines.push({ sign: ' ', text: old })
      i++
      j++
    } else if (old !== undefined && (new_ === undefined || at(i + 1, j) >= at(i, j + 1))) {
      lines.push({ sign: '-', text: old })
      i++
    } else {
      lines.push({ sign: '+', text: new_ ?? '' })
      j++
    }
  }
  return lines
}

function split(text: string): readonly string[] {
  return text.split(/(?<=\n)/).filter((line) => line !== '')
}
