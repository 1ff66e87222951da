// Operands for each built-in, the same in every run (a linear congruential generator), of the kinds that go wrong.

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json }

let state = 7
function below(limit: number): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
  return Math.floor((state / 2 ** 32) * limit)
}

function pick<T>(items: readonly T[]): T {
  return items[below(items.length)]!
}

function listOf<T>(most: number, make: () => T): T[] {
  return Array.from({ length: below(most + 1) }, make)
}

function join(pieces: readonly string[], most: number): string {
  return listOf(most, () => pick(pieces)).join('')
}

const PIECES = [
  'a',
  'b',
  'ab',
  'é',
  '😀',
  ' ',
  '',
  '"',
  '\\',
  '\n',
  '\t',
  '%',
  '/',
  '.',
  '0',
  '1',
  'A',
  '&',
  '=',
  '+',
  ';',
  '~',
  '*',
  '[',
  '}',
  '<',
  '\u2028',
]
const text = (): string => join(PIECES, 6)
const number = (): number =>
  pick([0, 1, -1, 2, 3, 7, 10, 1.5, -2.25, 1e21, 1e-7, 123456789012, 2 ** 53])

function json(depth = 3): Json {
  const kind = below(depth === 0 ? 4 : 7)
  if (kind === 0) return pick([null, true, false])
  if (kind === 1) return number()
  if (kind < 4) return pick([text(), yamlWord()])
  if (kind < 5) return listOf(3, () => json(depth - 1))
  return Object.fromEntries(
    listOf(3, () => [pick([text(), yamlWord(), `k${below(20)}`]), json(depth - 1)]),
  )
}

const yamlWord = (): string =>
  pick([
    'yes',
    'no',
    'y',
    'true',
    'null',
    '~',
    '',
    '0x1f',
    '0o7',
    '077',
    '08',
    '1_000',
    '1e3',
    '.5',
    '5.',
    '+1',
    '1:30',
    '-',
    '- a',
    'a: b',
    'a #b',
    '#c',
    '2020-01-02',
    '2020-13-02',
    '.inf',
    '<<',
    'a\nb',
    ' lead',
    'trail ',
    'a\n\n',
    '\na',
    ' a\nb',
    'a \nb',
    '---',
    '---x',
    '...',
    '? a',
    ':',
    ':a',
    '@a',
    '`a',
    '!a',
    '*a',
    '\r',
    '\u0007',
    '\u00a0',
    'x'.repeat(130),
    'a\tb',
    '0',
    '-0',
    '12345678901234567890123',
    '1e400',
  ])

const yamlText = (): string => {
  const scalar = (): string =>
    pick([
      yamlWord().replaceAll(/[\n\r]/g, ' '),
      '1',
      'a',
      '"q"',
      "'s'",
      '!!str 1',
      '!!int "3"',
      '!!float 2',
      '&x 1',
      '*x',
      '[1, a]',
      '{a: 1}',
      '{}',
      '|\n    lit\n',
      '>\n    fold\n    ed\n',
    ])
  switch (below(5)) {
    case 0:
      return scalar()
    case 1:
      return listOf(4, () => `- ${scalar()}\n`).join('')
    case 2:
      return `a: &x {k: 1, z: 2}\nb:\n  <<: *x\n  k: ${pick(['2', 'z'])}\n${listOf(3, () => `c${below(3)}: ${scalar()}\n`).join('')}`
    case 3:
      return `${listOf(4, () => `${pick(['a', 'b', '1', '1.5', 'true', '1.0', '0x10', 'null', '"a"', '? x'])}: ${scalar()}\n`).join('')}${pick(['', '---\nb: 1\n', '---\n[', '...\n'])}`
    default:
      return JSON.stringify(json())
  }
}

const pattern = (): string =>
  join(
    [
      'a',
      'b',
      '.',
      '[ab]',
      '[^a]',
      '(',
      ')',
      '(a)',
      '(?:b)',
      '(?P<n>a)',
      '*',
      '+',
      '?',
      '*?',
      '|',
      '^',
      '$',
      '\\b',
      '\\B',
      '\\d',
      '\\w',
      '{2}',
      '{1,3}',
      '(?i)',
      '(?s)',
      '(?m)',
      '\\pL',
      '[[:alpha:]]',
      '\\Q.\\E',
      '\\z',
      '\\A',
      'é',
      '😀',
      '\\x41',
      '(?<m>b)',
      '(?=a)',
      '\\1',
      'a{1001}',
      '[a-',
      '\\C',
    ],
    5,
  )
