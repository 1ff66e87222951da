import type { Command } from '../command.ts'
import { EXIT } from '../exit-code.ts'
import { DEFAULT_BUNDLE } from '../build/open-bundle.ts'

export const bench: Command = {
  name: 'bench',
  summary: 'Measure what each binding costs on objects, and tell where it came to cost more.',
  operands: 'FILE|DIR|GLOB|- ...',
  maxOperands: Number.POSITIVE_INFINITY,
  options: [
    {
      name: 'bundle',
      value: 'FILE|DIR',
      summary: `the bundle to measure; a folder is compiled in memory (default: the package's own, ${DEFAULT_BUNDLE})`,
    },
    { name: 'save', value: 'FILE', summary: 'write what was measured, as JSON' },
    {
      name: 'compare',
      value: 'FILE',
      summary:
        'what `--save` wrote of the same objects; by fuel, which is the same on every machine',
    },
    {
      name: 'threshold',
      value: 'PERCENT',
      default: '10',
      summary: 'how much more fuel than in `--compare` a binding may take',
    },
  ],
  examples: [
    ['portcullis bench --bundle policies deploy/', 'while writing a policy'],
    ['portcullis bench --bundle policies --save bench.json deploy/', 'keep it, in the repository'],
    [
      'portcullis bench --bundle policies --compare bench.json --threshold 5 deploy/',
      'in CI: fail where a binding takes 5 % more fuel',
    ],
  ],
  exitCodes: [
    [EXIT.clean, 'measured; no binding is past the threshold'],
    [EXIT.violations, 'a binding takes more fuel than `--threshold` allows'],
    [
      EXIT.failed,
      'not everything could be measured, no binding judges any of the objects, or `--compare` is about other objects',
    ],
    [EXIT.internal, 'a bug of ours'],
  ],
  run: async (args, host) => {
    // Not at the top: other commands start faster without.
    const { runBench } = await import('./bench-run.ts')
    return runBench(args, host)
  },
}
