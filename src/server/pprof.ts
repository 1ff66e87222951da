// V8's profiles as gzip'd pprof, the format of `go tool pprof` (github.com/google/pprof, proto/profile.proto).
import type { HeapProfiler, Profiler, Runtime } from 'node:inspector'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { Function, Line, Location, Profile, Sample, StringTable, ValueType } from 'pprof-format'

interface ValueKind {
  readonly type: string
  readonly unit: string
}

const compress = promisify(gzip)
const PACKAGE = fileURLToPath(new URL('../../', import.meta.url))

/**
 * Returns `samples/count` and `cpu/nanoseconds` by call stack. Time in which the thread had nothing to do is left out. Lines
 * are those that ran at the top of a stack, and below it those where the functions begin: V8 keeps no other.
 */
export function encodeCpuProfile(
  profile: Profiler.Profile,
  intervalUs: number,
  startedAt: Date,
): Promise<Uint8Array> {
  const cpu = { type: 'cpu', unit: 'nanoseconds' }
  const builder = createBuilder([{ type: 'samples', unit: 'count' }, cpu])
  const calls = linkCalls(profile.nodes)
  const times = timeByNode(profile)
  for (const { id, callFrame, positionTicks = [] } of profile.nodes) {
    const call = calls.get(id)
    const time = times.get(id)
    if (call === undefined || time === undefined || isNoCode(callFrame, '(idle)')) continue
    const { samples, nanoseconds } = time
    let rest = samples
    const add = (count: number, line?: number): void => {
      if (count <= 0) return
      builder.add(call, [count, Math.round((nanoseconds * count) / samples)], line)
      rest -= count
    }
    for (const { line, ticks } of positionTicks) add(Math.min(ticks, rest), line)
    add(rest)
  }
  return builder.encode({
    period: { ...cpu, value: intervalUs * 1_000 },
    startedAt,
    durationMs: (profile.endTime - profile.startTime) / 1_000,
  })
}

/**
 * Returns `space/bytes` of what is alive, by the call stack that allocated it. There is no `objects/count`: V8 does not tell
 * how many objects a sample stands for.
 */
export function encodeHeapProfile(
  profile: HeapProfiler.SamplingHeapProfile,
  intervalBytes: number,
  takenAt: Date,
): Promise<Uint8Array> {
  const space = { type: 'space', unit: 'bytes' }
  const builder = createBuilder([space])
  const visit = (node: HeapProfiler.SamplingHeapProfileNode, caller: Call | undefined): void => {
    const call = { frame: node.callFrame, caller }
    if (node.selfSize > 0) builder.add(call, [node.selfSize])
    for (const child of node.children) visit(child, call)
  }
  visit(profile.head, undefined)
  return builder.encode({
    period: { ...space, value: intervalBytes },
    startedAt: takenAt,
    durationMs: 0,
  })
}

/** A function on a stack, with what called it. */
interface Call {
  readonly frame: Runtime.CallFrame
  readonly caller: Call | undefined
}

function linkCalls(nodes: readonly Profiler.ProfileNode[]): ReadonlyMap<number, Call> {
  const calls = new Map(
    nodes.map(({ id, callFrame }) => [
      id,
      { frame: callFrame, caller: undefined as Call | undefined },
    ]),
  )
  for (const { id, children = [] } of nodes) {
    for (const child of children) {
      const call = calls.get(child)
      if (call !== undefined) call.caller = calls.get(id)
    }
  }
  return calls
}

/** A sample stands for the time until the next one. */
function timeByNode(
  profile: Profiler.Profile,
): ReadonlyMap<number, { readonly samples: number; readonly nanoseconds: number }> {
  const { samples = [], timeDeltas = [] } = profile
  let atUs = profile.startTime
  const taken = samples.map((id, index) => ({ id, atUs: (atUs += timeDeltas[index] ?? 0) }))
  // V8 hands some over out of order.
  taken.sort((a, b) => a.atUs - b.atUs)
  const times = new Map<number, { samples: number; nanoseconds: number }>()
  taken.forEach((sample, index) => {
    const endUs = taken[index + 1]?.atUs ?? Math.max(sample.atUs, profile.endTime)
    const time = times.get(sample.id) ?? { samples: 0, nanoseconds: 0 }
    time.samples++
    time.nanoseconds += (endUs - sample.atUs) * 1_000
    times.set(sample.id, time)
  })
  return times
}

