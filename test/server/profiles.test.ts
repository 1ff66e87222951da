import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { get, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { Profile, type ValueType } from 'pprof-format'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasGo } from '../support/has-go.ts'
import { reviewBytes } from '../support/review.ts'
import { startWebhook, type Webhook } from '../support/webhook.ts'

const run = promisify(execFile)

let webhook: Webhook

beforeAll(async () => {
  webhook = await startWebhook({ config: { profiling: true } })
})
afterAll(() => webhook.stop())

describe('a CPU profile', () => {
  test('names the functions that answer reviews, their files and lines', async () => {
    const [profile] = await Promise.all([download('profile?seconds=1'), reviewsFor(1_200)])
    expect(profile.sampleType.map((type) => describeType(profile, type))).toEqual([
      'samples/count',
      'cpu/nanoseconds',
    ])
    expect(describeType(profile, profile.periodType)).toBe('cpu/nanoseconds')
    expect(Number(profile.period)).toBe(1_000_000)
    const totals = sumValues(profile)
    expect(totals[0]).toBeGreaterThan(0)
    expect(totals[1]).toBeGreaterThan(0)
    // One thread: no more than the time that passed.
    expect(totals[1]).toBeLessThanOrEqual(Number(profile.durationNanos))

    const frames = framesOf(profile)
    expect(frames).toContainEqual(
      expect.objectContaining({ name: 'judge', file: 'src/policy/judge.ts' }),
    )
    expect(frames.some(({ file }) => file.startsWith('wasm://'))).toBe(true)
    expect(frames.some(({ file }) => file.startsWith('node_modules/hono/'))).toBe(true)
    expect(frames.every(({ file }) => !file.startsWith('/') && !file.startsWith('file:'))).toBe(
      true,
    )
    for (const { name, file, line } of frames) {
      if (file.startsWith('src/')) expect({ name, ok: line > 0 }).toEqual({ name, ok: true })
    }
  })

  test('has the callers of a function above it on the stack', async () => {
    const [profile] = await Promise.all([download('profile?seconds=1'), reviewsFor(1_200)])
    const stacks = stacksOf(profile)
    const judged = stacks.find((stack) => stack.includes('judge')) ?? []
    expect(judged.indexOf('answerReview')).toBeGreaterThan(judged.indexOf('judge'))
    expect(stacks.flat()).not.toContain('(root)')
    expect(stacks.flat()).not.toContain('(idle)')
  })

  test('is taken once at a time', async () => {
    const path = 'profile?seconds=2'
    const answers = await Promise.all([fetchProfile(path), fetchProfile(path)])
    expect(answers.map(({ code }) => code).toSorted((a, b) => a - b)).toEqual([200, 409])
    const refused = answers.find(({ code }) => code === 409)
    expect(String(refused?.bytes)).toBe('another CPU profile is being taken\n')
    await download('profile?seconds=1')
  })

  test('ends when its client goes away', async () => {
    const asked = get(url('profile?seconds=120'))
    asked.on('error', () => {})
    await setTimeout(500)
    const code = async (): Promise<number> => (await fetchProfile('profile?seconds=1')).code
    expect(await code()).toBe(409)
    asked.destroy()
    await expect.poll(code, { timeout: 30_000 }).toBe(200)
  })

  test.each(['0', '121', '1.5', '-1', 'x', '', '1e1', '9999'])(
    'is refused for seconds=%s',
    async (seconds) => {
      const answer = await webhook.ask(`/debug/pprof/profile?seconds=${seconds}`)
      expect(answer).toMatchObject({
        code: 400,
        body: 'seconds is no whole number from 1 to 120\n',
      })
    },
  )
})

describe('a heap profile', () => {
  test('tells what is alive by where it was allocated', async () => {
    const kept = allocateMuch()
    const profile = await download('heap')
    expect(profile.sampleType.map((type) => describeType(profile, type))).toEqual(['space/bytes'])
    const bytes = bytesBelow(profile, 'allocateMuch')
    // 16 MB are kept, in samples of 128 KiB.
    expect(bytes).toBeGreaterThan(8_000_000)
    expect(bytes).toBeLessThan(32_000_000)
    expect(framesOf(profile)).toContainEqual(
      expect.objectContaining({ name: 'allocateMuch', file: 'test/server/profiles.test.ts' }),
    )
    expect(kept).toHaveLength(100_000)
    kept.length = 0
    expect(bytesBelow(await download('heap'), 'allocateMuch')).toBeLessThan(bytes / 2)
  })
})

describe('the index of profiles', () => {
  test('names them', async () => {
    const { code, body } = await webhook.ask('/debug/pprof/')
    expect(code).toBe(200)
    expect(body).toContain('profile?seconds=N')
    expect(body).toContain('heap')
  })

  test('and all else there is not found', async () => {
    for (const path of ['/debug/pprof/goroutine', '/debug/pprof/cmdline', '/debug/']) {
      expect((await webhook.ask(path)).code).toBe(404)
    }
  })
})

