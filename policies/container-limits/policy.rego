# METADATA
# title: Container limits
# description: |
#   A container without limits can take the memory and the CPU of every other container on its node. Each container and each init
#   container must have a limit above zero for each of the resources. Ephemeral containers cannot have any and are left out. Limits of
#   the whole pod do not count: under them its containers can still starve each other.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
#     description: Resource management for pods and containers
# schemas:
#   - input.parameters:
#       type: object
#       additionalProperties: false
#       properties:
#         resources:
#           description: The resources that need a limit.
#           type: array
#           minItems: 1
#           uniqueItems: true
#           items:
#             type: string
#             pattern: '^([A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$'
#           default: [cpu, memory]
#         maximum:
#           description: The highest limit allowed, by resource. A resource that is not listed has no upper bound.
#           type: object
#           additionalProperties:
#             type: [string, number]
#             pattern: '^\+?([0-9]*[1-9][0-9]*\.?[0-9]*|[0-9]*\.[0-9]*[1-9][0-9]*)([numkMGTPE]|[KMGTPE]i|[eE][-+]?[0-9]{1,9})?$'
#             exclusiveMinimum: 0
#           default: {}
#         requireRequests:
#           description: Whether each of the resources needs a request as well.
#           type: boolean
#           default: false
#         exemptImages:
#           description: |
#             Repositories whose containers need no limits, `registry.k8s.io/pause`. A path or a host stands for everything below it.
#           type: array
#           uniqueItems: true
#           items:
#             type: string
#             pattern: '^((localhost|[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+|\[[A-Fa-f0-9:]+\])(:[0-9]+)?|[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?:[0-9]+)(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*/?$'
#           default: []
# custom:
#   severity: medium
#   remediation: "Set resources.limits on each container, for instance `cpu: 500m` and `memory: 256Mi`."
#   resources:
#     - pods
#     - pods/resize
#     - podtemplates
#     - replicationcontrollers
#     - apps/replicasets
#     - apps/deployments
#     - apps/statefulsets
#     - apps/daemonsets
#     - batch/jobs
#     - batch/cronjobs
package container_limits

import data.lib.image
import data.lib.quantity
import data.lib.text
import data.lib.workload

# METADATA
# scope: document
# entrypoint: true
violation contains fault if {
	workload.subresource in ["", "resize"]
	some fault in _faults
	not workload.is_upkeep
}

_faults contains fault if some fault in workload.malformed_containers

_faults contains {
	"msg": $"{text.container(list, i, container)} must set limits.{resource}{_expected(container, "limits", resource)}",
	"path": array.concat(workload.spec_path, [list, i, "resources", "limits", resource]),
} if {
	some list in ["containers", "initContainers"]
	some i, container in workload.pod_spec[list]
	is_object(container)
	some resource in _resources
	not _has_limit(container, resource)
	not _is_exempt(container)
}

_faults contains {
	"msg": $"{text.container(list, i, container)} must set requests.{resource}{_expected(container, "requests", resource)}",
	"path": array.concat(workload.spec_path, [list, i, "resources", "requests", resource]),
} if {
	input.parameters.requireRequests
	some list in ["containers", "initContainers"]
	some i, container in workload.pod_spec[list]
	is_object(container)
	some resource in _resources
	not _has_request(container, resource)
	not _is_exempt(container)
}

_faults contains {
	"msg": $"{text.container(list, i, container)} must set limits.{resource} to at most {bound}, got {text.got(limit)}",
	"path": array.concat(workload.spec_path, [list, i, "resources", "limits", resource]),
} if {
	some resource, bound in input.parameters.maximum
	some list in ["containers", "initContainers"]
	some i, container in workload.pod_spec[list]
	limit := container.resources.limits[resource]
	not _is_within(resource, limit)
	not _is_missing(resource, limit)
	not _is_exempt(container)
}

default _resources := ["cpu", "memory"]

_resources := input.parameters.resources

# The containers are looked into here, inside the functions, because a negated call with an argument that is undefined does not hold.
_has_limit(container, resource) if quantity.is_positive(container.resources.limits[resource])

_has_request(container, resource) if quantity.is_positive(container.resources.requests[resource])

_is_within(resource, limit) if quantity.rank(limit) <= _highest[resource]

# A bound that is not above zero has no place here, so that no limit is within it.
_highest[resource] := quantity.rank(bound) if {
	some resource, bound in input.parameters.maximum
	quantity.is_positive(bound)
}

# A limit that counts as none is told once, not again for being above its bound.
_is_missing(resource, limit) if {
	resource in _resources
	not quantity.is_positive(limit)
}

_is_exempt(container) if image.is_from(container.image, _exempt_prefixes)

_exempt_prefixes := [image.prefix(exempt) | some exempt in input.parameters.exemptImages]

# Nothing more needs to be said where there is none.
_expected(container, kind, resource) := "" if {
	object.get(container, ["resources", kind, resource], null) in [null, ""]
} else := $" above zero, got {text.got(container.resources[kind][resource])}" if {
	quantity.is_quantity(container.resources[kind][resource])
} else := $" to a quantity, got {text.got(container.resources[kind][resource])}"
