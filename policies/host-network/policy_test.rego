package host_network_test

import data.host_network
import data.lib.fixture_test as fixture

test_o10_denies_host_network_in_every_workload if {
	every name, path in fixture.spec_paths {
		pod_spec := {"hostNetwork": true, "containers": []}
		review := fixture.create(name, fixture.workload(name, pod_spec))
		host_network.violation == {{
			"msg": "hostNetwork must be false or absent, got true",
			"path": array.concat(path, ["hostNetwork"]),
		}} with input as review
	}
}

test_o10_allows_pods_off_the_host_network_in_every_workload if {
	every name in object.keys(fixture.spec_paths) {
		every pod_spec in [{}, {"hostNetwork": false}, {"hostNetwork": null}] {
			host_network.violation == set() with input as fixture.create(name, fixture.workload(name, pod_spec))
		}
	}
}

test_o10_denies_whatever_is_not_plainly_false if {
	every value, words in {
		"true": "a string",
		"false": "a string",
		"": "a string",
		0: "a number",
		1: "a number",
		[]: "an array",
		{}: "an object",
	} {
		host_network.violation == {{
			"msg": $"hostNetwork must be false or absent, got {words}",
			"path": ["spec", "hostNetwork"],
		}} with input as fixture.pod({"hostNetwork": value})
	}
}

test_o16_denies_a_workload_without_a_pod_spec if {
	every object in [null, "x", {}, {"spec": null}, {"spec": "x"}] {
		host_network.violation == {{
			"msg": "spec.template.spec must be an object",
			"path": ["spec", "template", "spec"],
		}} with input as fixture.create("apps/deployments", object)
	}
}

test_a6_judges_what_a_delete_removes if {
	review := fixture.review("pods", "DELETE", null, {"spec": {"hostNetwork": true}})
	count(host_network.violation) == 1 with input as review
	host_network.violation == set() with input as fixture.review("pods", "DELETE", null, {"spec": {}})
	count(host_network.violation) == 1 with input as fixture.review("pods", "DELETE", null, null)
}

test_a8_leaves_other_subresources_and_resources_alone if {
	every name, object in fixture.strangers {
		host_network.violation == set() with input as fixture.with_parameters(fixture.create(name, object), everything)
	}
	every name in ["pods/ephemeralcontainers", "pods/resize"] {
		host_network.violation == set() with input as fixture.update(name, {"spec": {"hostNetwork": true}}, null)
	}
}

test_a10_judges_an_update_without_an_old_object_as_a_create if {
	count(host_network.violation) == 1 with input as fixture.update("pods", {"spec": {"hostNetwork": true}}, null)
}

test_o12_lets_what_was_there_before_stay if {
	every name in object.keys(fixture.spec_paths) {
		old_object := fixture.workload(name, {"hostNetwork": true, "hostPID": true, "containers": [{"name": "app", "image": "a"}]})
		new_object := fixture.workload(name, {"hostNetwork": true, "hostPID": true, "containers": [{"name": "app", "image": "b"}]})
		review := fixture.with_parameters(fixture.update(name, new_object, old_object), everything)
		host_network.violation == set() with input as review
	}
}

test_o12_denies_what_an_update_brings_in if {
	every before in [{}, {"hostNetwork": false}, {"hostNetwork": null}, {"hostPID": true}] {
		review := fixture.update(
			"apps/deployments",
			fixture.workload("apps/deployments", {"hostNetwork": true}),
			fixture.workload("apps/deployments", before),
		)
		count(host_network.violation) == 1 with input as review
	}
}

test_o12_being_deleted_exempts_nothing if {
	old_object := {"metadata": {"deletionTimestamp": "2030-01-01T00:00:00Z", "finalizers": ["a"]}, "spec": {}}
	new_object := object.union(old_object, {"spec": {"hostNetwork": true}})
	count(host_network.violation) == 1 with input as fixture.update("pods", new_object, old_object)
}

test_o18_no_name_label_annotation_or_user_exempts if {
	pod := {
		"metadata": {
			"name": "kube-proxy",
			"namespace": "kube-system",
			"labels": {"portcullis.dev/exempt": "true", "admission.gatekeeper.sh/ignore": "true"},
			"annotations": {"kubernetes.io/config.mirror": "x", "kubernetes.io/config.source": "file"},
		},
		"spec": {"hostNetwork": true},
	}
	review := object.union(
		fixture.create("pods", pod),
		{"request": {"userInfo": {"username": "system:serviceaccount:kube-system:admin", "groups": ["system:masters"]}}},
	)
	count(host_network.violation) == 1 with input as review
}

