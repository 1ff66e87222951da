// What the API server makes of a webhook that gives no verdict. The stand-in's answers are none of ours: they show which of the
// contract's rules an answer must not break.
import type { ServerResponse } from 'node:http'
import { beforeAll, describe, expect, test } from 'vitest'
import type { DevCertificates } from '../../src/certs/issue-dev-certificates.ts'
import type { ApiAnswer } from './support/api-client.ts'
import { type Cluster, describeInCluster, startCluster } from './support/cluster.ts'
import { waitFor } from './support/processes.ts'
import { type Respond, type StandIn, startStandIn } from './support/stand-in.ts'
import { installWebhook, issueWebhookCertificates, type Webhook } from './support/webhook.ts'
import { pod, podSpec } from './support/workloads.ts'

const FAILED_OPEN = 'failed-open.validating.webhook.admission.k8s.io/round_0_index_0'

const json =
  (write: (uid: string) => object): Respond =>
  (uid, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(write(uid)))
  }

const review = (response: object | undefined, root: object = {}): object => ({
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  response,
  ...root,
})

const RUBBISH: Readonly<Record<string, Respond>> = {
  'an error': (_, response) => response.writeHead(500).end('no'),
  'no answer': (_, response) => response.destroy(),
  'an answer that never ends': (_, response) => response.writeHead(200).write('{'),
  'an empty answer': (_, response) => response.end(),
  'no JSON': (_, response) => response.end('<html>'),
  'no response': json(() => review(undefined)),
  'another uid': json(() => review({ uid: 'another', allowed: true })),
  'another version': json((uid) =>
    review({ uid, allowed: true }, { apiVersion: 'admission.k8s.io/v1beta1' }),
  ),
  'a patch': json((uid) => {
    const patch = Buffer.from('[]').toString('base64')
    return review({ uid, allowed: true, patchType: 'JSONPatch', patch })
  }),
  'an allowed that is no boolean': json((uid) => review({ uid, allowed: 'true' })),
}

const allow = json((uid) => review({ uid, allowed: true }))

describeInCluster('a webhook that gives no verdict', () => {
  let cluster: Cluster
  let webhook: Webhook
  let tls: DevCertificates

  beforeAll(async () => {
    cluster = await startCluster()
    tls = await issueWebhookCertificates()
    webhook = await installWebhook(cluster, { namespaces: { dev: {} }, replicas: 0, tls })
    return async () => {
      await webhook.stop()
      await cluster.stop()
    }
  })

  const create = (spec = podSpec()): Promise<ApiAnswer> =>
    cluster.ask('POST', '/api/v1/namespaces/dev/pods?dryRun=All&fieldManager=probe', {
      body: pod(spec),
    })

  const expectOutcome: Readonly<Record<string, (answer: ApiAnswer) => Promise<void>>> = {
    Fail: async ({ code, body }) => {
      expect({ code, message: body.message }).toEqual({
        code: 500,
        message: expect.stringContaining('failed calling webhook "validate.portcullis.dev"'),
      })
    },
    Ignore: async ({ code }) => {
      expect(code).toBe(201)
      const event = (await cluster.auditEvents()).findLast(({ requestURI }) =>
        requestURI.includes('fieldManager=probe'),
      )
      expect(event?.annotations).toMatchObject({ [FAILED_OPEN]: 'validate.portcullis.dev' })
    },
  }

  for (const [failurePolicy, expectIt] of Object.entries(expectOutcome)) {
    describe(`under failurePolicy ${failurePolicy}`, () => {
      beforeAll(async () => {
        const replica = await webhook.addReplica()
        await webhook.register((configuration) =>
          configuration
            .replace('failurePolicy: Fail', `failurePolicy: ${failurePolicy}`)
            .replace('timeoutSeconds: 5', 'timeoutSeconds: 2'),
        )
        await replica.kill()
        // The API server takes note of the change by and by.
        const code = failurePolicy === 'Fail' ? 500 : 201
        await waitFor('heeded', async () => (await create()).code === code)
      })

      test('nobody listens', async () => {
        await expectIt(await create())
      })

      test('nobody is there', async () => {
        await webhook.publish([])
        await expectIt(await create())
      })

      test('a replica hangs', async () => {
        const replica = await webhook.addReplica()
        const spec = podSpec({ hostNetwork: true })
        await expect.poll(async () => (await create(spec)).code, { timeout: 30_000 }).toBe(403)
        replica.running.process.kill('SIGSTOP')
        await expectIt(await create(spec))
        replica.running.process.kill('SIGCONT')
        await expect.poll(async () => (await create(spec)).code, { timeout: 30_000 }).toBe(403)
        await replica.kill()
      })

      describe('something else answers', () => {
        let standIn: StandIn

        beforeAll(async () => {
          standIn = await startStandIn(cluster.network.address, tls)
          await webhook.publish([cluster.network.address], standIn.port)
          standIn.respond(allow)
          const before = standIn.asked()
          const isReached = async (): Promise<boolean> =>
            (await create()).code === 201 && standIn.asked() > before
          await waitFor('reached', isReached)
          return () => standIn.stop()
        })

        for (const [what, respond] of Object.entries(RUBBISH)) {
          test(what, async () => {
            standIn.respond(respond)
            await expectIt(await create())
          })
        }

        test('a denial is one, whatever the policy', async () => {
          standIn.respond(json((uid) => review({ uid, allowed: false })))
          const { code, body } = await create()
          expect({ code, message: body.message }).toEqual({
            code: 400,
            message: expect.stringContaining('denied the request without explanation'),
          })
        })

        test('H15: who answers 503 with Retry-After is asked again', async () => {
          let refused = 0
          standIn.respond((uid, response) => {
            if (refused++ > 0) allow(uid, response)
            else shed(response)
          })
          const before = standIn.asked()
          expect((await create()).code).toBe(201)
          expect(standIn.asked() - before).toBe(2)
        })
      })
    })
  }
})

function shed(response: ServerResponse): void {
  response.writeHead(503, { 'retry-after': '1', connection: 'close' }).end()
}
