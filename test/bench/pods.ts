// Pods of three sizes, shaped as they reach a webhook: as they grow, most of a pod is not containers but what the API server
// and controllers add to it.
import type { Json } from '../../src/bundle/bundle.ts'
import type { AdmissionRequest, Review } from '../../src/policy/review.ts'

export interface SizedReview {
  readonly label: string
  readonly review: Review
}

export const REVIEWS: readonly SizedReview[] = [
  { label: '1 KB', review: podReview(1, 0, 0) },
  { label: '6.5 KB', review: podReview(2, 19, 34) },
  { label: '100 KB', review: podReview(12, 100, 100) },
]

function podReview(containers: number, variables: number, managed: number): Review {
  const request: AdmissionRequest = {
    uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
    kind: { group: '', version: 'v1', kind: 'Pod' },
    resource: { group: '', version: 'v1', resource: 'pods' },
    subResource: '',
    name: 'shop-7d4b9c6f5-x2x7k',
    namespace: 'core-shop',
    operation: 'CREATE',
    userInfo: {
      username: 'system:serviceaccount:kube-system:replicaset-controller',
      groups: ['system:serviceaccounts', 'system:authenticated'],
    },
    object: pod(containers, variables, managed),
    oldObject: null,
    dryRun: false,
  }
  const review = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request }
  return { request, bytes: new TextEncoder().encode(JSON.stringify(review)) }
}

function pod(containers: number, variables: number, managed: number): Json {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: 'shop-7d4b9c6f5-',
      namespace: 'core-shop',
      labels: { app: 'shop', owner: 'team-shop', 'pod-template-hash': '7d4b9c6f5' },
      ...(managed === 0 ? {} : { managedFields: [managedFields(managed)] }),
    },
    spec: {
      serviceAccountName: 'shop',
      containers: Array.from({ length: containers }, (_, i) => container(i, variables)),
    },
  }
}

function container(index: number, variables: number): Json {
  const env = Array.from({ length: variables }, (_, i) => ({
    name: `SHOP_SETTING_${i}`,
    value: `some value of ordinary length ${i}`,
  }))
  return {
    name: `shop-${index}`,
    image: `registry.example.com/core/shop:1.${index}.0`,
    resources: {
      limits: { cpu: '500m', memory: '256Mi' },
      requests: { cpu: '100m', memory: '128Mi' },
    },
    ...(variables === 0 ? {} : { env }),
    ports: [{ name: 'http', containerPort: 8080 + index, protocol: 'TCP' }],
    livenessProbe: { httpGet: { path: '/livez', port: 'http', scheme: 'HTTP' }, periodSeconds: 10 },
  }
}

function managedFields(count: number): Json {
  const fields = Array.from({ length: count }, (_, i) => [
    `k:{"name":"SHOP_SETTING_${i}"}`,
    { '.': {}, 'f:name': {}, 'f:value': {} },
  ])
  return {
    manager: 'kube-controller-manager',
    operation: 'Update',
    apiVersion: 'v1',
    fieldsType: 'FieldsV1',
    fieldsV1: { 'f:spec': { 'f:containers': Object.fromEntries(fields) } },
  }
}
