package container_limits_test

import data.container_limits
import data.lib.fixture_test as fixture

fine := {"limits": {"cpu": "500m", "memory": "256Mi"}}

test_allows_limits_in_every_workload if {
	every name in object.keys(fixture.spec_paths) {
		pod_spec := {
			"containers": [{"name": "app", "resources": fine}],
			"initContainers": [{"name": "setup", "resources": fine}],
		}
		container_limits.violation == set() with input as fixture.create(name, fixture.workload(name, pod_spec))
	}
}

test_denies_missing_limits_in_every_workload if {
	every name, path in fixture.spec_paths {
		pod_spec := {"containers": [{"name": "app", "resources": fine}, {"name": "log", "resources": {"limits": {"cpu": 1}}}]}
		container_limits.violation == {{
			"msg": `container "log" must set limits.memory`,
			"path": array.concat(path, ["containers", 1, "resources", "limits", "memory"]),
		}} with input as fixture.create(name, fixture.workload(name, pod_spec))
	}
}

test_tells_every_missing_limit if {
	pod_spec := {"containers": [{"name": "app"}, {}], "initContainers": [{"name": "setup", "resources": {}}]}
	container_limits.violation == {
		{"msg": `container "app" must set limits.cpu`, "path": limit("containers", 0, "cpu")},
		{"msg": `container "app" must set limits.memory`, "path": limit("containers", 0, "memory")},
		{"msg": "container 1 must set limits.cpu", "path": limit("containers", 1, "cpu")},
		{"msg": "container 1 must set limits.memory", "path": limit("containers", 1, "memory")},
		{"msg": `init container "setup" must set limits.cpu`, "path": limit("initContainers", 0, "cpu")},
		{"msg": `init container "setup" must set limits.memory`, "path": limit("initContainers", 0, "memory")},
	} with input as fixture.pod(pod_spec)
}

test_o2_denies_init_and_sidecar_containers_without_limits if {
	every container in [{"name": "setup"}, {"name": "mesh", "restartPolicy": "Always"}] {
		pod_spec := {"containers": [{"name": "app", "resources": fine}], "initContainers": [container]}
		count(container_limits.violation) == 2 with input as fixture.pod(pod_spec)
	}
}

test_o2_allows_ephemeral_containers_without_limits if {
	pod_spec := {"containers": [{"name": "app", "resources": fine}], "ephemeralContainers": [{"name": "debug", "image": "busybox"}]}
	container_limits.violation == set() with input as fixture.pod(pod_spec)
}

test_denies_a_resize_that_takes_limits_away if {
	before := fixture.workload("pods", {"containers": [{"name": "app", "resources": fine}]})
	after := fixture.workload("pods", {"containers": [{"name": "app", "resources": {"limits": {"cpu": "1"}}}]})
	count(container_limits.violation) == 1 with input as fixture.update("pods/resize", after, before)
	container_limits.violation == set() with input as fixture.update("pods/resize", before, before)
}

test_a8_leaves_other_subresources_and_resources_alone if {
	every name, object in fixture.strangers {
		container_limits.violation == set() with input as fixture.create(name, object)
	}
	pod := fixture.workload("pods", {"containers": [{"name": "app"}]})
	container_limits.violation == set() with input as fixture.update("pods/ephemeralcontainers", pod, pod)
}

test_o4_denies_limits_that_limit_nothing if {
	every value, got in {
		"0": ` above zero, got "0"`,
		"0m": ` above zero, got "0m"`,
		"0.0": ` above zero, got "0.0"`,
		"-1": ` above zero, got "-1"`,
		"-100m": ` above zero, got "-100m"`,
		0: " above zero, got 0",
		-1: " above zero, got -1",
		"": "",
		null: "",
		"abc": ` to a quantity, got "abc"`,
		"1 core": ` to a quantity, got "1 core"`,
		" ": ` to a quantity, got " "`,
		{}: " to a quantity, got an object",
		[]: " to a quantity, got an array",
		true: " to a quantity, got a boolean",
		false: " to a quantity, got a boolean",
	} {
		container_limits.violation == {{
			"msg": $`container "app" must set limits.cpu{got}`,
			"path": limit("containers", 0, "cpu"),
		}} with input as with_limits({"cpu": value, "memory": "1Gi"})
	}
}

test_o5_allows_every_form_of_a_quantity if {
	every value in [
		"1e3", ".5", "5.", "+1", "1Ei", "100m", 1, 0.5, 1e3, "9999999999999E", "0.0000000001", "1e-9",
		"9223372036854775807", "9223372036854775808",
	] {
		container_limits.violation == set() with input as with_limits({"cpu": value, "memory": value})
	}
}

