// Seeded cases through the server's own handler, checked against an oracle that knows nothing of Rego. The same seed gives the
// same cases everywhere; a case that breaks a law is told with its body, cut down, and the command that runs it again.
import { fixedNamespaces } from '../../src/cluster/namespace-source.ts'
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, inject, test } from 'vitest'
import type { AdmissionAnswer } from '../../src/admission/respond.ts'
import { DEFAULT_LIMITS } from '../../src/server/limits.ts'
import { verifyAnswer } from '../support/verify-answer.ts'
import { defaultEngine, startWebhook } from '../support/webhook.ts'
import { makeCase } from './generate/case.ts'
import { createJudge, lookUpNamespace } from './judge-bytes.ts'
import { type Failure, type Judges, runCases } from './run-cases.ts'
import { applySetting } from './settings.ts'
import { Tally } from './tally.ts'

const OVER_HTTPS = 500
/** Fewer runs say nothing about what is rare. */
const ENOUGH_TO_COUNT = 10_000

const runs = inject('fuzz')
let judges: Judges

beforeAll(async () => {
  judges = {
    default: createJudge(await defaultEngine(applySetting('default'))),
    parameters: createJudge(await defaultEngine(applySetting('parameters'))),
  }
})

test(`the webhook and the oracle agree on ${runs.count} reviews of seed ${runs.seed}`, async () => {
  const tally = new Tally()
  const startMs = performance.now()
  const failure = await runCases(runs, judges, (...each) => tally.add(...each))
  if (failure !== undefined) throw new Error(describeFailure(failure))
  const seconds = ((performance.now() - startMs) / 1_000).toFixed(1)
  console.log(`seed ${runs.seed}, ${runs.count} runs in ${seconds} s\n${tally.render()}`)
  if (runs.count >= ENOUGH_TO_COUNT) expect(tally.findGaps()).toEqual([])
})

test('a sample gets the same answers over HTTPS', async () => {
  const webhook = await startWebhook({
    config: {
      // A machine with other work must not change an answer.
      limits: { ...DEFAULT_LIMITS, deadlineMs: 60_000 },
      circuit: { consecutiveErrors: 1_000_000, openMs: 1 },
    },
    deps: { namespaces: fixedNamespaces(lookUpNamespace) },
  })
  try {
    const step = Math.max(1, Math.floor(runs.count / OVER_HTTPS))
    for (let run = runs.first; run < runs.first + runs.count; run += step) {
      const { bytes } = makeCase(runs.seed, run)
      const { handled } = judges.default(bytes)
      const { code, body } = await webhook.post(bytes, {
        path: '/validate?timeout=30s',
      })
      const got = code === 200 ? withoutDecisionId(JSON.parse(body) as AdmissionAnswer) : code
      const wanted = handled.kind === 'malformed' ? 400 : withoutDecisionId(handled.answer)
      expect({ run, got }).toEqual({ run, got: wanted })
      if (handled.kind === 'answered') {
        expect(verifyAnswer(body, handled.answer.response.uid)).toEqual([])
      }
    }
  } finally {
    await webhook.stop()
  }
})

function withoutDecisionId({ response, ...review }: AdmissionAnswer): unknown {
  const { 'decision-id': id, ...auditAnnotations } = response.auditAnnotations ?? {}
  expect(id).toBeDefined()
  return { ...review, response: { ...response, auditAnnotations } }
}

function describeFailure(failure: Failure): string {
  const { seed, run, family, setting, bytes } = failure.case
  const body = join(tmpdir(), `portcullis-fuzz-${seed}-${run}.json`)
  const small = join(tmpdir(), `portcullis-fuzz-${seed}-${run}-cut-down.json`)
  writeFileSync(body, bytes)
  writeFileSync(small, failure.cutDown)
  return [
    `run ${run} of seed ${seed}, a ${family} review for the ${setting} bundle, breaks a law:`,
    ...failure.breaches,
    `its body:      ${body}`,
    `cut down:      ${small}`,
    `to run it again: npm run fuzz -- --seed ${seed} --run ${run}`,
  ].join('\n')
}