const regexText = (): string =>
  join(['a', 'b', 'ab', 'aab', 'A', '1', 'é', '😀', '\n', '.', ' '], 8)

const octet = (): string =>
  pick(['0', '1', '10', '127', '128', '192', '255', '256', '01', String(below(256))])
const ipv4 = (): string => `${octet()}.${octet()}.${octet()}.${octet()}`
const ipv6 = (): string =>
  pick([
    '::',
    '::1',
    '2001:db8::',
    '2001:db8::1',
    '::ffff:1.2.3.4',
    'fe80::1%eth0',
    '1:2:3:4:5:6:7:8',
    '1::2::3',
    '2001:db8:0:0:1:0:0:1',
    '::1.2.3.4',
    'g::',
    '1:2:3:4:5:6:7::',
    '::2:3:4:5:6:7:8',
  ])
const cidr4 = (): string =>
  `${ipv4()}/${pick(['8', '16', '22', '23', '24', '25', '30', '31', '32', '33', '0', '-1', '08'])}`
const cidr = (): string =>
  pick([
    cidr4(),
    cidr4(),
    cidr4(),
    `${ipv6()}/${pick(['0', '32', '64', '96', '112', '120', '126', '128', '129'])}`,
    ipv4(),
  ])
const smallCidr = (): string =>
  pick([`${ipv4()}/${24 + below(9)}`, `${ipv6()}/${120 + below(9)}`, '1.2.3.4'])

const version = (): string =>
  `${pick(['', '', '', 'v', 'V'])}${pick(['1', '0', '01', '10', '9223372036854775807', '9223372036854775808'])}.${pick(['0', '2', '10', ''])}.${pick(['0', '3', '1.2'])}${pick(['', '', '-alpha', '-alpha.1', '-alpha.beta', '-1', '-01', '-1.2', '-rc.1', '-', '-a-b', '-99999999999999999999', '-0a'])}${pick(['', '', '+b.1', '+', '+01'])}`

const amount = (): string =>
  `${pick(['', '', '-', '+', '"'])}${pick(['0', '1', '100', '1.5', '.5', '5.', '10.123456789012', '1e3', '1E3', '1e-3', '1e+2', '', '.', '18446744073709551617', '0.1', '1e', '1e1234567', '1.2.3', '999999999999999999999.5'])}${pick(['', '', ' ', '"'])}${pick(['', 'm', 'k', 'K', 'Ki', 'ki', 'KI', 'M', 'mi', 'Mi', 'MI', 'g', 'Gi', 't', 'TI', 'p', 'E', 'e', 'ei', 'Ei', 'kb', 'MiB', 'GB', 'b', 'B', 'x', 'EiB'])}`

const ns = (): number =>
  pick([
    0,
    1,
    -1,
    1_700_000_000,
    -1_700_000_000,
    951_782_400,
    4_102_444_800,
    below(2 ** 31),
    -below(2 ** 31),
  ]) *
    1e9 +
  pick([0, 0, 123_000, 500_000_000])
const zone = (): string =>
  pick([
    '',
    'UTC',
    'Europe/Berlin',
    'America/New_York',
    'Asia/Kolkata',
    'Australia/Lord_Howe',
    'Nowhere/Land',
    'europe/berlin',
    'America/Sao_Paulo',
  ])
const layout = (): string =>
  pick([
    'ANSIC',
    'UnixDate',
    'RubyDate',
    'RFC822',
    'RFC822Z',
    'RFC850',
    'RFC1123',
    'RFC1123Z',
    'RFC3339',
    'RFC3339Nano',
    '2006-01-02',
    'Jan _2 3:04PM',
    '02/01/06 15:04:05.000',
    '2006 002 __2',
    'Monday January 2 pm 3',
    'Z0700 -07 -07:00:00',
    '.999999999 ,000',
    '2006-01-02T15:04:05.999999999Z07:00',
  ])