test_denies_resources_that_hold_no_limits if {
	every resources in [null, "x", [], {}, {"limits": null}, {"limits": "1"}, {"limits": []}, {"limits": {}}, {"requests": fine.limits}] {
		count(container_limits.violation) == 2 with input as fixture.pod({"containers": [{"name": "app", "resources": resources}]})
	}
}

test_limits_of_the_whole_pod_do_not_count if {
	count(container_limits.violation) == 2 with input as fixture.pod({"resources": fine, "containers": [{"name": "app"}]})
}

test_o16_denies_containers_that_cannot_be_seen if {
	every containers in [null, {}, "x", 1] {
		count(container_limits.violation) == 1 with input as fixture.pod({"containers": containers})
	}
	container_limits.violation == {{
		"msg": "containers[1] must be an object",
		"path": ["spec", "containers", 1],
	}} with input as fixture.pod({"containers": [{"name": "app", "resources": fine}, "x"]})
	count(container_limits.violation) == 1 with input as fixture.pod({})
	count(container_limits.violation) == 1 with input as fixture.create("batch/jobs", {"spec": {}})
}

test_o16_judges_a_thousand_containers if {
	containers := [{"name": "app", "resources": fine} | some _ in numbers.range(1, 1000)]
	container_limits.violation == set() with input as fixture.pod({"containers": containers})
}

test_o16_tells_a_thousand_faults if {
	containers := [{"name": "app", "resources": {"limits": {"cpu": "1"}}} | some _ in numbers.range(1, 1000)]
	count(container_limits.violation) == 1000 with input as fixture.pod({"containers": containers})
}

test_a6_judges_what_a_delete_removes if {
	pod := fixture.workload("pods", {"containers": [{"name": "app"}]})
	count(container_limits.violation) == 2 with input as fixture.review("pods", "DELETE", null, pod)
}

test_o12_lets_finalizers_go_from_what_is_older if {
	before := object.union(fixture.workload("pods", {"containers": [{"name": "app"}]}), {"metadata": {"finalizers": ["a"]}})
	after := json.remove(before, ["metadata/finalizers"])
	container_limits.violation == set() with input as fixture.update("pods", after, before)
}

test_o12_judges_every_other_update_of_what_is_deleted if {
	before := {
		"metadata": {"deletionTimestamp": "2030-01-01T00:00:00Z", "finalizers": ["a"]},
		"spec": {"containers": [{"name": "app", "image": "a"}]},
	}
	after := object.union(json.remove(before, ["metadata/finalizers"]), {"spec": {"containers": [{"name": "app", "image": "b"}]}})
	count(container_limits.violation) == 2 with input as fixture.update("pods", after, before)
}

test_a10_judges_an_update_without_an_old_object_as_a_create if {
	pod := fixture.workload("pods", {"containers": [{"name": "app"}]})
	count(container_limits.violation) == 2 with input as fixture.update("pods", pod, null)
}

test_resources_are_a_parameter if {
	review := fixture.with_parameters(fixture.pod({"containers": [{"name": "app"}]}), {"resources": ["ephemeral-storage"]})
	container_limits.violation == {{
		"msg": `container "app" must set limits.ephemeral-storage`,
		"path": limit("containers", 0, "ephemeral-storage"),
	}} with input as review
}

test_requests_are_required_by_parameter if {
	review := with_limits(fine.limits)
	container_limits.violation == set() with input as fixture.with_parameters(review, {"requireRequests": false})
	container_limits.violation == {
		{"msg": `container "app" must set requests.cpu`, "path": ["spec", "containers", 0, "resources", "requests", "cpu"]},
		{"msg": `container "app" must set requests.memory`, "path": ["spec", "containers", 0, "resources", "requests", "memory"]},
	} with input as fixture.with_parameters(review, {"requireRequests": true})
	set_too := fixture.pod({"containers": [{"name": "app", "resources": object.union(fine, {"requests": fine.limits})}]})
	container_limits.violation == set() with input as fixture.with_parameters(set_too, {"requireRequests": true})
}

test_a_request_of_nothing_is_none if {
	every value in ["0", "-1", "", null, "x", {}] {
		resources := object.union(fine, {"requests": {"cpu": value, "memory": "1Gi"}})
		review := fixture.pod({"containers": [{"name": "app", "resources": resources}]})
		count(container_limits.violation) == 1 with input as fixture.with_parameters(review, {"requireRequests": true})
	}
}

