// The Deployment that runs the image, wherever below manifests/ it lies.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadAll } from 'js-yaml'
import { ROOT } from '../support/portcullis.ts'

export interface DeploymentPod {
  readonly securityContext: {
    readonly runAsUser: number
    readonly runAsGroup: number
    readonly runAsNonRoot: boolean
  }
  readonly containers: readonly [
    {
      readonly command?: readonly string[]
      readonly args: readonly string[]
      readonly workingDir?: string
      readonly ports: readonly { readonly containerPort: number }[]
      readonly securityContext: Readonly<Record<string, unknown>>
    },
  ]
}

/** @throws Error unless there is one. */
export function findDeployment(): DeploymentPod {
  const folder = join(ROOT, 'manifests')
  const documents = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.yaml'))
    .flatMap((file) => loadAll(readFileSync(join(folder, file), 'utf8')))
  const [found, ...others] = documents.filter(isWorkload)
  if (found === undefined || others.length > 0) {
    throw new Error('not one Deployment with containers below manifests/')
  }
  return found.spec.template.spec
}

/** Patches of overlays have no whole pod. */
function isWorkload(
  document: unknown,
): document is { readonly spec: { readonly template: { readonly spec: DeploymentPod } } } {
  const { kind, spec } = (document ?? {}) as {
    readonly kind?: string
    readonly spec?: {
      readonly template?: {
        readonly spec?: { readonly containers?: readonly { readonly args?: unknown }[] }
      }
    }
  }
  return kind === 'Deployment' && spec?.template?.spec?.containers?.[0]?.args !== undefined
}
