// The two forms of the manifests: a kustomize tree, and one stream for `kubectl apply -f -`. Both say the same.
import { comment, writeYaml, type YamlMap } from '../../yaml/write-yaml.ts'
import { baseManifests } from './base.ts'
import { certificatesOverlay } from './certificates.ts'
import { highAvailability } from './high-availability.ts'
import {
  type Certificates,
  CERTIFICATES,
  type Manifest,
  type ManifestOptions,
  NAME,
} from './manifest.ts'
import { applyOverlay, type Overlay } from './overlay.ts'

export interface Installation extends ManifestOptions {
  readonly certificates: Certificates
  readonly highAvailability: boolean
}

export interface TreeFile {
  /** Below the tree's folder, `base/deployment.yaml`. */
  readonly path: string
  readonly text: string
}

const MARK = '# Written by `portcullis manifests`:'
const HEADER = `${MARK} what you change is lost when it is written again, so patch it from outside.\n`

const OVERLAYS: Readonly<Record<Certificates, string>> = {
  managed: 'overlays/managed-certificates',
  'cert-manager': 'overlays/cert-manager',
  development: 'overlays/development-certificates',
}
const HIGH_AVAILABILITY = 'components/high-availability'

/** Says whether a file is one that `renderTree` made. */
export function isWrittenByUs(text: string): boolean {
  return text.startsWith(MARK)
}

/** Every overlay; the kustomization at its root is the installation. */
export function renderTree(installation: Installation): readonly TreeFile[] {
  const { certificates, highAvailability: isWide, namespace } = installation
  const files = [
    file('kustomization.yaml', {
      ...kustomization('The installation that was asked for.'),
      resources: [OVERLAYS[certificates]],
      ...(isWide && { components: [HIGH_AVAILABILITY] }),
    }),
    ...folder('base', baseManifests(installation), {
      ...kustomization('Everything but certificates: an overlay has those.'),
    }),
    ...CERTIFICATES.flatMap((each) => {
      const overlay = certificatesOverlay(each, namespace)
      const kind = { ...kustomization(overlay.about), resources: ['../../base'] }
      return folder(OVERLAYS[each], overlay.manifests, kind, overlay)
    }),
    ...folder(HIGH_AVAILABILITY, [], component(highAvailability().about), highAvailability()),
    file('overlays/high-availability/kustomization.yaml', {
      ...kustomization('With certificates that the replicas keep.'),
      resources: ['../managed-certificates'],
      components: [`../../${HIGH_AVAILABILITY}`],
    }),
  ]
  return files
}

/** One document an object, in the order in which they are to be applied. */
export function renderStream(installation: Installation): string {
  const overlay = certificatesOverlay(installation.certificates, installation.namespace)
  const plain = applyOverlay(baseManifests(installation), overlay)
  const manifests = installation.highAvailability ? applyOverlay(plain, highAvailability()) : plain
  return `${HEADER}${manifests.map(({ object }) => writeYaml(object)).join('---\n')}`
}

function file(path: string, content: YamlMap): TreeFile {
  return { path, text: HEADER + writeYaml(content) }
}

function folder(
  path: string,
  manifests: readonly Manifest[],
  head: YamlMap,
  overlay?: Overlay,
): readonly TreeFile[] {
  const { resources = [], ...rest } = head
  const all = [...(resources as readonly string[]), ...manifests.map((each) => each.file)]
  return [
    ...manifests.map((each) => file(`${path}/${each.file}`, each.object)),
    file(`${path}/kustomization.yaml`, {
      ...rest,
      ...(all.length > 0 && { resources: all }),
      ...overlay?.generators,
      ...((overlay?.patches.length ?? 0) > 0 && {
        patches: overlay?.patches.map(patchEntry) ?? [],
      }),
    }),
  ]
}

function patchEntry({ kind, operations }: Overlay['patches'][number]): YamlMap {
  const patch = writeYaml(operations.map(({ op, path, value }) => ({ op, path, value })))
  return { target: { kind, name: NAME }, patch: patch.trimEnd() }
}

function kustomization(about: string): YamlMap {
  return { ...comment(about), apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization' }
}

function component(about: string): YamlMap {
  return { ...comment(about), apiVersion: 'kustomize.config.k8s.io/v1alpha1', kind: 'Component' }
}
