# METADATA
# title: No host network
# description: |
#   A pod on its node's network reaches what only the node should reach: the kubelet, the cloud's metadata service, every port that
#   listens on the loopback interface. Network policies do not hold it. The pod's processes and IPC, and ports opened on the node, can be
#   refused as well.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/security/pod-security-standards/
#     description: Pod Security Standards, host namespaces and host ports
# schemas:
#   - input.parameters:
#       type: object
#       additionalProperties: false
#       properties:
#         hostPID:
#           description: Whether hostPID is refused as well.
#           type: boolean
#           default: false
#         hostIPC:
#           description: Whether hostIPC is refused as well.
#           type: boolean
#           default: false
#         hostPorts:
#           description: Whether ports that containers open on the node are refused as well.
#           type: boolean
#           default: false
# custom:
#   severity: high
#   remediation: Remove the field, and reach the pod through a Service.
#   resources:
#     - pods
#     - podtemplates
#     - replicationcontrollers
#     - apps/replicasets
#     - apps/deployments
#     - apps/statefulsets
#     - apps/daemonsets
#     - batch/jobs
#     - batch/cronjobs
package host_network

import data.lib.text
import data.lib.workload

# METADATA
# scope: document
# entrypoint: true
violation contains fault if {
	workload.subresource == ""
	some fault in _faults
	not workload.is_upkeep
}

_faults contains fault if some fault in workload.malformed_spec

_faults contains {
	"msg": $"{field} must be false or absent, got {_got(value)}",
	"path": array.concat(workload.spec_path, [field]),
} if {
	some field in _fields
	value := workload.pod_spec[field]
	not value in [false, null]
	not _is_unchanged(field, value)
}

_faults contains fault if {
	input.parameters.hostPorts
	some fault in workload.malformed_containers
}

_faults contains {
	"msg": $"{text.container(list, i, container)} must not open a port on the node, got hostPort {text.got(host_port)}",
	"path": array.concat(workload.spec_path, [list, i, "ports", j, "hostPort"]),
} if {
	input.parameters.hostPorts
	some list in ["containers", "initContainers"]
	some i, container in workload.pod_spec[list]
	some j, port in container.ports
	host_port := port.hostPort
	not host_port in [0, null]
	not _is_unchanged_port(list, container, port)
}

_faults contains {
	"msg": $"{text.container(list, i, container)} must have a list of ports",
	"path": array.concat(workload.spec_path, [list, i, "ports"]),
} if {
	input.parameters.hostPorts
	some list in ["containers", "initContainers"]
	some i, container in workload.pod_spec[list]
	ports := object.get(container, "ports", null)
	not _is_list_of_objects(ports)
}

_is_list_of_objects(null)

_is_list_of_objects(ports) if {
	is_array(ports)
	every port in ports {
		is_object(port)
	}
}

_fields contains "hostNetwork"

_fields contains "hostPID" if input.parameters.hostPID

_fields contains "hostIPC" if input.parameters.hostIPC

# What an object had before cannot be mended by refusing its update, and the fields of a pod cannot change.
_is_unchanged(field, value) if workload.old_pod_spec[field] == value

_is_unchanged_port(list, container, port) if _old_ports[[list, container.name, port]]

_old_ports contains [list, container.name, port] if {
	some list in ["containers", "initContainers"]
	some container in workload.old_pod_spec[list]
	some port in container.ports
}

_got(true) := "true"

_got(value) := text.type(value) if value != true
