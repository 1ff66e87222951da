import { type Diagnostic, diagnostic } from '../diagnostic/diagnostic.ts'
import { createSourceFile, type SourceFile } from '../source/source-file.ts'

const decoder = new TextDecoder('utf-8', { fatal: true })

/** Decodes a file's bytes, a byte order mark dropped; bytes that are not UTF-8 yield a diagnostic and no file. */
export function decodeUtf8(
  bytes: Uint8Array,
  path: string,
): { readonly file?: SourceFile; readonly diagnostics: readonly Diagnostic[] } {
  try {
    const text = decoder.decode(bytes)
    return { file: createSourceFile(path, text), diagnostics: [] }
  } catch {
    // What comes before the fault can be shown; a lone replacement character stands for the fault itself.
    const before = new TextDecoder('utf-8').decode(bytes.subarray(0, findInvalidByte(bytes)), {
      stream: true,
    })
    const mark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
    const offset = mark + new TextEncoder().encode(before).length
    const utf16 =
      (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
    const file = createSourceFile(path, `${before}\uFFFD`)
    const message = utf16
      ? 'the file is UTF-16, expected UTF-8'
      : `byte ${offset} of the file (0x${(bytes[offset] ?? 0).toString(16).padStart(2, '0')}) is not UTF-8`
    return {
      diagnostics: [
        diagnostic('yaml/encoding', message, {
          primary: { file, span: { start: before.length, end: before.length + 1 } },
        }),
      ],
    }
  }
}

/** Halves the file until the first byte that cannot be decoded is found. */
function findInvalidByte(bytes: Uint8Array): number {
  let low = 0
  let high = bytes.length
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (isValidPrefix(bytes.subarray(0, middle))) low = middle
    else high = middle - 1
  }
  return low
}

function isValidPrefix(bytes: Uint8Array): boolean {
  try {
    // A character cut off by the end of the prefix is no fault yet.
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true })
    return true
  } catch {
    return false
  }
}
