import type { HttpBindings } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { createByteBudget } from './byte-budget.ts'
import type { ServerLimits } from './limits.ts'
import type { ShedReason } from './metrics.ts'
import { readBody } from './read-body.ts'
import { reviewDeadlineMs } from './review-deadline.ts'
import {
  type Answered,
  createReviewHandler,
  type Handled,
  type ReviewDeps,
  type Waiting,
} from './review-handler.ts'
import { REVIEW_PATH } from './review-path.ts'
import type { ReviewQueue, Turn } from './review-queue.ts'
import type { ReviewTrace, Tracing } from './tracing.ts'

export interface AppDeps extends ReviewDeps {
  readonly limits: ServerLimits
  readonly queue: ReviewQueue
  /** Absent while traces are off. */
  readonly tracing?: Tracing | undefined
}

type Env = { Bindings: HttpBindings }

/** The webhook: `POST /validate`, and nothing else. */
export function createApp(deps: AppDeps): Hono<Env> {
  const { clock, limits, metrics, queue } = deps
  const review = createReviewHandler(deps)
  const budget = createByteBudget(limits.maxBufferedBytes)
  const app = new Hono<Env>()

  const refuse = (c: Context<Env>, code: ContentfulStatusCode, message: string): Response => {
    metrics.countHttpError(code)
    // A body may still be on its way; nobody reads it.
    if (!c.env.incoming.complete) c.header('connection', 'close')
    return c.json({ error: message }, code)
  }
  // The API server repeats a request only after these two headers, and only on another connection finds another replica.
  const shed = (c: Context<Env>, reason: ShedReason): Response => {
    metrics.countShed(reason)
    c.header('retry-after', '1')
    c.header('connection', 'close')
    return refuse(c, 503, `overloaded: ${OVERLOADS[reason]}`)
  }

  const inTurns = async (
    work: () => Handled | Waiting,
    terms: { readonly deadlineMs: number; readonly isWanted: () => boolean },
  ): Promise<Turn<Handled>> => {
    const turn = await queue.enter({ ...terms, work })
    if (turn.kind !== 'done') return turn
    const { value } = turn
    if (value.kind !== 'waiting') return { kind: 'done', value }
    await value.until
    return queue.enter({ ...terms, work: value.resume })
  }

  const handle = async (
    c: Context<Env>,
    trace: ReviewTrace | undefined,
  ): Promise<Answered | Response> => {
    const startMs = clock.elapsedMs()
    if (!isJson(c.req.header('content-type')))
      return refuse(c, 415, 'content type is not application/json')
    if ((c.req.header('content-encoding') ?? 'identity') !== 'identity') {
      return refuse(c, 415, 'content encoding is not identity')
    }
    if (queue.isFull()) return shed(c, 'queue')
    const deadlineMs = startMs + reviewDeadlineMs(c.req.query('timeout'), limits.deadlineMs)
    const body = await readBody(c.env.incoming, limits.maxBodyBytes, budget)
    switch (body.kind) {
      case 'too-large':
        return refuse(c, 413, `the body is larger than ${limits.maxBodyBytes} bytes`)
      case 'no-room':
        return shed(c, 'memory')
      case 'aborted':
        return refuse(c, 400, 'the body did not arrive')
      case 'whole': {
        const { bytes, release } = body
        const context = { startMs: clock.elapsedMs(), deadlineMs, trace }
        const isWanted = (): boolean => !c.env.outgoing.destroyed
        const turn = await inTurns(() => review(bytes, context), { deadlineMs, isWanted })
        release()
        switch (turn.kind) {
          case 'gone':
            return refuse(c, 400, 'the client went away')
          case 'shed':
            return shed(c, turn.reason)
          case 'done':
            return turn.value.kind === 'answered' ? turn.value : refuse(c, 400, turn.value.message)
        }
      }
    }
  }

  app.post(REVIEW_PATH, async (c) => {
    const trace = deps.tracing?.begin(c.env.incoming.headers)
    const reply = await handle(c, trace)
    if (!('kind' in reply)) {
      trace?.end({ statusCode: reply.status })
      return reply
    }
    trace?.end({ statusCode: 200, ...reply.about })
    return c.json(reply.answer)
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

const OVERLOADS: Readonly<Record<ShedReason, string>> = {
  queue: 'too many reviews are waiting',
  memory: 'there is no memory for another body',
  deadline: 'the time for the review was over before its turn came',
}

/** Parameters such as a charset are fine: JSON is UTF-8 whatever they say. */
function isJson(contentType: string | undefined): boolean {
  return contentType?.split(';')[0]?.trim().toLowerCase() === 'application/json'
}
