// Source: docs/policies/host-network.md.
import { at, isList, isMap, isNumber, type Tree } from '../tree.ts'
import { sameNumber } from './decimal.ts'
import { sameTree } from './same-tree.ts'
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

export interface HostNetworkParameters {
  readonly hostPID: boolean
  readonly hostIPC: boolean
  readonly hostPorts: boolean
}

const LISTS = ['containers', 'initContainers'] as const

export function findHostNetwork(subject: Subject, parameters: HostNetworkParameters): Path[] {
  if (isUpkeep(subject)) return []
  const spec = podSpecOf(subject)
  if (spec === undefined) return mayLackSpec(subject) ? [] : [subject.specPath]
  const { specPath, before } = subject
  const specBefore = at(before, ...specPath)
  const flags = [
    'hostNetwork',
    ...(parameters.hostPID ? ['hostPID'] : []),
    ...(parameters.hostIPC ? ['hostIPC'] : []),
  ]
  const faults = flags
    .filter((flag) => isOn(at(spec, flag)) && !sameTree(at(spec, flag), at(specBefore, flag)))
    .map((flag): Path => [...specPath, flag])
  if (!parameters.hostPorts) return faults
  const containers = containersOf(spec, specPath, LISTS)
  const unseen = [
    ...unseenContainers(spec, specPath),
    ...containers.filter(hasUnseenPorts).map(({ path }): Path => [...path, 'ports']),
  ]
  const ports = containers.flatMap((each) => findPorts(each, at(specBefore, each.list)))
  return [...faults, ...unseen, ...ports]
}

function isOn(value: Tree | undefined): boolean {
  return value !== undefined && value !== null && value !== false
}

function hasUnseenPorts({ tree }: Container): boolean {
  const ports = at(tree, 'ports') ?? null
  return ports !== null && !(isList(ports) && ports.every(isMap))
}

function findPorts({ tree, path }: Container, listBefore: Tree | undefined): Path[] {
  const ports = at(tree, 'ports')
  if (!isList(ports)) return []
  const name = at(tree, 'name')
  const entriesBefore = (isList(listBefore) ? listBefore : [])
    .filter((container) => name !== undefined && sameTree(at(container, 'name'), name))
    .flatMap((container) => {
      const before = at(container, 'ports')
      return isList(before) ? before : []
    })
  return ports.flatMap((entry, i): Path[] => {
    const isOpen =
      isPort(at(entry, 'hostPort')) && !entriesBefore.some((each) => sameTree(each, entry))
    return isOpen ? [[...path, 'ports', i, 'hostPort']] : []
  })
}

function isPort(value: Tree | undefined): boolean {
  if (value === undefined || value === null) return false
  return !(isNumber(value) && sameNumber(value.text, '0'))
}
