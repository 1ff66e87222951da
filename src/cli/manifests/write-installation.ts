import { join } from 'node:path'
import type { Bundle } from '../../bundle/bundle.ts'
import type { Host } from '../../host/host.ts'
import { findBlindSpots } from '../../kubernetes/manifests/blind-spots.ts'
import { CERTIFICATES } from '../../kubernetes/manifests/manifest.ts'
import { deriveMatchConditions } from '../../kubernetes/manifests/derive-match-conditions.ts'
import { deriveRules } from '../../kubernetes/manifests/derive-rules.ts'
import {
  type Installation,
  isWrittenByUs,
  renderStream,
  renderTree,
} from '../../kubernetes/manifests/render.ts'
import type { Arguments } from '../command.ts'
import { kindOf, orInputError } from '../list-files.ts'
import { packageVersion } from '../package-file.ts'
import { expectChoice } from '../parse-arguments.ts'
import { InputError, UsageError } from '../usage-error.ts'
import { writeOutput } from '../write-output.ts'

type Asked = Omit<Installation, 'rules' | 'matchConditions'>

const NAMESPACE = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/
// As distribution/reference has it, roughly: what it lets pass beside that, a node says.
const IMAGE = /^[A-Za-z0-9][\w.:/@-]{0,511}$/
const MAX_NAMES = 5

/** @throws {UsageError} */
export async function readInstallation(args: Arguments, host: Host): Promise<Asked> {
  const certificates = expectChoice(
    '--certificates',
    args.value('certificates') ?? '',
    CERTIFICATES,
  )
  const namespace = args.value('namespace') ?? ''
  if (!NAMESPACE.test(namespace)) {
    throw new UsageError(`\`--namespace\` takes the name of a Namespace, got \`${namespace}\``)
  }
  if (namespace === 'default' || namespace.startsWith('kube-')) {
    throw new UsageError(
      `\`--namespace\` takes one of its own, got \`${namespace}\`: nothing in it is judged, and its pods are held to the pod security that ours keep`,
    )
  }
  const image =
    args.value('image') ?? `registry.example.com/portcullis:${await packageVersion(host.files)}`
  if (!IMAGE.test(image)) {
    throw new UsageError(`\`--image\` takes the name of an image, got \`${image}\``)
  }
  const isTree = args.value('output') !== undefined
  if (certificates === 'development' && !isTree) {
    throw new UsageError(
      '`--certificates development` needs `--output`: kustomize makes the Secret from files there',
    )
  }
  if (args.flag('force') && !isTree) throw new UsageError('`--force` goes with `--output`')
  return { namespace, image, certificates, highAvailability: args.flag('high-availability') }
}

/** Notes go to stderr. @throws {InputError} */
export async function writeInstallation(
  asked: Asked,
  { bindings }: Bundle,
  args: Arguments,
  host: Host,
): Promise<void> {
  const rules = deriveRules(bindings)
  if (rules.length === 0) {
    throw new InputError(
      'no binding of the bundle judges anything, so there is nothing to ask about',
    )
  }
  const installation = { ...asked, rules, matchConditions: deriveMatchConditions(bindings) }
  const folder = args.value('output')
  if (folder === undefined) await host.stdout.write(renderStream(installation))
  else await writeTree(folder, installation, args.flag('force'), host)
  for (const { what, bindings: names } of findBlindSpots(bindings, asked.namespace)) {
    const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : ''
    const list = `${names.slice(0, MAX_NAMES).join(', ')}${more}`
    await host.stderr.write(`note: the webhook leaves out ${what}: no judging there by ${list}\n`)
  }
  if (args.value('bundle') !== undefined) {
    await host.stderr.write(
      `note: replicas judge by the bundle in their image: ${asked.image} has to carry this one\n`,
    )
  }
}

async function writeTree(
  folder: string,
  installation: Installation,
  isForced: boolean,
  host: Host,
): Promise<void> {
  const files = renderTree(installation).map(({ path, text }) => ({
    path: join(folder, path),
    text,
  }))
  for (const { path } of isForced ? [] : files) {
    const kind = await kindOf(path, host)
    if (kind === undefined) continue
    const bytes = await orInputError(path, () => host.files.read(path))
    if (isWrittenByUs(new TextDecoder().decode(bytes))) continue
    throw new InputError(
      `\`${path}\` is there already, and not from \`portcullis manifests\`: \`--force\` overwrites it`,
    )
  }
  for (const { path, text } of files) {
    await writeOutput(path, new TextEncoder().encode(text), host)
  }
  await host.stdout.write(files.map(({ path }) => `${path}\n`).join(''))
}
