import type { HttpBindings } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { readBody } from './read-body.ts'
import { createReviewHandler, type ReviewDeps } from './review-handler.ts'
import { REVIEW_PATH } from './review-path.ts'

export interface AppDeps extends ReviewDeps {
  readonly maxBodyBytes: number
}

type Env = { Bindings: HttpBindings }

/** The webhook: `POST /validate`, and nothing else. */
export function createApp(deps: AppDeps): Hono<Env> {
  const review = createReviewHandler(deps)
  const app = new Hono<Env>()

  const refuse = (c: Context<Env>, code: ContentfulStatusCode, message: string): Response => {
    deps.metrics.countHttpError(code)
    // A body may still be on its way; nobody reads it.
    if (!c.env.incoming.complete) c.header('connection', 'close')
    return c.json({ error: message }, code)
  }

  app.post(REVIEW_PATH, async (c) => {
    if (!isJson(c.req.header('content-type')))
      return refuse(c, 415, 'content type is not application/json')
    if ((c.req.header('content-encoding') ?? 'identity') !== 'identity') {
      return refuse(c, 415, 'content encoding is not identity')
    }
    const body = await readBody(c.env.incoming, deps.maxBodyBytes)
    switch (body.kind) {
      case 'too-large':
        return refuse(c, 413, `the body is larger than ${deps.maxBodyBytes} bytes`)
      case 'aborted':
        return refuse(c, 400, 'the body did not arrive')
      case 'whole': {
        const handled = review(body.bytes)
        return handled.kind === 'answered'
          ? c.json(handled.answer)
          : refuse(c, 400, handled.message)
      }
    }
  })
  app.all(REVIEW_PATH, (c) => {
    c.header('allow', 'POST')
    return refuse(c, 405, 'method is not POST')
  })
  app.notFound((c) => refuse(c, 404, 'not found'))
  app.onError((error, c) => {
    deps.logger.error('a bug of ours, please report it', { stack: error.stack })
    return refuse(c, 500, 'internal error')
  })
  return app
}

/** Parameters such as a charset are fine: JSON is UTF-8 whatever they say. */
function isJson(contentType: string | undefined): boolean {
  return contentType?.split(';')[0]?.trim().toLowerCase() === 'application/json'
}
