// docs/reliability.md: which faults the product is tested against, and where. A row needs a test whose name starts with its id,
// and an id in a test's name needs a row. `npm run docs` writes the page.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ROOT } from '../support/portcullis.ts'

const ROWS: Readonly<Record<string, string>> = {
  H1: 'another method than POST: 405, the body unread',
  H2: 'an unknown path: 404',
  H3: 'another content type than JSON: 415',
  H4: 'an empty body, truncated JSON, text behind it, a byte order mark, two documents: 400',
  H5: 'more than 7 MiB: 413, before the body is read',
  H6: 'a legal UPDATE of two 3 MiB objects: decided',
  H9: 'headers or a body that trickle: given up within 15 s',
  H10: 'two lengths, length and chunks, 20 KiB of headers: refused',
  H12: 'pipelined reviews: answered in order, each with its own uid',
  H13: 'a client that goes away in the middle of its body: nothing is left behind',
  H15: 'more reviews, bodies or time than there is: 503 with Retry-After, and all is well right after',
  H16: 'an HTTP/2 preface: closed; Expect: 100-continue: served',
  T1: 'TLS older than 1.2 and weak suites: refused',
  T2: 'plain HTTP and noise on the TLS port: closed, logged once',
  T3: 'ALPN http/1.1, or none: served; h2 alone: refused',
  T6: 'a key that does not fit its certificate: refused, and the last good pair serves on',
  T7: 'a certificate that is expired, not yet valid, without names or for others: refused; if it is the active one: not ready',
  T9: 'a client without a certificate of the configured CA, or without an allowed name: not heard; probes answer',
  T10: 'a rotation of the CA: who trusts what is published at the time, old, new or both, is served',
  T12: '500 half-open handshakes: ended within 10 s, others served meanwhile',
  A1: 'no request, another kind, another version: 400',
  A2: 'no uid, an empty one, one of another type or of 1 MB: 400',
  A3: 'v1beta1: 400',
  A4: 'every answer: the same uid byte for byte, no patch, below 16 KiB',
  A5: 'an operation that is none of the four: denied',
  A6: 'DELETE without objects: an error where a binding asks for DELETE',
  A8: 'exec, attach, scale, binding, eviction, status: policies on pods do not fire',
  A10: 'UPDATE without oldObject: judged as a CREATE',
  A11: 'a dry run: decided alike',
  A12: 'a List with items: denied at admission, judged item by item in files',
  A15: 'nesting of 5,000 levels and more: denied or 400 in no time',
  A16: 'half a surrogate pair, NUL, bytes that are not UTF-8: denied or 400',
  A17: 'numbers that JavaScript cannot hold: no crash, quantities exact',
  A18: 'a namespace in the object that is not the request’s: the request’s counts',
  A20: 'names that audit annotations could not bear: the annotations’ keys are qualified names all the same',
  O1: 'an image from elsewhere, by an ephemeral or init container or an image volume: denied',
  O2: 'containers, init containers and sidecars without limits: denied; ephemeral ones: allowed',
  O4: 'limits of nothing: denied',
  O5: 'every form of a quantity: read as the API server reads it',
  O6: 'images that only look like those of a registry: denied',
  O8: 'images that are none, or not in their normal form: denied unless that is listed',
  O10: 'hostNetwork in each of the nine kinds: denied at its place',
  O12: 'an object that is being deleted: may lose its finalizers, and change nothing else',
  O13: 'an owner label that is blank, too long or no string: denied; removing it: denied',
  O14: 'a label by which something exempts itself: no effect',
  O15: 'generateName only: the same decision',
  O16: 'containers that are no list, and 10,000 of them: denied or decided in bounded time',
  O17: '3 MB of empty maps: denied, and the next review served',
  O18: 'what an object says of itself, users and annotations: exempts it from nothing',
  B1: 'an archive cut off anywhere, or with any byte changed: refused',
  B2: 'a gzip bomb, a million members, a member of 1 GiB: refused in bounded time and memory',
  B3: 'members outside, links, devices: refused',
  B8: 'signatures in other places: not taken for one',
  B9: 'unknown fields, wrong types, missing entrypoints: refused, naming the path',
  W1: 'a policy that loops: stopped by its budget, others judged',
  W2: 'memory without end, `unreachable`, recursion without end: an error, the instance dropped',
  W3: 'an abort, a built-in nobody asked for: an error',
  W4: 'unknown built-ins, WASI, another ABI, no WebAssembly at all: not loaded',
  W7: 'bytes that are no JSON: refused before evaluation',
  W9: 'built-ins that would take for ever or all memory: end by budget',
  W10: 'data that the module refuses: not loaded',
  F1: 'a Secret that is mounted changes, by one rename: one reload, of a pair that fits',
  F2: 'events of the file system that get lost, or no watcher to be had: a change is seen within 30 s',
  F3: 'a file that is written slowly: not read by halves',
  F4: 'a file or its folder is deleted, or may not be read: the last good pair serves on',
  F5: 'a path becomes a pipe or a directory: nothing hangs',
  F6: 'a thousand touches without a change: no reload, no more files open',
  F7: 'a root that is read-only, no /tmp, a disk that is full: starts and serves',
  P1: 'SIGTERM under load: not ready, serves on, finishes what is in flight',
  P2: 'kill -9 at any step of writing a bundle or certificates: the next start is good; halves of two pairs are refused, and mended by the next rotation',
  P3: 'an error that nobody caught: one line in the log, exit 3 at once',
  P5: 'no bundle, a broken one, a bad certificate or client CA: does not start, each with its exit code',
  P6: 'an address in use: an error with its exit code, and no listener left behind',
  P8: 'replicas that make certificates at the same time: one CA, and all serve by it; without the API server the last pair serves on',
  C1: 'wrong usage: exit 2 and one line',
  C2: 'YAML in all its forms: as the API server reads it, or a clear error',
  C3: 'a reader that goes away: no stack trace',
  C4: 'key files: 0600, and nothing of others overwritten',
}

