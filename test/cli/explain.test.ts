import { describe, expect, test } from 'vitest'
import { join } from 'node:path'
import { useCheckFolder } from '../support/check-folder.ts'
import { DEMO_BUNDLE, demoPod, demoPolicy } from '../support/demo-policy.ts'
import { hasCompiler } from '../support/has-compiler.ts'
import { POLICIES } from '../support/policies.ts'
import { portcullis, ROOT, type Run } from '../support/portcullis.ts'

const WEB = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: core-shop }
spec:
  template:
    spec:
      hostNetwork: true
      containers:
        - name: app
          image: nginx
          resources: { limits: { cpu: 1 } }
`

describe.skipIf(!hasCompiler('explain'))('explain', () => {
  const { path, put } = useCheckFolder()

  /** By the product's own policies; their Rego is told by its path from here. */
  const explain = (binding: string, stdin: string, ...args: readonly string[]): Promise<Run> =>
    portcullis(['explain', '-', '--binding', binding, ...args], { cwd: ROOT, stdin })

  /** By policies of the test. */
  const explainHere = (...args: readonly string[]): Promise<Run> =>
    portcullis(['explain', ...args], { cwd: path() })

  async function demo(body = ''): Promise<void> {
    await put('policies/demo/policy.rego', demoPolicy('demo', body))
    await put('policies/bundle.yaml', DEMO_BUNDLE)
    await put('pod.yaml', demoPod())
  }

  describe('tells which line of Rego made a violation, and with which values', () => {
    test('host-network', async () => {
      const { code, stdout, stderr } = await explain('no-host-network', WEB)
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(stdout).toMatchInlineSnapshot(`
        "Deployment core-shop/web: 1 violation by binding \`no-host-network\` (policy \`host-network\`)

        violation: hostNetwork must be false or absent, got true
         --> <stdin>:7:20
          |
        7 |       hostNetwork: true
          |                    ^^^^

        through host_network.violation
          --> policies/host-network/policy.rego:48:1
        48 | violation contains fault if {
        49 |   workload.subresource == ""
           |     workload.subresource: ""
        50 |   some fault in _faults
        51 |   not workload.is_upkeep
           |     workload.is_upkeep: undefined

        made by host_network._faults
          --> policies/host-network/policy.rego:56:1
        56 | _faults contains {
        60 |   some field in _fields
           |     field: "hostNetwork"
        61 |   value := workload.pod_spec[field]
           |     value: true
        62 |   not value in [false, null]
        63 |   not _is_unchanged(field, value)

        found nothing:
          = host_network._faults (policies/host-network/policy.rego:54): \`some fault in workload.malformed_spec\` is not true, where lib.workload.malformed_spec: set()
          = host_network._faults (policies/host-network/policy.rego:67): \`input.parameters.hostPorts\` is not true, where input.parameters.hostPorts: false
          = host_network._faults (policies/host-network/policy.rego:75): \`input.parameters.hostPorts\` is not true, where input.parameters.hostPorts: false
          = host_network._faults (policies/host-network/policy.rego:88): \`input.parameters.hostPorts\` is not true, where input.parameters.hostPorts: false
        "
      `)
    })

    test('container-limits', async () => {
      expect((await explain('container-limits', WEB)).stdout).toMatchInlineSnapshot(`
        "Deployment core-shop/web: 1 violation by binding \`container-limits\` (policy \`container-limits\`)

        violation: container "app" must set limits.memory
          --> <stdin>:11:24
           |
        11 |           resources: { limits: { cpu: 1 } }
           |                        ^^^^^^

        through container_limits.violation
          --> policies/container-limits/policy.rego:69:1
        69 | violation contains fault if {
        70 |   workload.subresource in ["", "resize"]
           |     workload.subresource: ""
        71 |   some fault in _faults
        72 |   not workload.is_upkeep
           |     workload.is_upkeep: undefined

        made by container_limits._faults
          --> policies/container-limits/policy.rego:77:1
        77 | _faults contains {
        81 |   some list in ["containers", "initContainers"]
           |     list: "containers"
        82 |   some i, container in workload.pod_spec[list]
           |     container: {"image": "nginx", "name": "app", "resources": {"limits": {"cpu": 1}}}
           |     i: 0
        83 |   is_object(container)
        84 |   some resource in _resources
           |     resource: "memory"
        85 |   not _has_limit(container, resource)
        86 |   not _is_exempt(container)

        found nothing:
          = container_limits._faults (policies/container-limits/policy.rego:75): \`some fault in workload.malformed_containers\` is not true, where lib.workload.malformed_containers: set()
          = container_limits._faults (policies/container-limits/policy.rego:93): \`input.parameters.requireRequests\` is not true, where input.parameters.requireRequests: false
          = container_limits._faults (policies/container-limits/policy.rego:106): \`some resource, bound in input.parameters.maximum\` is not true, where input.parameters.maximum: {}
        "
      `)
    })

    test('trusted-registries', async () => {
      expect((await explain('core-registries', WEB)).stdout).toMatchInlineSnapshot(`
        "Deployment core-shop/web: 1 violation by binding \`core-registries\` (policy \`trusted-registries\`)

        violation: container "app" must take its image from registry.example.com/core, got "nginx", which is docker.io/library/nginx
          --> <stdin>:10:18
           |
        10 |           image: nginx
           |                  ^^^^^

        through trusted_registries.violation
          --> policies/trusted-registries/policy.rego:53:1
        53 | violation contains fault if {
        54 |   workload.subresource in ["", "ephemeralcontainers"]
           |     workload.subresource: ""
        55 |   some fault in _faults
        56 |   not workload.is_upkeep
           |     workload.is_upkeep: undefined

        made by trusted_registries._faults
          --> policies/trusted-registries/policy.rego:63:1
        63 | _faults contains {
        67 |   some list in ["containers", "initContainers", "ephemeralContainers"]
           |     list: "containers"
        68 |   some i, container in workload.pod_spec[list]
           |     container: {"image": "nginx", "name": "app", "resources": {"limits": {"cpu": 1}}}
           |     i: 0
        69 |   reference := object.get(container, "image", null)
           |     reference: "nginx"
        70 |   not _is_trusted(reference)

        found nothing:
          = trusted_registries._faults (policies/trusted-registries/policy.rego:59): \`some fault in workload.malformed_containers\` is not true, where lib.workload.malformed_containers: set()
          = trusted_registries._faults (policies/trusted-registries/policy.rego:61): \`some fault in _malformed_volumes\` is not true, where trusted_registries._malformed_volumes: set()
          = trusted_registries._faults (policies/trusted-registries/policy.rego:77): \`some i, volume in workload.pod_spec.volumes\` is not true, where lib.workload.pod_spec.volumes: undefined
        "
      `)
    })

    test('required-labels', async () => {
      const namespace = `apiVersion: v1
kind: Namespace
metadata: { name: core-shop, labels: { environment: production } }
`
      await put('namespaces.yaml', namespace)
      const file = join(path(), 'namespaces.yaml')
      const run = await explain('production-owner', WEB, '--namespaces', file)
      expect(run.stdout).toMatchInlineSnapshot(`
        "Deployment core-shop/web: 1 violation by binding \`production-owner\` (policy \`required-labels\`)

        violation: the object must have the label "owner"
         --> <stdin>:3:1
          |
        3 | metadata: { name: web, namespace: core-shop }
          | ^^^^^^^^

        through required_labels.violation
          --> policies/required-labels/policy.rego:59:1
        59 | violation contains fault if {
        60 |   workload.subresource == ""
           |     workload.subresource: ""
        61 |   some fault in _faults
        62 |   not workload.is_upkeep
           |     workload.is_upkeep: undefined

        made by required_labels._faults
          --> policies/required-labels/policy.rego:65:1
        65 | _faults contains {
        69 |   workload.spec_path
           |     workload.spec_path: ["spec", "template", "spec"]
        70 |   some required in _labels
           |     required: {"key": "owner"}
        71 |   value := _value(workload.judged, ["metadata", "labels", required.key])
           |     value: null
           |     workload.judged: {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "core-shop"}, "spec": {"template": {"spec": {"containers": [{"image": "nginx", "name": "app", "resources": {"li…
           |     required.key: "owner"
        72 |   not _is_satisfied(required, value)

        found nothing:
          = required_labels._faults (policies/required-labels/policy.rego:79): \`input.parameters.podTemplate\` is not true, where input.parameters.podTemplate: false
        "
      `)
    })
  })

  test('tells which expression is false where nothing was found', async () => {
    const good = WEB.replace('hostNetwork: true', 'hostNetwork: false')
    const { code, stdout } = await explain('no-host-network', good)
    expect(code).toBe(0)
    expect(stdout).toMatchInlineSnapshot(`
      "Deployment core-shop/web: no violations by binding \`no-host-network\` (policy \`host-network\`)

      nothing by host_network.violation
        --> policies/host-network/policy.rego:50:2
         |
      50 |     some fault in _faults
         |     ^^^^^^^^^^^^^^^^^^^^^ is not true
         = host_network._faults: set()
         = host_network._faults (policies/host-network/policy.rego:54): \`some fault in workload.malformed_spec\` is not true, where lib.workload.malformed_spec: set()
           = lib.workload.malformed_spec (policies/lib/workload.rego:76): \`not pod_spec\` is not true, where pod_spec: {"containers": [{"image": "nginx", "name": "app", "resources…
             = lib.workload.pod_spec (policies/lib/workload.rego:54): holds
         = host_network._faults (policies/host-network/policy.rego:62): \`not value in [false, null]\` is not true, where value: false
         = host_network._faults (policies/host-network/policy.rego:67): \`input.parameters.hostPorts\` is not true, where input.parameters.hostPorts: false
         = host_network._faults (policies/host-network/policy.rego:75): \`input.parameters.hostPorts\` is not true, where input.parameters.hostPorts: false
         = host_network._faults (policies/host-network/policy.rego:88): \`input.parameters.hostPorts\` is not true, where input.parameters.hostPorts: false
      "
    `)
  })

  test('tells of a rule that is undefined what it lacks', async () => {
    await demo()
    await put('pod.yaml', demoPod().replace(/, labels: .*/, ' }'))
    const { code, stdout } = await explainHere('pod.yaml', '--binding', 'all')
    expect(code).toBe(0)
    expect(stdout).toMatchInlineSnapshot(`
      "Pod shop/a: no violations by binding \`all\` (policy \`demo\`)

      nothing by demo.violation
        --> policies/demo/policy.rego:20:2
         |
      20 |     input.request.object.metadata.labels.bad == input.parameters.word
         |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ is not true
         = input.request.object.metadata.labels.bad: undefined
         = input.parameters.word: "yes"
      "
    `)
  })

  test('tells why a binding does not judge an object, and where bundle.yaml says so', async () => {
    const elsewhere = WEB.replace('core-shop', 'shop')
    const { code, stdout } = await explain('core-registries', elsewhere)
    expect(code).toBe(0)
    expect(stdout).toContain(
      'Deployment shop/web: binding `core-registries` (policy `trusted-registries`) does not judge it',
    )
    expect(stdout).toMatch(/--> policies\/bundle\.yaml:\d+:\d+\n/)
    expect(stdout).toContain('match: { namespaces: ["core-*"] }')
  })

  test('tells of the exception that lets a violation pass', async () => {
    await demo()
    await put(
      'policies/bundle.yaml',
      `${DEMO_BUNDLE}  exceptions:
    - name: for-now
      binding: all
      match: { namespaces: [shop] }
      owner: team-a
      reason: goes soon
      expires: 2999-12-31
`,
    )
    const { stdout, stderr } = await explainHere('pod.yaml', '--binding', 'all')
    expect(stderr).toBe('')
    expect(stdout).toContain('exception `for-now` lets them pass until 2999-12-31')
  })

  test('takes an AdmissionReview as it is', async () => {
    const review = {
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      request: {
        uid: 'a3c1',
        kind: { group: '', version: 'v1', kind: 'Pod' },
        resource: { group: '', version: 'v1', resource: 'pods' },
        name: 'a',
        namespace: 'shop',
        operation: 'CREATE',
        userInfo: { username: 'jane' },
        object: {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: 'a', namespace: 'shop', labels: { bad: 'yes' } },
        },
      },
    }
    await demo('\nviolation contains {"msg": input.request.userInfo.username}\n')
    await put('review.json', JSON.stringify(review, undefined, 2))
    const run = await explainHere('review.json', '--binding', 'all', '-o', 'json')
    expect(run).toMatchObject({ code: 0, stderr: '' })
    const { object, violations } = JSON.parse(run.stdout) as {
      readonly object: unknown
      readonly violations: readonly Readonly<Record<string, unknown>>[]
    }
    expect(object).toEqual({ apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'a' })
    expect(violations).toMatchObject([
      { message: 'jane', rules: [{ rule: 'demo.violation' }] },
      { message: 'is bad', file: 'review.json', line: 29, rules: [{ rule: 'demo.violation' }] },
    ])
  })

  test('an update is told with what was before', async () => {
    await demo(
      '\nviolation contains {"msg": "changed"} if input.request.oldObject.metadata.labels.bad\n',
    )
    await put('old.yaml', demoPod('no'))
    const args = ['pod.yaml', '--binding', 'all', '--old', 'old.yaml']
    const { stdout } = await explainHere(...args)
    expect(stdout).toContain('violation: changed')
  })

  test('takes one object of several', async () => {
    await demo()
    await put('two.yaml', `${demoPod()}---\n${demoPod().replace('name: a', 'name: b')}`)
    expect(await explainHere('two.yaml', '--binding', 'all')).toMatchObject({
      code: 2,
      stdout: '',
      stderr:
        'portcullis: `two.yaml` holds 2 objects: take one with `--object`, `Pod/a`, `Pod/b`\n',
    })
    const one = await explainHere('two.yaml', '--binding', 'all', '--object', 'pod/b')
    expect(one.code).toBe(0)
    expect(one.stdout).toContain('Pod shop/b: 1 violation')
  })

  describe('ends with 2 where there is nothing to explain', () => {
    test.each([
      ['no file', ['--binding', 'all'], 'give a file'],
      ['no binding', ['pod.yaml'], '`--binding NAME`'],
      ['a binding that there is not', ['pod.yaml', '--binding', 'al'], 'did you mean `all`?'],
      ['a file that is not there', ['gone.yaml', '--binding', 'all'], 'gone.yaml'],
      [
        'an object that there is not',
        ['pod.yaml', '--binding', 'all', '--object', 'Pod/z'],
        'holds 0 objects that are `Pod/z`',
      ],
      [
        'an archive, which has no Rego',
        ['pod.yaml', '--binding', 'all', '--bundle', join(POLICIES, 'bundle.tgz')],
        'compiled policies and no Rego',
      ],
      [
        'labels of a Namespace that nobody gave',
        ['pod.yaml', '--binding', 'production'],
        'needs the labels of namespace `shop`',
      ],
      [
        'a file of Namespaces without one',
        ['pod.yaml', '--binding', 'all', '--namespaces', 'pod.yaml'],
        'there is no Namespace in `pod.yaml`',
      ],
      [
        'old objects that are none',
        ['pod.yaml', '--binding', 'all', '--old', 'empty.yaml'],
        'there is no Kubernetes object in what `--old` names',
      ],
    ])('%s', async (_what, args, says) => {
      await demo()
      await put('empty.yaml', '# nothing')
      const { code, stdout, stderr } = await explainHere(...args)
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
      expect(stderr).toContain(says)
    })
  })

  test('values of an object are the answer, and nowhere else: not beside an error', async () => {
    await demo(`
violation contains {"msg": secret} if {
	secret := input.request.object.metadata.labels.token
	limit > 5
}

limit := 1 if input.request.object.metadata.labels.conflict == "one"

limit := 7 if input.request.object.metadata.labels.token
`)
    const pod = (labels: string): string => demoPod().replace('bad: "yes"', labels)
    await put('pod.yaml', pod('token: hunter2'))
    const shown = await explainHere('pod.yaml', '--binding', 'all')
    expect(shown).toMatchObject({ code: 0, stderr: '' })
    expect(shown.stdout).toContain('hunter2')
    await put('pod.yaml', pod('token: hunter2, conflict: one'))
    const failed = await explainHere('pod.yaml', '--binding', 'all')
    expect(failed).toMatchObject({ code: 2, stdout: '' })
    expect(failed.stderr).toContain('cannot be judged')
    expect(failed.stderr).not.toContain('hunter2')
  })

  test('nothing in an object moves a terminal’s cursor', async () => {
    await demo('\nviolation contains {"msg": input.request.object.metadata.annotations.a}\n')
    await put(
      'pod.yaml',
      `${demoPod()}`.replace(', labels', ', annotations: { a: "\\e[2J" }, labels'),
    )
    const { stdout } = await explainHere('pod.yaml', '--binding', 'all')
    expect(stdout).toContain('[2J')
    expect(stdout).not.toMatch(/(?!\n)\p{Cc}/u)
  })
})
