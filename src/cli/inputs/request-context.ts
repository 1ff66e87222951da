// What `check` takes a request to be besides its object: who asks for what. It is plain data, so that it can be handed on.
import type { Bundle } from '../../bundle/bundle.ts'
import type { Operation } from '../../bundle/match.ts'
import { parseResourceName } from '../../bundle/resource-name.ts'
import { DEFAULT_USER } from '../../kubernetes/to-review.ts'
import type { UserInfo } from '../../policy/review.ts'
import type { Arguments, OptionSpec } from '../command.ts'
import { didYouMean } from '../parse-arguments.ts'
import { UsageError } from '../usage-error.ts'

const OPERATIONS = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'] as const satisfies readonly Operation[]

export const CONTEXT_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'operation',
    value: 'OPERATION',
    choices: OPERATIONS,
    summary:
      'what is done with the objects: CREATE, UPDATE, DELETE or CONNECT (default: CREATE; with --old as that says)',
  },
  {
    name: 'old',
    value: 'FILE|DIR|GLOB',
    repeatable: true,
    summary: 'the objects as they are now: what is among them is an UPDATE, what is not a CREATE',
  },
  {
    name: 'subresource',
    value: 'NAME',
    summary: 'the subresource that the requests are for, `status` or `ephemeralcontainers`',
  },
  {
    name: 'user',
    value: 'NAME',
    summary: `who asks (default: ${DEFAULT_USER.username})`,
  },
  {
    name: 'group',
    value: 'NAME',
    repeatable: true,
    summary: 'a group of the user, beside those that the API server puts everybody into',
  },
  {
    name: 'namespace',
    short: 'n',
    value: 'NAME',
    summary: "the objects' namespace (default: their own, else `default`)",
  },
]

export interface RequestContext {
  /** Absent where the old objects decide. */
  readonly operation?: Operation
  readonly namespace?: string
  readonly subResource?: string
  readonly userInfo: UserInfo
}

/** @throws {UsageError} for options that contradict each other, and for a subresource that no policy understands. */
export function readContext(args: Arguments, bundle: Bundle): RequestContext {
  const operation = args.value('operation') as Operation | undefined
  const hasOld = args.values('old').length > 0
  if (hasOld && operation !== undefined && operation !== 'UPDATE') {
    throw new UsageError(`\`--old\` is about updates, and \`--operation\` says ${operation}`)
  }
  const namespace = args.value('namespace')
  const subResource = args.value('subresource')
  if (subResource !== undefined) assertSubresource(subResource, bundle)
  return {
    ...(hasOld ? {} : { operation: operation ?? 'CREATE' }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(subResource === undefined ? {} : { subResource }),
    userInfo: readUser(args.value('user'), args.values('group')),
  }
}

/** As the API server, which adds the groups that follow from the name. */
export function readUser(username = DEFAULT_USER.username, groups: readonly string[]): UserInfo {
  const [system, kind, namespace] = username.split(':')
  const implied =
    system === 'system' && kind === 'serviceaccount'
      ? ['system:serviceaccounts', `system:serviceaccounts:${namespace ?? ''}`]
      : []
  const everybody =
    username === 'system:anonymous' ? 'system:unauthenticated' : 'system:authenticated'
  return { username, groups: [...new Set([...groups, ...implied, everybody])] }
}

/** A slip here would have every binding look away. */
function assertSubresource(name: string, { bindings }: Bundle): void {
  const known = bindings.flatMap(({ policy }) =>
    policy.resources.map((each) => parseResourceName(each).subresource),
  )
  if (known.includes(name) || known.includes('*')) return
  throw new UsageError(
    `no policy of the bundle understands the subresource \`${name}\`${didYouMean(name, known)}`,
  )
}
