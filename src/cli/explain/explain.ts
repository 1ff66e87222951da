import type { Command } from '../command.ts'
import { EXIT } from '../exit-code.ts'
import { NAMESPACE_OPTIONS } from '../inputs/namespace-options.ts'
import { BUNDLE_FOLDER } from '../build/open-bundle.ts'
import { CONTEXT_OPTIONS } from '../inputs/request-context.ts'
import { TEXT_OR_JSON } from '../text-or-json.ts'

export const explain: Command = {
  name: 'explain',
  summary:
    'Tell which line of Rego found a fault in an object, or which expression kept it from being one.',
  operands: 'FILE|-',
  maxOperands: 1,
  options: [
    { name: 'binding', value: 'NAME', summary: 'the binding of bundle.yaml to explain' },
    {
      name: 'bundle',
      value: 'DIR',
      default: BUNDLE_FOLDER,
      summary: 'the folder of policies; an archive has no Rego',
    },
    {
      name: 'object',
      value: 'KIND/NAME',
      summary: 'which object of the file, where it holds several',
    },
    TEXT_OR_JSON,
    ...CONTEXT_OPTIONS,
    ...NAMESPACE_OPTIONS,
  ],
  examples: [
    [
      'portcullis explain deploy/web.yaml --binding container-limits',
      'why it is denied, or is not',
    ],
    [
      'helm template shop | portcullis explain - --binding core-registries --object Deployment/web',
      'one object of a chart',
    ],
  ],
  exitCodes: [
    [EXIT.clean, 'it is explained, whatever the verdict'],
    [EXIT.failed, 'it is not: an input, the folder or the evaluation has a fault'],
    [EXIT.internal, 'a bug of ours'],
  ],
  run: async (args, host) => {
    // Not at the top: other commands start faster without.
    const { runExplain } = await import('./explain-run.ts')
    return runExplain(args, host)
  },
}
