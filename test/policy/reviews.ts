import type { Json } from '../../src/bundle/bundle.ts'
import type { AdmissionRequest, Review } from '../../src/policy/review.ts'

export function podRequest(overrides: Partial<AdmissionRequest> = {}): AdmissionRequest {
  return {
    uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
    kind: { group: '', version: 'v1', kind: 'Pod' },
    resource: { group: '', version: 'v1', resource: 'pods' },
    subResource: '',
    name: 'app',
    namespace: 'shop',
    operation: 'CREATE',
    userInfo: { username: 'jane', groups: ['developers', 'system:authenticated'] },
    object: pod(['app', 'sidecar']),
    oldObject: null,
    dryRun: false,
    ...overrides,
  }
}

export function pod(containers: readonly string[], labels: Json = {}): Json {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'app', labels },
    spec: { containers: containers.map((name) => ({ name, image: 'registry.example.com/app:1' })) },
  }
}

export function toReview(request: AdmissionRequest): Review {
  const review = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request }
  return { request, bytes: new TextEncoder().encode(JSON.stringify(review)) }
}
