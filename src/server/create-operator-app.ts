import { Hono } from 'hono'
import type { Metrics } from './metrics.ts'
import type { Readiness } from './readiness.ts'

/** For kubelets and Prometheus, over plain HTTP: `/livez`, `/readyz`, `/metrics`. Nothing here can change anything. */
export function createOperatorApp(deps: {
  readonly readiness: Readiness
  readonly metrics: Metrics
}): Hono {
  const app = new Hono()
  app.get('/livez', (c) => c.text('ok\n'))
  app.get('/readyz', (c) => {
    const reasons = deps.readiness.reasons()
    if (reasons.length === 0) return c.text('ok\n')
    return c.text(reasons.map((reason) => `not ready: ${reason}\n`).join(''), 503)
  })
  app.get('/metrics', async (c) => {
    c.header('content-type', deps.metrics.contentType)
    return c.body(await deps.metrics.render())
  })
  for (const path of ['/livez', '/readyz', '/metrics']) {
    app.all(path, (c) => {
      c.header('allow', 'GET, HEAD')
      return c.text('method not allowed\n', 405)
    })
  }
  app.notFound((c) => c.text('not found\n', 404))
  return app
}
