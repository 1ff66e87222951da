# What the tests of every policy are made from.
package lib.fixture_test

# The nine built-in resources that hold a pod spec, as `group/resource`, with where they hold it.
spec_paths := {
	"pods": ["spec"],
	"podtemplates": ["template", "spec"],
	"replicationcontrollers": ["spec", "template", "spec"],
	"apps/replicasets": ["spec", "template", "spec"],
	"apps/deployments": ["spec", "template", "spec"],
	"apps/statefulsets": ["spec", "template", "spec"],
	"apps/daemonsets": ["spec", "template", "spec"],
	"batch/jobs": ["spec", "template", "spec"],
	"batch/cronjobs": ["spec", "jobTemplate", "spec", "template", "spec"],
}

# Subresources that no policy of ours names, with an object of the kind that comes with them.
strangers := {
	"pods/exec": {"kind": "PodExecOptions", "container": "app", "command": ["sh"]},
	"pods/attach": {"kind": "PodAttachOptions", "container": "app"},
	"pods/portforward": {"kind": "PodPortForwardOptions", "ports": [80]},
	"pods/binding": {"kind": "Binding", "target": {"kind": "Node", "name": "node-1"}},
	"pods/eviction": {"kind": "Eviction", "metadata": {"name": "app"}},
	"pods/status": {"kind": "Pod", "metadata": {"name": "app"}, "spec": {"hostNetwork": true}},
	"replicationcontrollers/scale": {"kind": "Scale", "spec": {"replicas": 3}},
	"apps/deployments/scale": {"kind": "Scale", "spec": {"replicas": 3}},
	"apps/deployments/status": {"kind": "Deployment", "spec": {}},
	"bindings": {"kind": "Binding", "target": {"kind": "Node", "name": "node-1"}},
	"configmaps": {"kind": "ConfigMap", "data": {"spec": "none"}},
	"events": {"kind": "Event", "message": "none"},
	"coordination.k8s.io/leases": {"kind": "Lease", "spec": {}},
	"serving.knative.dev/pods": {"kind": "Pod", "spec": {"hostNetwork": true}},
}

# A review of a new object: `pods`, `pods/resize`, `apps/deployments`, `apps/deployments/scale`.
create(name, object) := review(name, "CREATE", object, null)

update(name, object, old_object) := review(name, "UPDATE", object, old_object)

review(name, operation, object, old_object) := {"request": {
	"uid": "705ab4f5-6393-11e8-b7cc-42010a800002",
	"resource": _resource(name),
	"subResource": _subresource(name),
	"operation": operation,
	"namespace": "shop",
	"userInfo": {"username": "jane", "groups": ["system:authenticated"]},
	"object": object,
	"oldObject": old_object,
}}

# An object of any of the nine resources around a pod spec, labelled as it should be.
workload(name, pod_spec) := _nested(spec_paths[name], pod_spec)

pod(pod_spec) := create("pods", workload("pods", pod_spec))

# Input with parameters.
with_parameters(admission_review, parameters) := object.union(admission_review, {"parameters": parameters})

_metadata := {"name": "app", "labels": {"owner": "team-shop"}}

_nested(["spec"], pod_spec) := {"metadata": _metadata, "spec": pod_spec}

_nested(["template", "spec"], pod_spec) := {"metadata": _metadata, "template": {"metadata": _metadata, "spec": pod_spec}}

_nested(["spec", "template", "spec"], pod_spec) := {
	"metadata": _metadata,
	"spec": {"template": {"metadata": _metadata, "spec": pod_spec}},
}

_nested(["spec", "jobTemplate", "spec", "template", "spec"], pod_spec) := {
	"metadata": _metadata,
	"spec": {"jobTemplate": {"spec": {"template": {"metadata": _metadata, "spec": pod_spec}}}},
}

_parts(name) := split(name, "/")

_is_grouped(name) if _parts(name)[0] in ["apps", "batch", "coordination.k8s.io", "serving.knative.dev"]

_resource(name) := {"group": _parts(name)[0], "version": "v1", "resource": _parts(name)[1]} if {
	_is_grouped(name)
} else := {"group": "", "version": "v1", "resource": _parts(name)[0]}

_subresource(name) := _parts(name)[2] if {
	_is_grouped(name)
	count(_parts(name)) == 3
} else := _parts(name)[1] if {
	not _is_grouped(name)
	count(_parts(name)) == 2
} else := ""