test_limits_up_to_the_maximum_are_allowed if {
	every value in ["2", "2000m", "2.0", "2e0", "+2", 2, "1999m", "1n", "0.002k"] {
		review := fixture.with_parameters(with_limits({"cpu": value, "memory": "1Gi"}), {"maximum": {"cpu": "2"}})
		container_limits.violation == set() with input as review
	}
	every value in ["1Ei", "1152921504606846976", "1024Pi", "1152921504606846.976k", 1] {
		review := fixture.with_parameters(with_limits({"cpu": 1, "memory": value}), {"maximum": {"memory": "1Ei"}})
		container_limits.violation == set() with input as review
	}
}

test_limits_above_the_maximum_are_denied if {
	every value, got in {"2001m": `"2001m"`, "2.000000001": `"2.000000001"`, 3: "3", "10": `"10"`, "1k": `"1k"`} {
		review := fixture.with_parameters(with_limits({"cpu": value, "memory": "1Gi"}), {"maximum": {"cpu": "2", "memory": "2Gi"}})
		container_limits.violation == {{
			"msg": $`container "app" must set limits.cpu to at most 2, got {got}`,
			"path": limit("containers", 0, "cpu"),
		}} with input as review
	}
	review := fixture.with_parameters(with_limits({"cpu": 1, "memory": "1152921504606846977"}), {"maximum": {"memory": "1Ei"}})
	count(container_limits.violation) == 1 with input as review
}

test_a_maximum_holds_for_resources_that_need_no_limit if {
	maximum := {"maximum": {"nvidia.com/gpu": 4}}
	every value in ["4", 4, "0"] {
		review := with_limits(object.union(fine.limits, {"nvidia.com/gpu": value}))
		container_limits.violation == set() with input as fixture.with_parameters(review, maximum)
	}
	every value in ["5", 5, "x", null, "", {}] {
		review := with_limits(object.union(fine.limits, {"nvidia.com/gpu": value}))
		count(container_limits.violation) == 1 with input as fixture.with_parameters(review, maximum)
	}
	container_limits.violation == set() with input as fixture.with_parameters(with_limits(fine.limits), maximum)
}

test_a_limit_that_counts_as_none_is_told_once if {
	every value in ["0", "x", null, "-1"] {
		review := fixture.with_parameters(with_limits({"cpu": value, "memory": "1Gi"}), {"maximum": {"cpu": "2"}})
		count(container_limits.violation) == 1 with input as review
	}
}

test_a_bound_that_is_none_allows_nothing if {
	every bound in ["0", "x", "", null, 0] {
		review := fixture.with_parameters(with_limits(fine.limits), {"maximum": {"cpu": bound}})
		count(container_limits.violation) == 1 with input as review
	}
}

test_exempt_images_need_no_limits if {
	parameters := {"exemptImages": ["registry.example.com/mesh", "registry.k8s.io/pause"], "requireRequests": true}
	every image in ["registry.example.com/mesh/proxy:1", "registry.example.com/mesh", "REGISTRY.k8s.io/pause:3.9"] {
		review := fixture.pod({"containers": [{"name": "mesh", "image": image}], "initContainers": [{"name": "init", "image": image}]})
		container_limits.violation == set() with input as fixture.with_parameters(review, parameters)
	}
}

test_images_that_only_look_exempt_need_limits if {
	parameters := {"exemptImages": ["registry.example.com/mesh"]}
	every image in [
		"registry.example.com/meshx", "registry.example.com.evil.io/mesh/proxy", "evil.io/registry.example.com/mesh",
		"registry.example.com:5000/mesh/proxy", "registry.example.com/mesh/../app", "mesh", "", null, 1,
	] {
		review := fixture.pod({"containers": [{"name": "mesh", "image": image}]})
		count(container_limits.violation) == 2 with input as fixture.with_parameters(review, parameters)
	}
	every image in ["nginx", "app"] {
		review := fixture.pod({"containers": [{"name": "mesh", "image": image}]})
		count(container_limits.violation) == 2 with input as fixture.with_parameters(review, {"exemptImages": []})
	}
}

test_o18_nothing_in_the_object_exempts if {
	pod := {
		"metadata": {
			"namespace": "kube-system",
			"annotations": {"kubernetes.io/config.mirror": "x", "portcullis.dev/exempt": "true"},
		},
		"spec": {"containers": [{"name": "app"}]},
	}
	count(container_limits.violation) == 2 with input as fixture.create("pods", pod)
}

limit(list, index, resource) := ["spec", list, index, "resources", "limits", resource]

with_limits(limits) := fixture.pod({"containers": [{"name": "app", "resources": {"limits": limits}}]})
