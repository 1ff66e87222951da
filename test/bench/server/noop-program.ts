// A webhook that reads and parses a review and allows it: what any webhook on this server costs before it does its work.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'

const [certificateFile = '', keyFile = ''] = process.argv.slice(2)

const app = new Hono()
app.post('/validate', async (c) => {
  const review = await c.req.json<{ request: { uid: string } }>()
  return c.json({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: { uid: review.request.uid, allowed: true },
  })
})
serve(
  {
    fetch: app.fetch,
    createServer,
    serverOptions: { cert: readFileSync(certificateFile), key: readFileSync(keyFile) },
    hostname: '127.0.0.1',
    port: 0,
  },
  ({ port }) => console.log(`port ${port}`),
)