/** Rows of these groups hold only where a test drives the real server through a real socket. */
const AT_THE_SERVER = /^(?:[HAOWFP]\d+|T(?:1|2|3|6|7|9|10|12))$/
const DRIVES_A_SERVER = /^(?:server\/|cli\/serve[-.])/

const LAYERS: readonly string[] = readdirSync(join(ROOT, 'test'), {
  recursive: true,
  encoding: 'utf8',
})
  .filter((path) => path.endsWith('.test.ts') && !path.startsWith('hygiene/'))
  .toSorted()

function rowsOf(path: string): string[] {
  const text = readFileSync(join(ROOT, 'test', path), 'utf8')
  const named = text.matchAll(/['"`]([A-Z]\d{1,2}): /g)
  return [...named].map((match) => match[1] ?? '')
}

test('docs/reliability.md names a test for each row, and each row that a test names', async () => {
  const files = new Map<string, string[]>()
  for (const path of LAYERS) {
    for (const row of new Set(rowsOf(path))) files.set(row, [...(files.get(row) ?? []), path])
  }
  expect([...files.keys()].filter((row) => !(row in ROWS))).toEqual([])
  expect(Object.keys(ROWS).filter((row) => !files.has(row))).toEqual([])
  const unserved = Object.keys(ROWS).filter(
    (row) => AT_THE_SERVER.test(row) && !files.get(row)?.some((path) => DRIVES_A_SERVER.test(path)),
  )
  expect(unserved).toEqual([])
  const page = [
    '# Reliability',
    '',
    'Faults the product is tested against. A row’s tests have its id at the start of their names.',
    '',
    '| row | fault, and what happens | tests |',
    '| --- | --- | --- |',
    ...Object.entries(ROWS).map(
      ([row, fault]) =>
        `| ${row} | ${fault} | ${(files.get(row) ?? []).map((path) => `\`${path}\``).join(', ')} |`,
    ),
    '',
  ].join('\n')
  await expect(page).toMatchFileSnapshot(`${ROOT}docs/reliability.md`)
})
