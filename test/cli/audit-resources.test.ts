import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Binding } from '../../src/bundle/bundle.ts'
import { planAudit } from '../../src/cli/audit/audit-resources.ts'
import { clusterOf } from '../support/audited-cluster.ts'
import { testBinding, testPolicy } from '../support/binding.ts'
import { type ScriptedApiServer, startScriptedApiServer } from '../support/scripted-api-server.ts'

let server: ScriptedApiServer
beforeEach(async () => {
  server = await startScriptedApiServer(clusterOf({}))
})
afterEach(() => server.stop())

function ofWidgets(name: string, apiVersions?: readonly string[]): Binding {
  const rule = { resources: ['example.com/widgets'], ...(apiVersions && { apiVersions }) }
  const policy = testPolicy({ resources: ['example.com/widgets'] })
  return testBinding({ name, policy, match: { resourceRules: [rule] } })
}

async function plan(...bindings: readonly Binding[]): Promise<unknown> {
  const { audited } = await planAudit(server.cluster, bindings)
  return audited.map((each) => [each.resource.path, each.bindings.map(({ name }) => name)])
}

test('a custom resource is listed in the version that its group prefers', async () => {
  expect(await plan(ofWidgets('a'), ofWidgets('b', ['v1', 'v2']))).toEqual([
    ['/apis/example.com/v2/widgets', ['a', 'b']],
  ])
})

test('in another one too for those that are about that one only', async () => {
  expect(await plan(ofWidgets('a'), ofWidgets('b', ['v1']))).toEqual([
    ['/apis/example.com/v2/widgets', ['a', 'b']],
    ['/apis/example.com/v1/widgets', ['b']],
  ])
  expect(await plan(ofWidgets('b', ['v1']))).toEqual([['/apis/example.com/v1/widgets', ['b']]])
})

test('only groups that a policy names are asked for', async () => {
  await plan(ofWidgets('a'))
  expect(server.asked).toEqual(['/api', '/apis', '/apis/example.com/v2', '/apis/example.com/v1'])
})
