// Archives from someone who means harm, or from a disk that failed.
import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { createGzip, gunzipSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readBundle } from '../../src/bundle/read-bundle.ts'
import { readTar } from '../../src/bundle/tar.ts'
import { writeBundle } from '../../src/bundle/write-bundle.ts'
import {
  bundleContent,
  foreignArchive,
  foreignMembers,
  type Member,
  opaBuilt,
  smallBundle,
  tarMember,
  tarOf,
} from './bundle-content.ts'
import { cpuMs } from '../support/cpu-ms.ts'

function codes(bytes: Uint8Array): string[] {
  const { bundle, diagnostics } = readBundle(bytes, 'bundle.tgz')
  expect(bundle).toBeUndefined()
  return diagnostics.map(({ code }) => code)
}

/** The fastest of three, in milliseconds: other tests run beside this one. */
function fastestOf3(run: () => void): number {
  const times = [0, 1, 2].map(() => {
    const start = cpuMs()
    run()
    return cpuMs() - start
  })
  return Math.min(...times)
}

function withMember(member: Member): Uint8Array {
  return foreignArchive([...foreignMembers(), member])
}

/** A bundle with a module that OPA compiled. */
function realBundle(): Uint8Array {
  const wasm = readTar(gunzipSync(opaBuilt())).get('policy.wasm')
  if (wasm === undefined) throw new Error('the fixture has no module')
  return writeBundle(bundleContent({ wasm }))
}

test('B1: refuses a bundle truncated at every KiB, and says so with its name', () => {
  const bytes = realBundle()
  for (let length = 0; length < bytes.length; length += 1024) {
    expect(codes(bytes.subarray(0, length))).not.toEqual([])
  }
  const { diagnostics } = readBundle(bytes.subarray(0, 20_480), 'release/bundle.tgz')
  expect(diagnostics.map(({ code, message }) => ({ code, message }))).toEqual([
    {
      code: 'bundle/damaged',
      message:
        'bundle `release/bundle.tgz`: the archive is truncated or damaged: its checksum does not hold',
    },
  ])
})

test('B1: refuses a small bundle truncated anywhere', () => {
  const bytes = smallBundle()
  for (let length = 0; length < bytes.length; length++) codes(bytes.subarray(0, length))
})

test('B1: refuses a small bundle with any single bit flipped', () => {
  const bytes = smallBundle()
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const flipped = bytes.slice()
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    const { bundle } = readBundle(flipped, 'bundle.tgz')
    if (bundle !== undefined) expect.fail(`bit ${bit} of ${bytes.length * 8} passed`)
  }
})

test('B1: refuses a bundle with a compiled module with any single byte flipped', () => {
  const bytes = realBundle()
  const flips = randomBytes(bytes.length)
  for (let at = 0; at < bytes.length; at++) {
    const before = bytes[at] ?? 0
    bytes[at] = before ^ (flips[at] || 1)
    const { bundle } = readBundle(bytes, 'bundle.tgz')
    if (bundle !== undefined) expect.fail(`byte ${at} passed with ${bytes[at]} for ${before}`)
    bytes[at] = before
  }
  expect(readBundle(bytes, 'bundle.tgz').bundle).toBeDefined()
})

test('B1: refuses a bundle of ours that was unpacked and packed again', () => {
  const { bundle, diagnostics } = readBundle(gzipSync(gunzipSync(smallBundle())), 'bundle.tgz')
  expect(bundle).toBeUndefined()
  expect(diagnostics).toMatchObject([
    { code: 'bundle/damaged', primary: { file: { path: 'bundle.tgz!portcullis.json' } } },
  ])
})

test('B2: refuses a gzip bomb in less than a second, and in little memory', () => {
  const bomb = gzipSync(Buffer.alloc(256 * 1024 * 1024))
  expect(bomb.length).toBeLessThan(1024 * 1024)
  const before = process.memoryUsage()
  expect(fastestOf3(() => expect(codes(bomb)).toEqual(['bundle/too-large']))).toBeLessThan(1000)
  const after = process.memoryUsage()
  expect(after.arrayBuffers + after.external - before.arrayBuffers - before.external).toBeLessThan(
    128 * 1024 * 1024,
  )
})

test('B2: refuses a member that says it has a GiB', () => {
  const member = tarMember({
    name: 'data.json',
    size: `${(2 ** 30).toString(8).padStart(11, '0')}\0`,
  })
  expect(codes(gzipSync(Buffer.concat([member, Buffer.alloc(1024)])))).toEqual([
    'bundle/unreadable',
  ])
})

test('B2: refuses thousands of members in less than a second', () => {
  const empty = Array.from({ length: 30_000 }, (_, index) => ({ name: `x${index}.rego` }))
  const bytes = foreignArchive(empty)
  expect(fastestOf3(() => expect(codes(bytes)).toEqual(['bundle/too-large']))).toBeLessThan(1000)
})

test('B2: refuses a million members in less than a second', async () => {
  const tenThousand = Buffer.alloc(512 * 10_000, tarMember({ name: 'x.rego' }))
  const gzip = createGzip({ level: 1 })
  Readable.from(Array.from({ length: 100 }, () => tenThousand)).pipe(gzip)
  const million = await buffer(gzip)
  expect(fastestOf3(() => expect(codes(million)).toEqual(['bundle/too-large']))).toBeLessThan(1000)
})

test('B2: refuses an archive past the packed size before it unpacks it', () => {
  expect(codes(Buffer.alloc(9 * 1024 * 1024, 0x1f))).toEqual(['bundle/too-large'])
})

test('B2: refuses members past the size of what they hold', () => {
  const spaces = ' '.repeat(1024 * 1024)
  expect(codes(foreignArchive(foreignMembers({ 'portcullis.json': `${spaces}{}` })))).toContain(
    'bundle/too-large',
  )
})

