// Source: docs/policies/trusted-registries.md.
import { at, isList, isMap, type MapTree, type Tree } from '../tree.ts'
import { isBelow, parseImage } from './image.ts'
import {
  CONTAINER_LISTS,
  containersOf,
  isUpkeep,
  mayLackSpec,
  type Path,
  podSpecOf,
  type Subject,
  unseenContainers,
} from './workload.ts'

export interface TrustedRegistriesParameters {
  readonly registries: readonly string[]
  readonly requireDigest: boolean
}

export function findUntrusted(subject: Subject, parameters: TrustedRegistriesParameters): Path[] {
  if (isUpkeep(subject)) return []
  const spec = podSpecOf(subject)
  if (spec === undefined) return mayLackSpec(subject) ? [] : [subject.specPath]
  const images = containersOf(spec, subject.specPath, CONTAINER_LISTS)
    .filter(({ tree }) => !isTrusted(at(tree, 'image'), parameters))
    .map(({ path }): Path => [...path, 'image'])
  return [
    ...unseenContainers(spec, subject.specPath),
    ...images,
    ...findInVolumes(spec, subject.specPath, parameters),
  ]
}

function findInVolumes(
  spec: MapTree,
  specPath: Path,
  parameters: TrustedRegistriesParameters,
): Path[] {
  const volumes = at(spec, 'volumes') ?? null
  if (volumes === null) return []
  if (!isList(volumes)) return [[...specPath, 'volumes']]
  return volumes.flatMap((volume, i): Path[] => {
    const path = [...specPath, 'volumes', i]
    if (!isMap(volume)) return [path]
    const image = at(volume, 'image') ?? null
    const isGood = image === null || isTrusted(at(image, 'reference'), parameters)
    return isGood ? [] : [[...path, 'image', 'reference']]
  })
}

function isTrusted(value: Tree | undefined, parameters: TrustedRegistriesParameters): boolean {
  const image = typeof value === 'string' ? parseImage(value) : undefined
  if (image === undefined) return false
  return isBelow(image, parameters.registries) && (image.hasDigest || !parameters.requireDigest)
}
