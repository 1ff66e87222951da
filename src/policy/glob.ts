/**
 * Says whether the whole text fits a glob in which `*` is any run of characters, and nothing else is special. Each piece
 * between stars is looked for once, from where the one before ended: no backtracking, whatever the glob.
 */
export function matchGlob(glob: string, text: string): boolean {
  const [head = '', ...pieces] = glob.split('*')
  const tail = pieces.pop()
  if (tail === undefined) return text === glob
  if (text.length < head.length + tail.length) return false
  if (!text.startsWith(head) || !text.endsWith(tail)) return false
  const end = text.length - tail.length
  let position = head.length
  for (const piece of pieces) {
    const found = text.indexOf(piece, position)
    if (found === -1 || found + piece.length > end) return false
    position = found + piece.length
  }
  return true
}