test.each([
  ['B3: refuses a name that climbs out', { name: '../escape.rego' }],
  ['B3: refuses a name that climbs out further in', { name: 'a/../../escape.rego' }],
  ['B3: refuses an absolute name with two slashes', { name: '//etc/passwd' }],
  ['B3: refuses a name of dots', { name: './.' }],
  ['B3: refuses a backslash', { name: '..\\escape.rego' }],
  ['B3: refuses a line break in a name', { name: 'a\nb.rego' }],
  ['B3: refuses a NUL in a name', { name: 'a\0b.rego' }],
  ['B3: refuses a name that is not UTF-8', { name: 'a\xff.rego' }],
  ['B3: refuses an empty name', { name: '' }],
  ['B3: refuses a symbolic link', { name: 'a.rego', kind: '2', link: '/etc/passwd' }],
  ['B3: refuses a hard link', { name: 'a.rego', kind: '1', link: 'policy.wasm' }],
  ['B3: refuses a file that names a link', { name: 'a.rego', link: '/etc/passwd' }],
  ['B3: refuses a character device', { name: 'a.rego', kind: '3' }],
  ['B3: refuses a block device', { name: 'a.rego', kind: '4' }],
  ['B3: refuses a FIFO', { name: 'a.rego', kind: '6' }],
  ['B3: refuses a GNU long name', { name: '././@LongLink', kind: 'L', content: 'policy.wasm' }],
  ['B3: refuses a PAX record', { name: 'PaxHeader', kind: 'x', content: '18 path=policy.wasm\n' }],
  ['B3: refuses a kind that nobody knows', { name: 'a.rego', kind: 'Z' }],
  ['B3: refuses a directory with content', { name: 'a/', kind: '5', content: 'x' }],
  ['refuses a second portcullis.json', { name: 'portcullis.json', content: '{}' }],
  ['refuses the same name with a slash before it', { name: '/portcullis.json', content: '{}' }],
  ['refuses a second manifest', { name: 'a/.manifest', content: '{}' }],
  ['refuses a manifest in protobuf', { name: '.manifest.pb', content: '' }],
  ['refuses a second module', { name: 'a/policy.wasm', content: '' }],
  ['refuses data that it would not read', { name: 'a/data.json', content: '{}' }],
  ['refuses a delta bundle', { name: 'patch.json', content: '{}' }],
  ['B8: refuses signatures in a subfolder', { name: 'a/.signatures.json', content: '{}' }],
] satisfies [string, Member][])('%s', (_, member) => {
  expect(codes(withMember(member))).toEqual(['bundle/unsafe-member'])
})

test('refuses a signed bundle, for there is no key to verify it with', () => {
  expect(codes(withMember({ name: '.signatures.json', content: '{"signatures":[]}' }))).toEqual([
    'bundle/signed',
  ])
})

test.each([
  ['a header whose checksum does not hold', (tar: Buffer) => tar.fill(0x31, 0, 1)],
  [
    'a size that is not octal',
    (tar: Buffer) => Buffer.concat([tarMember({ name: 'x', size: '99999999999\0' }), tar]),
  ],
  [
    'a size in binary',
    (tar: Buffer) =>
      Buffer.concat([tarMember({ name: 'x', size: '\x80\0\0\0\0\0\0\0\0\0\0\x01' }), tar]),
  ],
  [
    'a header that is not ustar',
    (tar: Buffer) => Buffer.concat([tarMember({ name: 'x', magic: '\0\0\0\0\0\0\0\0' }), tar]),
  ],
  ['no end', (tar: Buffer) => tar.subarray(0, -1024)],
  ['half an end', (tar: Buffer) => tar.subarray(0, -512)],
  [
    'something after its end',
    (tar: Buffer) => Buffer.concat([tar, tarMember({ name: 'late.rego' })]),
  ],
  ['a block cut short', (tar: Buffer) => tar.subarray(0, -100)],
  ['nothing', () => Buffer.alloc(0)],
])('refuses a tar with %s', (_, change) => {
  expect(codes(gzipSync(change(tarOf(foreignMembers()))))).toEqual(['bundle/unreadable'])
})

test('refuses a second gzip member, and anything else after the first', () => {
  const sound = foreignArchive(foreignMembers())
  expect(readBundle(sound, 'bundle.tgz').bundle).toBeDefined()
  expect(codes(Buffer.concat([sound, sound]))).toEqual(['bundle/unreadable'])
  expect(codes(Buffer.concat([sound, Buffer.alloc(1)]))).toEqual(['bundle/unreadable'])
})

test.each([
  ['nothing', Buffer.alloc(0)],
  ['one byte', Buffer.of(0x1f)],
  ['a zip', Buffer.from('PK\x03\x04')],
  ['a method that is not deflate', Buffer.of(0x1f, 0x8b, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0)],
  [
    'a header without an end',
    Buffer.concat([Buffer.of(0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 0), Buffer.alloc(99, 65)]),
  ],
])('refuses %s for an archive', (_, bytes) => {
  expect(codes(bytes)).toEqual(['bundle/unreadable'])
})

test('refuses any bytes at all, and never throws', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 2048 }),
      fc.boolean(),
      fc.boolean(),
      (noise, gzip, tar) => {
        const content = tar ? tarOf([{ name: 'portcullis.json', content: noise }]) : noise
        expect(codes(gzip ? gzipSync(content) : content)).not.toEqual([])
      },
    ),
  )
})

test('refuses a foreign archive with a damaged content', () => {
  const bytes = foreignArchive(foreignMembers())
  bytes[bytes.length - 6] = (bytes[bytes.length - 6] ?? 0) ^ 1
  expect(codes(bytes)).toEqual(['bundle/damaged'])
})
