// Image references as container runtimes read them. Source: github.com/distribution/reference, ParseNormalizedNamed, with
// opencontainers/go-digest; hosts in lower case, and no reference of more than 1,024 characters
// (docs/policies/trusted-registries.md).

export interface Image {
  /** In lower case, with its port: `registry.example.com:5000`. */
  readonly host: string
  readonly path: string
  readonly hasDigest: boolean
}

const HOST_PART = '(?:[A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9])'
const HOST = new RegExp(`^(?:${HOST_PART}(?:\\.${HOST_PART})*|\\[[A-Fa-f0-9:]+\\])(?::[0-9]+)?$`)
const PATH_PART = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*'
const REMAINDER = new RegExp(
  `^(${PATH_PART}(?:/${PATH_PART})*)(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@([^@]*))?$`,
)
const DIGESTS = [/^sha256:[a-f0-9]{64}$/, /^sha384:[a-f0-9]{96}$/, /^sha512:[a-f0-9]{128}$/]
const MAX_LENGTH = 1_024
const MAX_PATH_LENGTH = 255
const HUB = 'docker.io'

export function parseImage(text: string): Image | undefined {
  if (text.length > MAX_LENGTH || /^[a-f0-9]{64}$/.test(text)) return undefined
  const slash = text.indexOf('/')
  const first = text.slice(0, Math.max(slash, 0))
  // Without a slash there is no host, whatever the name looks like.
  const isHost = slash !== -1 && (first === 'localhost' || /[.:A-Z]/.test(first))
  // Before it is in lower case: that makes an ASCII `k` of the Kelvin sign.
  if (isHost && !HOST.test(first)) return undefined
  const domain = isHost && first !== 'index.docker.io' ? first : HUB
  const rest = isHost ? text.slice(slash + 1) : text
  const remainder = domain === HUB && !rest.includes('/') ? `library/${rest}` : rest
  const [, path, digest] = REMAINDER.exec(remainder) ?? []
  if (path === undefined || path.length > MAX_PATH_LENGTH) return undefined
  if (digest !== undefined && !DIGESTS.some((form) => form.test(digest))) return undefined
  return { host: domain.toLowerCase(), path, hasDigest: digest !== undefined }
}

/** Whether the image is what one of the entries names, or below it. An entry is a host, or a path at a host. */
export function isBelow({ host, path }: Image, entries: readonly string[]): boolean {
  return entries.some((entry) => {
    const [entryHost = '', ...parts] = entry.replace(/\/$/, '').split('/')
    const below = parts.join('/')
    const isAtHost = host === entryHost.toLowerCase()
    return isAtHost && (below === '' || path === below || path.startsWith(`${below}/`))
  })
}
