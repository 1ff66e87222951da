# METADATA
# title: Workloads
# description: |
#   Finds the pod spec, and its place, in every built-in object that holds one. The request's resource decides where to look, never
#   what the object says of itself. Whatever is not shaped as the API server would have it is a fault, so that no policy passes over it.
package lib.workload

# The object to judge: on DELETE the one that goes.
judged := input.request.oldObject if {
	input.request.operation == "DELETE"
	is_object(input.request.oldObject)
} else := object.get(input.request, "object", null)

# The API server leaves `subResource` out of a request for the object itself.
subresource := input.request.subResource if {
	is_string(input.request.subResource)
} else := ""

# The keys from the object's root to its pod spec; undefined for a resource or subresource that holds none.
spec_path := ["spec"] if {
	input.request.resource.resource == "pods"
	_group == ""
	subresource in ["", "ephemeralcontainers", "resize"]
} else := array.concat(template_path, ["spec"])

# The keys from the object's root to its pod template; undefined for a Pod.
template_path := ["spec", "template"] if {
	_group == "apps"
	subresource == ""
	input.request.resource.resource in ["replicasets", "deployments", "daemonsets", "statefulsets"]
} else := ["spec", "template"] if {
	_group == "batch"
	subresource == ""
	input.request.resource.resource == "jobs"
} else := ["spec", "jobTemplate", "spec", "template"] if {
	_group == "batch"
	subresource == ""
	input.request.resource.resource == "cronjobs"
} else := ["spec", "template"] if {
	_group == ""
	subresource == ""
	input.request.resource.resource == "replicationcontrollers"
} else := ["template"] if {
	_group == ""
	subresource == ""
	input.request.resource.resource == "podtemplates"
}

_group := input.request.resource.group if {
	is_string(input.request.resource.group)
} else := ""

# Undefined where the object has none; `malformed_spec` tells whether it should.
pod_spec := spec if {
	spec := object.get(judged, spec_path, null)
	is_object(spec)
}

# The same place in the object as it was before an update; undefined for every other operation.
old_pod_spec := spec if {
	input.request.operation == "UPDATE"
	spec := object.get(input.request.oldObject, spec_path, null)
	is_object(spec)
}

# A ReplicationController is the one workload that the API allows without a pod template.
template_omitted if {
	input.request.resource.resource == "replicationcontrollers"
	is_object(judged.spec)
	object.get(judged.spec, "template", null) == null
}

# At most one fault: there is no pod spec where the resource must have one.
malformed_spec contains {"msg": $"{concat(".", spec_path)} must be an object", "path": spec_path} if {
	spec_path
	not pod_spec
	not template_omitted
}

# Everything that would keep a policy from seeing each container of the pod spec.
malformed_containers contains fault if some fault in malformed_spec

malformed_containers contains {"msg": $"{list} must be a list of containers", "path": array.concat(spec_path, [list])} if {
	some list in ["containers", "initContainers", "ephemeralContainers"]
	containers := object.get(pod_spec, list, null)
	not is_array(containers)
	not _may_be_absent(list, containers)
}

malformed_containers contains {"msg": $"{list}[{i}] must be an object", "path": array.concat(spec_path, [list, i])} if {
	some list in ["containers", "initContainers", "ephemeralContainers"]
	is_array(pod_spec[list])
	some i, container in pod_spec[list]
	not is_object(container)
}

_may_be_absent(list, null) if list != "containers"

# An update that changes nothing but what controllers keep. It lets finalizers go from objects that are older than a policy; without
# it they could never be deleted. That an object is being deleted exempts nothing: its containers may still change.
is_upkeep if {
	input.request.operation == "UPDATE"
	object.remove(input.request.object, ["metadata", "status"]) == object.remove(
		input.request.oldObject,
		["metadata", "status"],
	)
	object.remove(input.request.object.metadata, _kept_by_controllers) == object.remove(
		input.request.oldObject.metadata,
		_kept_by_controllers,
	)
}

_kept_by_controllers := ["finalizers", "generation", "managedFields", "resourceVersion"]
