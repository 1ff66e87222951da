// Source: docs/policies/container-limits.md.
import { at, isNumber, type Tree } from '../tree.ts'
import { compareDecimals, type Decimal, signOf } from './decimal.ts'
import { isBelow, parseImage } from './image.ts'
import { parseQuantity } from './quantity.ts'
import {
  type Container,
  containersOf,
  isUpkeep,
  mayLackSpec,
  type Path,
  podSpecOf,
  type Subject,
  unseenContainers,
} from './workload.ts'

export interface ContainerLimitsParameters {
  readonly resources: readonly string[]
  readonly maximum: Readonly<Record<string, string | number>>
  readonly requireRequests: boolean
  readonly exemptImages: readonly string[]
}

export function findMissingLimits(subject: Subject, parameters: ContainerLimitsParameters): Path[] {
  if (isUpkeep(subject)) return []
  const spec = podSpecOf(subject)
  if (spec === undefined) return mayLackSpec(subject) ? [] : [subject.specPath]
  return [
    ...unseenContainers(spec, subject.specPath),
    ...containersOf(spec, subject.specPath, ['containers', 'initContainers'])
      .filter((container) => !isExempt(container, parameters))
      .flatMap((container) => findIn(container, parameters)),
  ]
}

function isExempt({ tree }: Container, { exemptImages }: ContainerLimitsParameters): boolean {
  const image = at(tree, 'image')
  const parsed = typeof image === 'string' ? parseImage(image) : undefined
  return parsed !== undefined && isBelow(parsed, exemptImages)
}

function findIn({ tree, path }: Container, parameters: ContainerLimitsParameters): Path[] {
  const { resources, maximum, requireRequests } = parameters
  const kinds = requireRequests ? ['limits', 'requests'] : ['limits']
  const missing = kinds.flatMap((kind) =>
    resources
      .filter((resource) => !isAboveZero(at(tree, 'resources', kind, resource)))
      .map((resource): Path => [...path, 'resources', kind, resource]),
  )
  const tooHigh = Object.entries(maximum)
    .filter(([resource, bound]) => exceeds(at(tree, 'resources', 'limits', resource), bound))
    .map(([resource]): Path => [...path, 'resources', 'limits', resource])
  return [...missing, ...tooHigh]
}

function isAboveZero(value: Tree | undefined): boolean {
  const quantity = read(value)
  return quantity !== undefined && signOf(quantity) > 0
}

/** A resource that needs no limit may have none; where it has one, that must be a quantity, and within the bound. */
function exceeds(value: Tree | undefined, bound: string | number): boolean {
  if (value === undefined) return false
  const limit = read(value)
  const highest = parseQuantity(String(bound))
  return limit === undefined || highest === undefined || compareDecimals(limit, highest) > 0
}

function read(value: Tree | undefined): Decimal | undefined {
  if (isNumber(value)) return parseQuantity(value.text)
  return typeof value === 'string' ? parseQuantity(value) : undefined
}
