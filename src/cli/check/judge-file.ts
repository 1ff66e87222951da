// From a file's bytes to what a report says of its objects. The same function runs in the main thread and in worker threads,
// so what it is made of and what it gives is plain data, save for the engine.
import type { Diagnostic } from '../../diagnostic/diagnostic.ts'
import type { Resource } from '../../kubernetes/resource.ts'
import { type ReviewOptions, toReview } from '../../kubernetes/to-review.ts'
import type { Engine } from '../../policy/engine.ts'
import type { ObjectReport } from '../../report/make-report.ts'
import type { SourceFile } from '../../source/source-file.ts'
import { judgeResource } from './judge-resource.ts'
import {
  lookupAmong,
  type NamedObject,
  type UnknownNamespace,
} from '../../kubernetes/namespaces-among.ts'
import { indexOldObjects, versionFault } from '../inputs/old-objects.ts'
import { readText } from '../inputs/read-inputs.ts'
import type { RequestContext } from '../inputs/request-context.ts'

export interface JudgeSettings {
  readonly request: RequestContext
  /** Given, and found among the inputs. */
  readonly namespaces: readonly NamedObject[]
  readonly unknownNamespace: UnknownNamespace
  readonly now: Date
}

export interface JudgedFile {
  readonly objects: readonly ObjectReport[]
  readonly diagnostics: readonly Diagnostic[]
  /** Where there is anything to show in it. */
  readonly file?: SourceFile
}

export type FileJudge = (path: string, bytes: Uint8Array) => JudgedFile

export function createFileJudge(
  engine: Engine,
  settings: JudgeSettings,
  oldObjects: readonly Resource[],
): FileJudge {
  const { request, namespaces, unknownNamespace, now } = settings
  const lookup = lookupAmong(namespaces, unknownNamespace)
  const old = indexOldObjects(oldObjects, request.namespace)
  const alone: ReviewOptions = { ...request, operation: request.operation ?? 'CREATE' }
  const beside: ReviewOptions = { ...request, operation: request.operation ?? 'UPDATE' }
  return (path, bytes) => {
    const { resources, diagnostics } = readText(path, bytes)
    const faults: Diagnostic[] = []
    const objects: ObjectReport[] = []
    for (const resource of resources) {
      const oldObject = old.find(resource)
      const fault = oldObject === undefined ? undefined : versionFault(resource, oldObject)
      if (fault !== undefined) {
        faults.push(fault)
        continue
      }
      const review = toReview(resource, oldObject === undefined ? alone : { ...beside, oldObject })
      objects.push(judgeResource(engine, { resource, review }, lookup, now))
    }
    const file = resources[0]?.file
    const isShown = objects.some((each) => each.findings.length > 0 || each.errors.length > 0)
    return {
      objects,
      diagnostics: [...diagnostics, ...faults],
      ...(isShown && file !== undefined ? { file } : {}),
    }
  }
}