everything := {"hostPID": true, "hostIPC": true, "hostPorts": true}

test_host_pid_and_ipc_are_refused_by_parameter if {
	pod_spec := {"hostPID": true, "hostIPC": true, "containers": []}
	host_network.violation == set() with input as fixture.pod(pod_spec)
	none := {"hostPID": false, "hostIPC": false, "hostPorts": false}
	host_network.violation == set() with input as fixture.with_parameters(fixture.pod(pod_spec), none)
	host_network.violation == {
		{"msg": "hostPID must be false or absent, got true", "path": ["spec", "hostPID"]},
		{"msg": "hostIPC must be false or absent, got true", "path": ["spec", "hostIPC"]},
	} with input as fixture.with_parameters(fixture.pod(pod_spec), everything)
}

web := {"name": "web", "ports": [{"containerPort": 80}, {"containerPort": 443, "hostPort": 443}]}

open_port := {"containers": [web, {"name": "quiet"}]}

test_host_ports_are_refused_by_parameter if {
	host_network.violation == set() with input as fixture.pod(open_port)
	host_network.violation == {{
		"msg": `container "web" must not open a port on the node, got hostPort 443`,
		"path": ["spec", "containers", 0, "ports", 1, "hostPort"],
	}} with input as fixture.with_parameters(fixture.pod(open_port), everything)
}

test_host_ports_of_init_containers_are_refused if {
	pod_spec := {"containers": [], "initContainers": [{"name": "mesh", "restartPolicy": "Always", "ports": [{"hostPort": 15001}]}]}
	host_network.violation == {{
		"msg": `init container "mesh" must not open a port on the node, got hostPort 15001`,
		"path": ["spec", "initContainers", 0, "ports", 0, "hostPort"],
	}} with input as fixture.with_parameters(fixture.pod(pod_spec), everything)
}

test_no_host_port_is_allowed if {
	every port in [{"containerPort": 80}, {"containerPort": 80, "hostPort": 0}, {"containerPort": 80, "hostPort": null}] {
		review := fixture.pod({"containers": [{"name": "web", "ports": [port]}]})
		host_network.violation == set() with input as fixture.with_parameters(review, everything)
	}
}

test_a_host_port_that_is_no_number_is_refused if {
	every value in ["80", true, {}, [0], "0"] {
		review := fixture.pod({"containers": [{"name": "web", "ports": [{"hostPort": value}]}]})
		count(host_network.violation) == 1 with input as fixture.with_parameters(review, everything)
	}
}

test_a_host_port_that_was_there_before_stays if {
	after := {"containers": [object.union(web, {"image": "new"}), {"name": "quiet"}]}
	review := fixture.update("pods", {"spec": after}, {"spec": open_port})
	host_network.violation == set() with input as fixture.with_parameters(review, everything)
}

test_a_host_port_that_is_moved_or_opened_wider_is_refused if {
	every containers in [
		[{"name": "web", "ports": [{"containerPort": 80}, {"containerPort": 443, "hostPort": 8443}]}],
		[{"name": "web", "ports": [{"containerPort": 443, "hostPort": 443, "hostIP": "0.0.0.0"}]}],
		[web, {"name": "quiet", "ports": [{"containerPort": 443, "hostPort": 443}]}],
		[object.union(web, {"name": "other"})],
	] {
		review := fixture.update("pods", {"spec": {"containers": containers}}, {"spec": open_port})
		count(host_network.violation) == 1 with input as fixture.with_parameters(review, everything)
	}
	moved := {"containers": [], "initContainers": [web]}
	review := fixture.update("pods", {"spec": moved}, {"spec": open_port})
	count(host_network.violation) == 1 with input as fixture.with_parameters(review, everything)
}

test_o16_containers_that_cannot_be_seen_are_refused_with_host_ports if {
	every containers in [null, {}, "x", ["x"]] {
		review := fixture.pod({"containers": containers})
		host_network.violation == set() with input as review
		count(host_network.violation) == 1 with input as fixture.with_parameters(review, everything)
	}
	every ports in ["80", 80, {}, ["80"], [null], [[]]] {
		review := fixture.pod({"containers": [{"name": "web", "ports": ports}]})
		count(host_network.violation) == 1 with input as fixture.with_parameters(review, everything)
	}
}