const moment = (): Json =>
  pick<Json>([
    ns(),
    ns(),
    [ns()],
    [ns(), zone()],
    [ns(), 'UTC', layout()],
    [ns(), zone(), '2006-01-02T15:04:05.999999999Z07:00'],
    'x',
    [],
    1.5,
    [1, 2],
  ])

const date = (): string =>
  `${pick(['2020', '1999', '2262', '1969', '2000', '2100', '9999', '20'])}-${pick(['01', '02', '12', '03', '11', '13'])}-${pick(['01', '28', '29', '30', '31', '32', '10', '1'])}`
const clock = (): string =>
  `${pick(['00', '23', '24', '12', '01', '1'])}:${pick(['00', '59', '30', '60'])}:${pick(['00', '59', '30', '60'])}`
const rfc3339 = (): string =>
  `${date()}${pick(['T', 'T', 'T', ' ', 't'])}${clock()}${pick(['', '', '.5', '.123456789', '.1234567891', ',5', '.'])}${pick(['Z', 'Z', '+01:00', '-07:30', '+24:00', '+25:00', 'z', '', '+0100', '+00:61'])}`
const MATCHING: readonly (readonly [string, () => string])[] = [
  ['2006-01-02', date],
  ['15:04:05', clock],
  ['2006-01-02 15:04:05.000', () => `${date()} ${clock()}${pick(['.123', '.12', '.1234', ''])}`],
  [
    'ANSIC',
    () =>
      pick([
        'Mon Jan  2 15:04:05 2006',
        'mon jan 12 1:04:05 2006',
        'Mon Jan _2 15:04:05 2006',
        'Foo Jan 2 15:04:05 2006',
      ]),
  ],
  [
    'RFC822',
    () =>
      `02 Jan ${pick(['06', '69', '70'])} 15:04 ${pick(['MST', 'UTC', 'GMT', 'GMT+3', 'GMT-23', 'GMT+24', 'CEST', 'ABCDE', 'ABCDT', '+03', 'Mst', 'WITA', 'ChST'])}`,
  ],
  [
    'RFC1123Z',
    () => `Mon, 02 Jan 2006 15:04:05 ${pick(['-0700', '+0000', '+2400', '-07', '-00:01'])}`,
  ],
  ['RFC850', () => `Monday, 02-Jan-06 15:04:05 ${pick(['UTC', 'CET'])}`],
  [
    '3:04PM Jan _2 2006',
    () =>
      `${pick(['3', '12', '0', '13', '03'])}:04${pick(['PM', 'AM', 'pm'])} Jan ${pick([' 2', '2', '31', '32'])} 2020`,
  ],
  ['2006 002', () => `2020 ${pick(['001', '060', '366', '367', '000', '60'])}`],
  ['2006-01-02 002', () => `2019-03-01 ${pick(['060', '061'])}`],
  [
    '2006-01-02T15:04:05Z07:00:00',
    () => `2020-01-01T00:00:00${pick(['Z', '+01:02:03', '-01:02:61', '-00:00:01'])}`,
  ],
  [
    '06 1 2 15 4 5',
    () =>
      `${pick(['20', '99', '-1'])} ${pick(['1', '12'])} ${pick(['1', '31'])} 5 6 ${pick(['7', '7.25'])}`,
  ],
  ['Z07 -0700', () => pick(['Z +0100', '+01 -0100', '+01 Z'])],
]
const parseable = (): Json[] => {
  const [format, make] = pick(MATCHING)
  return [format, pick([make(), make(), text()])]
}
const duration = (): string =>
  pick(['', '', '-', '+']) +
  (listOf(
    3,
    () =>
      pick([
        '1',
        '0',
        '1.5',
        '.5',
        '1.',
        '.',
        '100',
        '9223372036',
        '0.0000000001',
        '3000000000000000000',
        '1.5.5',
      ]) + pick(['ns', 'us', 'µs', 'μs', 'ms', 's', 'm', 'h', 'd', 'w', 'y', '', 'x']),
  ).join('') || '0')

