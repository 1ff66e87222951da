import { readFileSync } from 'node:fs'
import { loadAll } from 'js-yaml'
import { expect, test } from 'vitest'
import { judgeEverywhere } from '../support/judge-everywhere.ts'
import { ROOT } from '../support/portcullis.ts'

test('the audit’s CronJob passes our own policies, wherever it stands', async () => {
  const documents = loadAll(readFileSync(`${ROOT}docs/examples/audit.yaml`, 'utf8'))
  const objects = documents as readonly { readonly apiVersion: string; readonly kind: string }[]
  const cronJob = objects.find(({ kind }) => kind === 'CronJob')
  if (cronJob === undefined) throw new Error('no CronJob')
  const decision = await judgeEverywhere(cronJob, 'cronjobs')
  expect(decision).toMatchObject({ allowed: true, findings: [], failures: [] })
})
