import type { UnknownNamespace } from '../../kubernetes/namespaces-among.ts'
import type { OptionSpec } from '../command.ts'

const UNKNOWN_NAMESPACE: readonly UnknownNamespace[] = ['error', 'skip', 'match']

export const NAMESPACE_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'namespaces',
    value: 'FILE',
    summary: 'Namespaces with their labels, beside those among the inputs',
  },
  {
    name: 'unknown-namespace',
    value: 'HOW',
    choices: UNKNOWN_NAMESPACE,
    default: 'error',
    summary:
      'when a selector needs the labels of a Namespace nobody gave: error, skip the binding, or match it',
  },
]