const HEX_PIECES = ['0', 'a', 'F', '4f', 'c3a9', 'ff', 'g', '61']
const uuid = (): string => {
  const hex = (length: number): string =>
    Array.from({ length }, () => pick(Array.from('0123456789abcdefAB'))).join('')
  const body = `${hex(8)}-${hex(4)}-${pick(['1', '2', '3', '4', '5', 'f'])}${hex(3)}-${hex(4)}-${hex(12)}`
  return pick([
    body,
    body,
    `urn:uuid:${body}`,
    `{${body}}`,
    body.replaceAll('-', ''),
    `URN:UUID:${body}`,
    `x${body}`,
    body.replace('-', 'x'),
  ])
}

const keys = ['a', 'b', 'a/b', 'm~n', '0', '1', '-', '']
const pointer = (): Json =>
  pick<Json>([
    '/a',
    '/b',
    '/a/0',
    '/a/1',
    '/a/-',
    '/c',
    '',
    '/a~1b',
    '/m~0n',
    '/a/b/0',
    'a',
    '/a/01',
    '//a',
    '/a/9',
    ['a', 0],
    ['a', '1'],
    ['a'],
    [],
  ])
const patchTarget = (): Json =>
  pick<Json>([
    { a: [1, 2, 3], b: { c: 1 } },
    { a: { b: [1, { x: 2 }] }, 'a/b': 1, 'm~n': 2 },
    [1, 2],
    { [pick(keys)]: { [pick(keys)]: 1 } },
  ])
const operation = (): Json => {
  const op = pick(['add', 'remove', 'replace', 'move', 'copy', 'test', 'nope'])
  // OPA crashes where the root is removed.
  const [path, from] = [pointer(), pointer()].map((each) =>
    each === '' || (Array.isArray(each) && each.length === 0) ? '/a' : each,
  ) as [Json, Json]
  return {
    op,
    path,
    ...(below(8) > 0 ? { value: pick<Json>([1, 'x', [1], { c: 1 }, null, 2]) } : {}),
    ...(below(8) > 0 ? { from } : {}),
  }
}

const graph = (): Json =>
  Object.fromEntries(
    listOf(6, () => [
      pick(['a', 'b', 'c', 'd', 'e']),
      listOf(3, () => pick(['a', 'b', 'c', 'd', 'e', 'f'])),
    ]),
  )
const collection = (): Json =>
  pick<Json>([
    { a: 1, b: { c: 2, d: [1, 2, 3] } },
    { b: { d: [1, 2] } },
    { b: { c: 2 } },
    { a: 1 },
    {},
    [1, 2, 3],
    [2, 3],
    [1, 3],
    [],
    { b: { d: [2, 3], c: 2 } },
    [[1], [2]],
    [[2]],
  ])
const stringOrStrings = (): Json => pick<Json>([text(), listOf(3, text), 'abc', ['ab', 'c'], [1]])
const unary = (make: () => Json) => (): Json[] => [
  pick<Json>([make(), make(), make(), make(), make(), make(), 1]),
]

