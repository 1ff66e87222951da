export type WireObject = Record<string, unknown>

export const UID = '705ab4f5-6393-11e8-b7cc-42010a800002'

export function podObject(spec: WireObject = {}, metadata: WireObject = {}): WireObject {
  const limits = { cpu: '100m', memory: '64Mi' }
  const image = 'registry.example.com/core/app:1.0'
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'app', namespace: 'default', ...metadata },
    spec: { containers: [{ name: 'app', image, resources: { limits } }], ...spec },
  }
}

/** An AdmissionReview as the API server writes it: the creation of a pod, unless told otherwise. */
export function reviewObject(request: WireObject = {}, root: WireObject = {}): WireObject {
  return {
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    request: {
      uid: UID,
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      requestKind: { group: '', version: 'v1', kind: 'Pod' },
      requestResource: { group: '', version: 'v1', resource: 'pods' },
      name: 'app',
      namespace: 'default',
      operation: 'CREATE',
      userInfo: { username: 'jane', groups: ['system:authenticated'] },
      object: podObject(),
      oldObject: null,
      dryRun: false,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
      ...request,
    },
    ...root,
  }
}

export function reviewBytes(request: WireObject = {}, root: WireObject = {}): Uint8Array {
  return Buffer.from(JSON.stringify(reviewObject(request, root)))
}
