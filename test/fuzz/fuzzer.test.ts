// That the fuzzer can fail: it finds faults that are planted, and tells them so that they can be had again.
import { createHash } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Binding } from '../../src/bundle/bundle.ts'
import type { Outcome } from '../../src/policy/outcome.ts'
import { defaultEngine } from '../support/webhook.ts'
import { makeCase } from './generate/case.ts'
import { createJudge, type Judged, type JudgeBytes } from './judge-bytes.ts'
import { Random } from './random.ts'
import { type Failure, type Judges, runCases } from './run-cases.ts'
import { applySetting } from './settings.ts'
import { Tally } from './tally.ts'

const SEED = 20_261_121
const RUNS = { seed: SEED, first: 0, count: 3_000 }

let judges: Judges

async function judgeAs(change: (binding: Binding) => Binding): Promise<JudgeBytes> {
  return createJudge(await defaultEngine(change))
}

beforeAll(async () => {
  judges = {
    default: await judgeAs(applySetting('default')),
    parameters: await judgeAs(applySetting('parameters')),
  }
})

test('a seed gives the same cases on every machine', () => {
  const random = new Random(1, 2)
  expect(Array.from({ length: 4 }, () => random.next())).toEqual([
    291270524, 3895822562, 3217130052, 1452878975,
  ])
  const hash = createHash('sha256')
  for (let run = 0; run < 2_000; run++) hash.update(makeCase(SEED, run).bytes)
  expect(hash.digest('hex')).toBe(
    '74a66144d149a0cba616eb0fe0f49835df46dc72772a883824a677a20c05b09e',
  )
  expect(makeCase(SEED, 7)).toEqual(makeCase(SEED, 7))
  expect(makeCase(SEED, 7).bytes).not.toEqual(makeCase(SEED + 1, 7).bytes)
})

test('nothing is wrong with the webhook as it is', async () => {
  const tally = new Tally()
  expect(await runCases(RUNS, judges, (...each) => tally.add(...each))).toBeUndefined()
  expect(tally.findGaps()).toEqual([])
})

describe('a planted fault is found:', () => {
  type Plant = (judged: Judged, bytes: Uint8Array) => Judged

  async function findPlanted(plant: Plant): Promise<Failure> {
    const judge: JudgeBytes = (bytes) => plant(judges.default(bytes), bytes)
    const failure = await runCases(RUNS, { ...judges, default: judge })
    if (failure === undefined) throw new Error('the fault was not found')
    return failure
  }

  const withResponse = ({ handled, ...judged }: Judged, change: object): Judged =>
    handled.kind === 'malformed'
      ? { ...judged, handled }
      : {
          ...judged,
          handled: {
            ...handled,
            answer: { ...handled.answer, response: { ...handled.answer.response, ...change } },
          },
        }
  const withoutFaults = (judged: Judged, isHidden: (path: string) => boolean): Judged => ({
    ...judged,
    outcomes: judged.outcomes.map((outcome): Outcome =>
      outcome.kind === 'evaluated'
        ? {
            ...outcome,
            violations: outcome.violations.filter(({ path = [] }) => !isHidden(path.join('.'))),
          }
        : outcome,
    ),
  })

  test('a registry that is trusted more widely', async () => {
    const wide = await judgeAs((binding) =>
      binding.name === 'core-registries'
        ? { ...binding, parameters: { registries: ['registry.example.com'], requireDigest: false } }
        : binding,
    )
    const failure = await runCases(RUNS, { ...judges, default: wide })
    expect(failure?.breaches[0]).toMatch(/^core-registries: expected \[.*image/)
  })

  test('a bundle that leaves Jobs out', async () => {
    const narrow = await judgeAs((binding) => ({
      ...binding,
      match: { ...binding.match, excludeResourceRules: [{ resources: ['batch/jobs'] }] },
    }))
    const failure = await runCases(RUNS, { ...judges, default: narrow })
    expect(failure?.breaches[0]).toMatch(/\n {2}got skipped/)
  })

  test('init containers that nobody looks at', async () => {
    const failure = await findPlanted((judged) =>
      withoutFaults(judged, (path) => path.includes('.initContainers.')),
    )
    expect(failure.breaches[0]).toContain('initContainers')
  })

  test('a fault at the wrong place', async () => {
    const { breaches } = await findPlanted((judged) => ({
      ...judged,
      outcomes: judged.outcomes.map((outcome): Outcome =>
        outcome.kind === 'evaluated'
          ? {
              ...outcome,
              violations: outcome.violations.map((each) => ({
                ...each,
                path: [...(each.path ?? []).slice(0, -1), 'x'],
              })),
            }
          : outcome,
      ),
    }))
    expect(breaches[0]).toMatch(/\.x\b|\[x\]/)
  })

  test('an exception', async () => {
    const { breaches } = await findPlanted((judged, bytes) => {
      if (Buffer.from(bytes).includes('"dryRun":true')) throw new RangeError('planted')
      return judged
    })
    expect(breaches[0]).toContain('threw: RangeError: planted')
  })

  test('a refusal that allows', async () => {
    const { breaches } = await findPlanted((judged) => {
      const isRefusal =
        judged.handled.kind === 'answered' &&
        judged.outcomes.length === 0 &&
        !judged.handled.answer.response.allowed
      return isRefusal ? withResponse(judged, { allowed: true, status: undefined }) : judged
    })
    expect(breaches).toContain('allowed: what cannot be read')
  })

  test('malformed bytes that are answered', async () => {
    const review = judges.default(makeCase(SEED, 0).bytes)
    const { breaches } = await findPlanted((judged) =>
      judged.handled.kind === 'malformed' ? review : judged,
    )
    expect(breaches).toEqual(['answered: what is malformed'])
  })

  test('another review’s uid', async () => {
    const { breaches } = await findPlanted((judged) => withResponse(judged, { uid: 'u' }))
    expect(breaches).toEqual(['answer: the uid is not the request’s'])
  })

  test('a denial that is sent as an allowance', async () => {
    const { breaches } = await findPlanted((judged) =>
      judged.outcomes.length === 0
        ? judged
        : withResponse(judged, { allowed: true, status: undefined }),
    )
    expect(breaches[0]).toBe('allowed: true')
  })

  test('and its body is cut down to what breaks the law, and can be had again', async () => {
    const plant: Plant = (judged) => withoutFaults(judged, (path) => path.endsWith('.hostNetwork'))
    const { case: found, cutDown } = await findPlanted(plant)
    const { request } = JSON.parse(Buffer.from(cutDown).toString('utf8')) as {
      request: { object: object }
    }
    expect(JSON.stringify(request.object)).toMatch(/"hostNetwork":/)
    expect(cutDown.length).toBeLessThan(400)
    const again = { seed: found.seed, first: found.run, count: 1 }
    const judge: JudgeBytes = (bytes) => plant(judges.default(bytes), bytes)
    const second = await runCases(again, { ...judges, default: judge })
    expect(second?.case.bytes).toEqual(found.bytes)
  })
})
