import type { Policy } from '../bundle/bundle.ts'
import { encodeText } from './memory-text.ts'
import { parseResourcePattern } from './resource-name.ts'

/** Returns a CREATE of an object without content, of the first resource that the policy understands. */
export function selfTestReview(policy: Policy): Uint8Array {
  const { group, resource, subresource } = parseResourcePattern(policy.resources[0] ?? 'pods')
  return encodeText(
    JSON.stringify({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      request: {
        uid: '00000000-0000-0000-0000-000000000000',
        kind: { group, version: 'v1', kind: 'SelfTest' },
        resource: { group, version: 'v1', resource },
        ...(subresource === '' ? {} : { subResource: subresource }),
        name: 'self-test',
        namespace: 'default',
        operation: 'CREATE',
        userInfo: { username: 'self-test', groups: [] },
        object: { apiVersion: 'v1', kind: 'SelfTest', metadata: { name: 'self-test' } },
        oldObject: null,
        dryRun: true,
        options: null,
      },
    }),
  )
}
