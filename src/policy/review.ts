// The part of an AdmissionReview that the engine reads. `kubernetes` and `admission` make it; nothing here is trusted
// further than its type.
import type { Operation } from '../bundle/match.ts'
import type { Json, JsonObject } from '../bundle/bundle.ts'

export interface GroupVersionKind {
  readonly group: string
  readonly version: string
  readonly kind: string
}

export interface GroupVersionResource {
  readonly group: string
  readonly version: string
  readonly resource: string
}

export interface UserInfo {
  readonly username: string
  readonly groups: readonly string[]
}

/** Source: k8s.io/api/admission/v1 AdmissionRequest. */
export interface AdmissionRequest {
  readonly uid: string
  readonly kind: GroupVersionKind
  readonly resource: GroupVersionResource
  /** Empty where the request is for the resource itself. */
  readonly subResource: string
  /** Empty on a CREATE with generateName, and on every item of a deletecollection. */
  readonly name: string
  /** Empty for a cluster-scoped object; a Namespace's own name for a Namespace. */
  readonly namespace: string
  readonly operation: Operation
  readonly userInfo: UserInfo
  /** Matching reads metadata.labels and whether it is there at all, so a parsed review may have no more of it; nor of the old one. */
  readonly object: Json
  readonly oldObject: Json
  readonly dryRun: boolean
}

/** A checked review together with the bytes that policies see. */
export interface Review {
  readonly request: AdmissionRequest
  /** The AdmissionReview as JSON, UTF-8, as it came: `input.request...`. */
  readonly bytes: Uint8Array
}

/** What is known of a Namespace when a review is decided: the object, or `unknown` where nobody said. */
export type NamespaceLookup = (name: string) => NamespaceAnswer

export type NamespaceAnswer =
  | { readonly kind: 'found'; readonly object: JsonObject }
  /** Several were given that differ; `otherwise` is for a selector that only some of them fit. */
  | {
      readonly kind: 'disputed'
      readonly objects: readonly JsonObject[]
      readonly otherwise: 'unknown' | 'assume-match'
    }
  | { readonly kind: 'unknown' }
  /** The selector is to be taken as matching, the strictest reading (`check --unknown-namespace match`). */
  | { readonly kind: 'assume-match' }
  /** A binding that needs the labels is left out (`check --unknown-namespace skip`). */
  | { readonly kind: 'skip' }
