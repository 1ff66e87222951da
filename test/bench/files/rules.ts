// Fifty rules of eleven sorts, in Rego that all three tools take. `OBJECT` is where a tool has the object.

export const RESOURCES = ['cpu', 'memory', 'ephemeral-storage', 'example.com/a', 'example.com/b']

export interface Rule {
  readonly name: string
  /** The body of a rule that yields `msg`. */
  readonly body: string
}

type Sort = readonly [name: string, values: readonly string[], body: (value: string) => string]

const numbered = (prefix: string): string[] => [1, 2, 3, 4, 5].map((i) => `${prefix}${i}`)

const SORTS: readonly Sort[] = [
  [
    'label',
    numbered('shop.example.com/label-'),
    (key) => `not OBJECT.metadata.labels["${key}"]
	msg := "label ${key} is missing"`,
  ],
  [
    'note',
    numbered('shop.example.com/note-'),
    (key) => `value := object.get(OBJECT.metadata, ["annotations", "${key}"], "")
	not regex.match("^[a-z]+-[0-9]+-[0-9]+$", value)
	msg := sprintf("annotation %s is not a note: %v", ["${key}", value])`,
  ],
  [
    'registry',
    numbered('old-'),
    (host) => `some container in containers
	startswith(container.image, "${host}.example.com/")
	msg := sprintf("container %s takes its image from ${host}", [container.name])`,
  ],
  [
    'limit',
    RESOURCES,
    (resource) => `some container in containers
	not container.resources.limits["${resource}"]
	msg := sprintf("container %s has no limit of ${resource}", [container.name])`,
  ],
  [
    'request',
    ['cpu', 'memory'],
    (resource) => `some container in containers
	not container.resources.requests["${resource}"]
	msg := sprintf("container %s has no request of ${resource}", [container.name])`,
  ],
  [
    'capability',
    ['SYS_ADMIN', 'NET_ADMIN', 'NET_RAW', 'SYS_PTRACE', 'SYS_MODULE'],
    (capability) => `some container in containers
	"${capability}" in container.securityContext.capabilities.add
	msg := sprintf("container %s adds ${capability}", [container.name])`,
  ],
  [
    'variable',
    ['AWS_SECRET', 'PASSWORD', 'TOKEN', 'PRIVATE_KEY', 'API_KEY'],
    (prefix) => `some container in containers
	some variable in container.env
	startswith(variable.name, "${prefix}")
	variable.value
	msg := sprintf("container %s has %s in plain text", [container.name, variable.name])`,
  ],
  [
    'host',
    ['hostNetwork', 'hostPID', 'hostIPC'],
    (field) => `spec.${field}
	msg := "${field} is set"`,
  ],
  [
    'host-port',
    ['22', '53', '80', '443', '6443'],
    (port) => `some container in containers
	some exposed in container.ports
	exposed.hostPort == ${port}
	msg := sprintf("container %s takes the host's port ${port}", [container.name])`,
  ],
  [
    'volume',
    ['hostPath', 'nfs', 'iscsi', 'glusterfs', 'rbd'],
    (type) => `some volume in spec.volumes
	volume.${type}
	msg := sprintf("volume %s is of type ${type}", [volume.name])`,
  ],
  [
    'field',
    ['livenessProbe', 'readinessProbe', 'startupProbe', 'imagePullPolicy', 'securityContext'],
    (field) => `some container in containers
	not container.${field}
	msg := sprintf("container %s has no ${field}", [container.name])`,
  ],
]

/** Where a pod's spec lies in a pod, and in what makes pods. */
export const SPEC = `containers := spec.containers

spec := OBJECT.spec if OBJECT.kind == "Pod"

spec := OBJECT.spec.template.spec if OBJECT.kind != "Pod"
`

export const RULES: readonly Rule[] = SORTS.flatMap(([sort, values, body]) =>
  values.map((value, index) => ({ name: `${sort}-${index}`, body: body(value) })),
)