export const OPERANDS: ReadonlyMap<string, () => Json[]> = new Map([
  ['base64url.encode_no_pad', unary(text)],
  ['crypto.hmac.equal', () => [pick(['', 'a', 'b', 'é']), pick(['', 'a', 'b', 'é'])]],
  ['crypto.hmac.md5', () => [text(), text()]],
  ['crypto.hmac.sha1', () => [text(), text()]],
  ['crypto.hmac.sha256', () => [text(), text()]],
  ['crypto.hmac.sha512', () => [text(), text()]],
  ['crypto.md5', unary(text)],
  ['crypto.sha1', unary(text)],
  ['crypto.sha256', unary(text)],
  ['glob.quote_meta', unary(text)],
  ['graph.reachable_paths', () => [graph(), listOf(3, () => pick(['a', 'b', 'c']))]],
  ['hex.decode', unary(() => join(HEX_PIECES, 3))],
  ['hex.encode', unary(text)],
  ['indexof_n', () => [pick([text(), 'aaaa', 'a😀a😀']), pick([text(), 'aa', 'a', '😀'])]],
  [
    'json.marshal_with_options',
    () => [
      json(),
      pick<Json>([
        {},
        { pretty: true },
        { pretty: false, indent: ' ' },
        { indent: '--' },
        { prefix: '>' },
        { prefix: '>', indent: '' },
        { nope: 1 },
      ]),
    ],
  ],
  ['json.patch', () => [patchTarget(), listOf(3, operation)]],
  [
    'net.cidr_contains_matches',
    () => [
      pick<Json>([cidr(), listOf(3, cidr4), { k: cidr4() }, [[cidr4(), 1]]]),
      pick<Json>([cidr(), ipv4(), listOf(3, cidr4), { k: ipv4() }]),
    ],
  ],
  ['net.cidr_expand', unary(smallCidr)],
  ['net.cidr_is_valid', unary(cidr)],
  [
    'net.cidr_merge',
    unary(() =>
      listOf(5, () =>
        pick([
          cidr4(),
          `10.0.${below(8)}.0/${22 + below(4)}`,
          `10.0.${below(4)}.0/24`,
          `2001:db8:${below(4)}::/48`,
        ]),
      ),
    ),
  ],
  [
    'numbers.range_step',
    () => [
      pick([0, 1, -5, 10, 1.5, 1e3]),
      pick([0, 1, -5, 10, 1e3]),
      pick([1, 2, 3, 0, -1, 0.5, 100]),
    ],
  ],
  ['object.subset', () => [collection(), collection()]],
  ['regex.find_all_string_submatch_n', () => [pattern(), regexText(), pick([-1, 0, 1, 2, 1.5])]],
  ['regex.find_n', () => [pattern(), regexText(), pick([-1, 0, 1, 2, 1.5])]],
  ['regex.is_valid', () => [pick<Json>([pattern(), pattern(), pattern(), 1])]],
  ['regex.match', () => [pattern(), regexText()]],
  [
    'regex.replace',
    () => [
      regexText(),
      pattern(),
      join(['x', '$1', '${n}', '$n', '$$', '$', '${', '$0', '${1}y', '$10', '$1a', '${x'], 3),
    ],
  ],
  ['regex.split', () => [pattern(), regexText()]],
  [
    'regex.template_match',
    () => [
      join(['a', '.', '{a+}', '{[ab]}', '{', '}', '{{1}}', 'urn:'], 4),
      join(['a', 'b', '.', 'urn:', '1'], 4),
      pick(['{', '{', '{', '', '<']),
      pick(['}', '}', '}', 'é']),
    ],
  ],
  ['semver.compare', () => [version(), version()]],
  ['semver.is_valid', unary(version)],
  ['strings.any_prefix_match', () => [stringOrStrings(), stringOrStrings()]],
  ['strings.any_suffix_match', () => [stringOrStrings(), stringOrStrings()]],
  ['strings.count', () => [pick([text(), 'aaaa']), pick([text(), 'aa', ''])]],
  [
    'strings.split_n',
    () => [
      pick([text(), 'a,b,c']),
      pick(['', ',', 'a', text()]),
      pick([0, 1, 2, -1, -2, 100, 1.5]),
    ],
  ],
  [
    'time.add_date',
    () => [moment(), pick([0, 1, -1, 300]), pick([0, 1, -13, 25]), pick([0, 1, -40, 400])],
  ],
  ['time.clock', () => [moment()]],
  ['time.date', () => [moment()]],
  ['time.diff', () => [moment(), moment()]],
  ['time.format', () => [moment()]],
  ['time.parse_duration_ns', unary(duration)],
  ['time.parse_ns', parseable],
  ['time.parse_rfc3339_ns', unary(rfc3339)],
  ['time.weekday', () => [moment()]],
  ['units.parse', unary(amount)],
  ['units.parse_bytes', unary(amount)],
  ['urlquery.decode', unary(() => join([...PIECES, '%20', '%C3%A9', '%zz', '%'], 6))],
  ['urlquery.decode_object', unary(() => join([...PIECES, 'a=1', '&', '&a=2', '%3D', 'b'], 6))],
  ['urlquery.encode', unary(text)],
  [
    'urlquery.encode_object',
    unary(() =>
      Object.fromEntries(listOf(3, () => [text(), pick<Json>([text(), listOf(2, text), 1])])),
    ),
  ],
  ['uuid.parse', unary(uuid)],
  ['yaml.is_valid', unary(yamlText)],
  ['yaml.marshal', () => [json()]],
  ['yaml.unmarshal', unary(yamlText)],
])
