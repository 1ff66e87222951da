// Tar as OPA, GNU tar and we write it: POSIX ustar headers, files and directories. What those do not need is refused, not passed
// over: links, devices, long-name and PAX records are how two readers come to see two different archives.
// Source: POSIX.1-2017, pax, "ustar Interchange Format".
import { ArchiveFault } from './archive-fault.ts'
import { MAX_MEMBERS, MAX_NAME_BYTES } from './limits.ts'

const BLOCK = 512
const KINDS: Readonly<Record<string, string>> = {
  '1': 'a hard link',
  '2': 'a symbolic link',
  '3': 'a character device',
  '4': 'a block device',
  '6': 'a FIFO',
  '7': 'a contiguous file',
  L: 'a GNU long name',
  K: 'a GNU long link',
  S: 'a sparse file',
  x: 'a PAX record',
  g: 'a global PAX record',
}

/**
 * Writes members in the order given; mode, owner and time are always the same. Names get the `/` that OPA's have: it looks
 * for the module by the name in the manifest, letter for letter.
 */
export function writeTar(members: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const blocks: Uint8Array[] = []
  for (const [name, content] of members) {
    blocks.push(writeHeader(`/${name}`, content.length), content)
    const over = content.length % BLOCK
    if (over > 0) blocks.push(new Uint8Array(BLOCK - over))
  }
  blocks.push(new Uint8Array(2 * BLOCK))
  return Buffer.concat(blocks)
}

function writeHeader(name: string, size: number): Uint8Array {
  const header = Buffer.alloc(BLOCK)
  const written = header.write(name, 0, 100)
  if (written < Buffer.byteLength(name)) throw new Error(`bug: member name ${name} is too long`)
  header.write('0000644\0', 100)
  header.write('0000000\0', 108) // uid
  header.write('0000000\0', 116) // gid
  header.write(`${size.toString(8).padStart(11, '0')}\0`, 124)
  header.write('00000000000\0', 136) // mtime
  header.write('        ', 148) // the checksum counts as spaces
  header.write('0', 156)
  header.write('ustar\u000000', 257)
  header.write(`${sumOf(header).toString(8).padStart(6, '0')}\0 `, 148)
  return header
}

/** Gives the files by name; directories are passed over. @throws ArchiveFault */
export function readTar(bytes: Uint8Array): Map<string, Uint8Array> {
  const members = new Map<string, Uint8Array>()
  let at = 0
  let count = 0
  for (;;) {
    const header = bytes.subarray(at, at + BLOCK)
    if (header.length < BLOCK) throw malformed('it is truncated')
    at += BLOCK
    if (isZero(header)) break
    if (++count > MAX_MEMBERS) {
      throw new ArchiveFault('bundle/too-large', `the archive has more than ${MAX_MEMBERS} members`)
    }
    const { name, size, isFile } = readHeader(header)
    if (at + size > bytes.length) throw malformed(`it is truncated in \`${show(name)}\``)
    const end = at + size
    if (isFile) {
      const normal = normalName(name)
      if (members.has(normal)) throw unsafe(`the archive has \`${normal}\` twice`)
      members.set(normal, bytes.subarray(at, end))
    }
    at = Math.ceil(end / BLOCK) * BLOCK
    if (at > bytes.length || !isZero(bytes.subarray(end, at))) {
      throw malformed(`what fills up the last block of \`${show(name)}\` is not zero`)
    }
  }
  // One zero block more ends the archive; tar fills up its last record with others.
  if (bytes.length - at < BLOCK) throw malformed('it is truncated before its end')
  if (!isZero(bytes.subarray(at))) throw malformed('something follows its end')
  return members
}

interface Header {
  readonly name: string
  readonly size: number
  readonly isFile: boolean
}

function readHeader(header: Uint8Array): Header {
  const stated = readNumber(header, 148, 8)
  if (stated !== sumOf(header)) throw malformed('the checksum of a member does not hold')
  const magic = Buffer.from(header.subarray(257, 265)).toString('latin1')
  const isPosix = magic === 'ustar\u000000'
  if (!isPosix && magic !== 'ustar  \0') throw malformed('a member has no ustar header')
  // GNU tar keeps times where POSIX keeps the first part of a long name.
  const prefix = isPosix ? readText(header, 345, 155) : ''
  const base = readText(header, 0, 100)
  const name = prefix === '' ? base : `${prefix}/${base}`
  const kind = String.fromCharCode(header[156] ?? 0)
  if (kind !== '0' && kind !== '\0' && kind !== '5') {
    throw unsafe(
      `the member \`${show(name)}\` is ${KINDS[kind] ?? 'of an unknown kind'}, and only files are allowed`,
      kind === 'x' || kind === 'g' || kind === 'L'
        ? 'pack it with `tar --format=ustar`'
        : undefined,
    )
  }
  if (readText(header, 157, 100) !== '') {
    throw unsafe(`the member \`${show(name)}\` names the target of a link`)
  }
  const size = readNumber(header, 124, 12)
  const isFile = kind !== '5'
  if (!isFile && size > 0) throw unsafe(`the directory \`${show(name)}\` has content`)
  return { name, size, isFile }
}

/** Text up to the first NUL; whatever follows it has to be NUL too, as writers leave it. */
function readText(header: Uint8Array, start: number, length: number): string {
  const field = header.subarray(start, start + length)
  const nul = field.indexOf(0)
  const text = nul < 0 ? field : field.subarray(0, nul)
  if (nul >= 0 && !isZero(field.subarray(nul))) throw unsafe('the name of a member has a NUL in it')
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(text)
  } catch {
    throw unsafe('the name of a member is not UTF-8')
  }
}

function readNumber(header: Uint8Array, start: number, length: number): number {
  const text = Buffer.from(header.subarray(start, start + length)).toString('latin1')
  const digits = /^ *([0-7]+)[ \0]*$/.exec(text)?.[1]
  // GNU's binary numbers are for files past 8 GiB.
  if (digits === undefined) throw malformed('a number in the header of a member is not octal')
  return Number.parseInt(digits, 8)
}

function sumOf(header: Uint8Array): number {
  let sum = 0
  for (let i = 0; i < BLOCK; i++) sum += i >= 148 && i < 156 ? 0x20 : (header[i] ?? 0)
  return sum
}

/** OPA begins names with `/`, and `tar -C dir .` with `./`; nothing else may lead out of the archive's root. */
function normalName(name: string): string {
  const normal = name.replace(/^(\/|\.\/)/, '')
  const segments = normal.split('/')
  const isSafe =
    segments.every((each) => each !== '' && each !== '.' && each !== '..') &&
    !/[\\\p{Cc}]/u.test(name) &&
    Buffer.byteLength(name) <= MAX_NAME_BYTES
  if (!isSafe) throw unsafe(`the member \`${show(name)}\` has a name that is not allowed`)
  return normal
}

function isZero(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte !== 0) return false
  return true
}

function show(name: string): string {
  const text = name.replaceAll(/[\p{Cc}`]/gu, '?')
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}

function malformed(what: string): ArchiveFault {
  return new ArchiveFault('bundle/unreadable', `the archive is not a whole tar file: ${what}`)
}

function unsafe(message: string, help?: string): ArchiveFault {
  return new ArchiveFault('bundle/unsafe-member', message, help)
}
