// Image references, good ones and every trick known to have fooled a policy like ours.
import type { Random } from '../random.ts'
import { LONG_REGISTRY } from '../settings.ts'
import type { Tree } from '../tree.ts'
import { insertOddCharacter, junk, words } from './junk.ts'

const GOOD =
  words(`registry.example.com/core/app registry.example.com/core/app registry.example.com/core/team/app
  registry.example.com/core registry.example.com/core/a.b_c/d--e registry.example.com/core/x__y REGISTRY.example.com/core/app
  registry.example.com:5000/app nginx docker.io/busybox localhost/team/x [fd00::1]:5000/x/y registry.k8s.io/pause
  registry.example.com/mesh/proxy`)

const HOSTS: readonly string[] = [
  '',
  '',
  'registry.example.com',
  'registry.example.com',
  ...words(`REGISTRY.example.com Registry.Example.Com registry.example.com:5000 registry.example.com:5001 registry.example.com:
    registry.example.com:x registry.example.com.evil.io registry.example.com@evil.io registry.example.com. .registry.example.com
    xregistry.example.com registry.example.comx registry-example.com registry..example.com com -registry.example.com
    registry.example.com- registry.example.com:5000:5000 registry_x.example.com user:pw@registry.example.com
    http://registry.example.com evil.io/registry.example.com team TEAM docker.io index.docker.io INDEX.docker.io DOCKER.IO
    registry-1.docker.io localhost LOCALHOST localhost:5000 localhost. [fd00::1]:5000 [FD00::1]:5000 [fd00::1] [::g] []
    [fd00::1%eth0]:5000 127.0.0.1 127.0.0.1:05000 r\u0435gistry.example.com registry\u3002example\u3002com
    registry.example.com\u200b reg\u0131stry.example.com localho\u017ft \u212a8s.io registry.exam\u0300ple.com
    xn--registry.example.com registry.example.com%00 registry.example.com\\ registry.example.com# registry.example.com?
    registry.k8s.io \u0130ndex.docker.io`),
  ' registry.example.com',
  'registry.example.com\u00a0',
]

const PATHS: readonly string[] = [
  ...words(`core/app core core/team/app core-evil/app coreapp core/ /core/app core//app core/../x core/./app Core/app core/App
    app library/app library library-x/nginx nginx team/app team x x/y core.app core__app core___app core--app/x core- _core
    core._app core/-x cor\u0435/app core/app\u200b core%2fapp core\\app mesh/x pause`),
  '',
  'core/app ',
  'core\n/app',
  'core/app\n',
  'a'.repeat(255),
  'a'.repeat(256),
  `core/${'a/'.repeat(125)}a`,
  `core/${'b'.repeat(247)}`,
  `library/${'c'.repeat(248)}`,
]

const TAGS: readonly string[] = [
  ...words(
    ':1.0 :latest : :1.0:2 :_x :-x :.x :x- :tag/evil :\u00fcnl :1@ :5000/core :registry.example.com/core @',
  ),
  '',
  ': 1',
  ':1\n',
  `:${'t'.repeat(128)}`,
  `:${'t'.repeat(129)}`,
]

const ODD_ENDS = words('@ @sha256: @evil @SHA256: @: @sha256')

const ODD: readonly string[] = [
  ...words(`/ : @ registry.example.com registry.example.com:5000 registry.example.com/ core core/app registry.example.com/core
    registry.example.com/core:1 //registry.example.com/core/app docker.io/library/ docker.io//nginx docker.io index.docker.io`),
  '',
  ' ',
  'f'.repeat(64),
  'a'.repeat(63),
  `${'a'.repeat(64)}:1`,
  `docker.io/${'e'.repeat(64)}`,
  `registry.example.com/core/${'x'.repeat(990)}`,
  `registry.example.com/core/app:1@sha256:${'0'.repeat(64)}`,
  // 1,024 and 1,025 characters.
  `${LONG_REGISTRY}/a:${'t'.repeat(41)}@sha256:${'0'.repeat(64)}`,
  `${LONG_REGISTRY}/a:${'t'.repeat(42)}@sha256:${'0'.repeat(64)}`,
]

export function goodImage(random: Random): string {
  const end = random.chance(50) ? digest(random) : ''
  return random.pick(GOOD) + random.pick(['', ':1.0', ':latest']) + end
}

export function image(random: Random): Tree {
  switch (random.below(10)) {
    case 0:
      return junk(random)
    case 1:
    case 2:
      return random.pick(ODD)
    case 3:
      return insertOddCharacter(random, goodImage(random))
    case 4:
      return goodImage(random).toUpperCase()
    default:
      return anyImage(random)
  }
}

function anyImage(random: Random): string {
  const host = random.pick(HOSTS)
  const path = random.chance(50) ? random.pick(['core/app', 'core', 'app']) : random.pick(PATHS)
  const tag = random.chance(60) ? random.pick(['', ':1.0']) : random.pick(TAGS)
  return (host === '' ? path : `${host}/${path}`) + tag + anyEnd(random)
}

function anyEnd(random: Random): string {
  switch (random.below(16)) {
    case 0:
      return `@sha384:${hex(random, 96)}`
    case 1:
      return `@sha512:${hex(random, 128)}`
    case 2:
      return `@sha256:${hex(random, 63)}`
    case 3:
      return digest(random).replace(/[a-f]/, (digit) => digit.toUpperCase())
    case 4:
      return `@sha512:${hex(random, 64)}`
    case 5:
      return `@md5:${hex(random, 32)}`
    case 6:
      return `@sha256+b64:${hex(random, 64)}`
    case 7:
      return digest(random) + digest(random)
    case 8:
      return random.pick(ODD_ENDS)
    default:
      return random.chance(50) ? digest(random) : ''
  }
}

function digest(random: Random): string {
  return `@sha256:${hex(random, 64)}`
}

function hex(random: Random, length: number): string {
  let text = ''
  while (text.length < length) text += random.next().toString(16).padStart(8, '0')
  return text.slice(0, length)
}