test('profiles are not found unless they are on', async () => {
  const plain = await startWebhook()
  for (const path of ['/debug/pprof/', '/debug/pprof/profile?seconds=1', '/debug/pprof/heap']) {
    expect((await plain.ask(path)).code).toBe(404)
  }
  await plain.stop()
})

describe.skipIf(!hasGo('that go tool pprof reads our profiles'))('go tool pprof', () => {
  const directory = mkdtempSync(join(tmpdir(), 'portcullis-pprof-'))
  afterAll(() => rmSync(directory, { recursive: true }))

  const top = async (source: string): Promise<string> => {
    const { stdout } = await run('go', ['tool', 'pprof', '-top', '-nodecount=500', source], {
      env: { ...process.env, PPROF_TMPDIR: directory },
    })
    return stdout
  }

  test('fetches a CPU profile and prints our functions', async () => {
    // The tool may have to be built first.
    let done = false
    const printed = top(url('profile?seconds=2')).finally(() => (done = true))
    while (!done) await reviewsFor(200)
    const text = await printed
    expect(text).toMatch(/^Type: cpu$/m)
    expect(text).toMatch(/^.*ms.*%.* judge$/m)
    // Functions of a module have the names of the rules they come from.
    expect(text).toMatch(/ g0\.data\.[a-z_]+\.violation$/m)
  })

  test('fetches a heap profile and prints our functions', async () => {
    const kept = allocateMuch()
    const text = await top(url('heap'))
    expect(kept).toHaveLength(100_000)
    expect(text).toMatch(/^Type: space$/m)
    expect(text).toMatch(/^.*MB.*%.* allocateMuch$/m)
  })
})

// Last: V8 has one sampling of the heap, which ends with the first server that stops.
test('a CPU profile does not hold up the end of the server', async () => {
  const stopping = await startWebhook({ config: { profiling: true } })
  const asked = stopping.ask('/debug/pprof/profile?seconds=120')
  const failed = expect(asked).rejects.toThrow()
  await setTimeout(200)
  await stopping.server.drain()
  await failed
})

function allocateMuch(): number[][] {
  const kept: number[][] = []
  for (let index = 0; index < 100_000; index++) kept.push(Array.from({ length: 16 }, () => index))
  return kept
}

function url(path: string): string {
  return `http://127.0.0.1:${webhook.server.addresses.operator.port}/debug/pprof/${path}`
}

async function reviewsFor(milliseconds: number): Promise<void> {
  const end = performance.now() + milliseconds
  while (performance.now() < end) await webhook.post(reviewBytes())
}

interface Fetched {
  readonly code: number
  readonly headers: IncomingHttpHeaders
  readonly bytes: Buffer
}

async function fetchProfile(path: string): Promise<Fetched> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url(path), { agent: false }, resolve).on('error', reject)
  })
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  const { statusCode: code = 0, headers } = response
  return { code, headers, bytes: Buffer.concat(chunks) }
}

async function download(path: string): Promise<Profile> {
  const { code, headers, bytes } = await fetchProfile(path)
  expect(code).toBe(200)
  expect(headers['content-type']).toBe('application/octet-stream')
  expect(headers['content-encoding']).toBeUndefined()
  return Profile.decode(gunzipSync(bytes))
}

interface Frame {
  readonly name: string
  readonly file: string
  readonly line: number
}

function framesAt(profile: Profile): ReadonlyMap<number, Frame> {
  const { strings } = profile.stringTable
  const functions = new Map(profile.function.map((each) => [Number(each.id), each]))
  return new Map(
    profile.location.map((location) => {
      const line = location.line[0]
      const found = functions.get(Number(line?.functionId))
      const frame = {
        name: strings[Number(found?.name)] ?? '',
        file: strings[Number(found?.filename)] ?? '',
        line: Number(line?.line),
      }
      return [Number(location.id), frame]
    }),
  )
}

function framesOf(profile: Profile): Frame[] {
  return [...framesAt(profile).values()]
}

/** Names, innermost first. */
function stacksOf(profile: Profile): string[][] {
  const frames = framesAt(profile)
  return profile.sample.map(({ locationId }) =>
    locationId.map((id) => frames.get(Number(id))?.name ?? ''),
  )
}

function sumValues(profile: Profile): number[] {
  return profile.sampleType.map((_, index) =>
    profile.sample.reduce((sum, { value }) => sum + Number(value[index]), 0),
  )
}

function bytesBelow(profile: Profile, name: string): number {
  const stacks = stacksOf(profile)
  return profile.sample.reduce(
    (sum, { value }, index) => sum + (stacks[index]?.includes(name) ? Number(value[0]) : 0),
    0,
  )
}

function describeType(profile: Profile, kind: ValueType | undefined): string {
  const { strings } = profile.stringTable
  return `${strings[Number(kind?.type)]}/${strings[Number(kind?.unit)]}`
}