interface Builder {
  /** The line is the innermost function's own, counted from 1; where it is not known, the function's first. */
  readonly add: (call: Call, values: readonly number[], line?: number) => void
  readonly encode: (about: {
    readonly period: ValueKind & { readonly value: number }
    readonly startedAt: Date
    readonly durationMs: number
  }) => Promise<Uint8Array>
}

function createBuilder(kinds: readonly ValueKind[]): Builder {
  const strings = new StringTable()
  const functions = new Map<string, Function>()
  const locations = new Map<string, Location>()
  const samples: Sample[] = []
  const valueType = ({ type, unit }: ValueKind): ValueType =>
    new ValueType({ type: strings.dedup(type), unit: strings.dedup(unit) })
  const sampleType = kinds.map(valueType)

  const functionId = (frame: Runtime.CallFrame): number => {
    const key = `${frame.scriptId}:${frame.lineNumber}:${frame.columnNumber}:${frame.functionName}`
    let found = functions.get(key)
    if (found === undefined) {
      const file = placeOf(frame.url)
      const startLine = frame.lineNumber + 1
      // By name alone pprof adds up, and everything anonymous is not one function.
      const place = file === '' ? '' : ` ${file}:${startLine}`
      const name = strings.dedup(frame.functionName || `(anonymous)${place}`)
      found = new Function({
        id: functions.size + 1,
        name,
        systemName: name,
        filename: strings.dedup(file),
        startLine,
      })
      functions.set(key, found)
    }
    return Number(found.id)
  }

  const locationId = (frame: Runtime.CallFrame, line = frame.lineNumber + 1): number => {
    const id = functionId(frame)
    const key = `${id}:${line}`
    let found = locations.get(key)
    if (found === undefined) {
      found = new Location({
        id: locations.size + 1,
        line: [new Line({ functionId: id, line })],
      })
      locations.set(key, found)
    }
    return Number(found.id)
  }

  return {
    add: (call, values, line) => {
      const stack: number[] = []
      let ownLine = line
      for (let at: Call | undefined = call; at !== undefined; at = at.caller) {
        if (!isNoCode(at.frame, '(root)')) stack.push(locationId(at.frame, ownLine))
        ownLine = undefined
      }
      samples.push(new Sample({ locationId: stack, value: [...values] }))
    },
    encode: ({ period, startedAt, durationMs }) => {
      const profile = new Profile({
        sampleType,
        sample: samples,
        location: [...locations.values()],
        function: [...functions.values()],
        timeNanos: BigInt(startedAt.getTime()) * 1_000_000n,
        durationNanos: Math.round(durationMs * 1_000_000),
        periodType: valueType(period),
        period: period.value,
        stringTable: strings,
      })
      return compress(profile.encode())
    },
  }
}

/** V8 has names in brackets, and no script, for what is no code of anybody's. */
function isNoCode(frame: Runtime.CallFrame, name: '(root)' | '(idle)'): boolean {
  return frame.functionName === name && frame.url === ''
}

/** `dist/server/create-app.js`, `node_modules/hono/dist/hono.js`, `node:internal/timers`: no directory of the machine. */
function placeOf(url: string): string {
  if (!url.startsWith('file:') && !url.startsWith('/')) return url
  const path = url.startsWith('/') ? url : fileURLToPath(url)
  if (path.startsWith(PACKAGE)) return path.slice(PACKAGE.length)
  const modules = path.lastIndexOf('/node_modules/')
  return path.slice((modules === -1 ? path.lastIndexOf('/') : modules) + 1)
}
