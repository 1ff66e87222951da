package lib.workload_test

import data.lib.fixture_test as fixture
import data.lib.workload

test_pod_spec_is_found_in_every_workload if {
	every name, path in fixture.spec_paths {
		review := fixture.create(name, fixture.workload(name, {"containers": []}))
		workload.pod_spec == {"containers": []} with input as review
		workload.spec_path == path with input as review
		workload.malformed_containers == set() with input as review
	}
}

test_pod_spec_is_found_in_any_version_of_a_group if {
	review := fixture.create("batch/cronjobs", fixture.workload("batch/cronjobs", {"containers": []}))
	older := object.union(review, {"request": {"resource": {"version": "v1beta1"}}})
	workload.pod_spec == {"containers": []} with input as older
}

test_pod_spec_is_found_in_subresources_that_send_a_pod if {
	every name in ["pods/ephemeralcontainers", "pods/resize"] {
		workload.pod_spec == {} with input as fixture.update(name, {"spec": {}}, {"spec": {}})
	}
}

test_nothing_else_has_a_place_for_a_pod_spec if {
	every name, object in fixture.strangers {
		review := fixture.create(name, object)
		not workload.spec_path with input as review
		not workload.pod_spec with input as review
		workload.malformed_spec == set() with input as review
		workload.malformed_containers == set() with input as review
	}
}

test_the_kind_that_an_object_claims_is_not_heeded if {
	object := {"kind": "Scale", "apiVersion": "autoscaling/v1", "spec": {"hostNetwork": true}}
	workload.pod_spec == {"hostNetwork": true} with input as fixture.create("pods", object)
}

test_subresource_may_be_left_out if {
	review := fixture.create("pods", {"spec": {}})
	workload.pod_spec == {} with input as json.remove(review, ["request/subResource"])
	workload.pod_spec == {} with input as object.union(review, {"request": {"subResource": null}})
}

test_group_may_be_left_out_for_the_core_group if {
	review := fixture.create("pods", {"spec": {}})
	workload.pod_spec == {} with input as json.remove(review, ["request/resource/group"])
}

test_delete_judges_the_old_object if {
	review := fixture.review("pods", "DELETE", null, {"spec": {"hostNetwork": true}})
	workload.pod_spec == {"hostNetwork": true} with input as review
}

test_delete_without_an_old_object_is_malformed if {
	count(workload.malformed_spec) == 1 with input as fixture.review("pods", "DELETE", null, null)
}

test_update_judges_the_new_object if {
	review := fixture.update("pods", {"spec": {"a": 1}}, {"spec": {"a": 2}})
	workload.pod_spec == {"a": 1} with input as review
	workload.old_pod_spec == {"a": 2} with input as review
}

test_a_missing_pod_spec_is_malformed_in_every_workload if {
	every name, path in fixture.spec_paths {
		every spec in [null, "x", 1, true, []] {
			review := fixture.create(name, fixture.workload(name, spec))
			expected := {{"msg": $"{concat(".", path)} must be an object", "path": path}}
			workload.malformed_spec == expected with input as review
			workload.malformed_containers == expected with input as review
		}
	}
}

test_an_object_that_is_none_is_malformed if {
	every name in object.keys(fixture.spec_paths) {
		every object in [null, "x", 1, [], {}, {"spec": null}, {"spec": "x"}] {
			count(workload.malformed_spec) == 1 with input as fixture.create(name, object)
		}
	}
}

test_a_replication_controller_may_have_no_template if {
	every spec in [{}, {"template": null}, {"replicas": 1}] {
		workload.malformed_containers == set() with input as fixture.create("replicationcontrollers", {"spec": spec})
	}
}

test_only_a_replication_controller_may_have_no_template if {
	every name in ["apps/deployments", "apps/replicasets", "batch/jobs", "batch/cronjobs", "podtemplates"] {
		count(workload.malformed_spec) == 1 with input as fixture.create(name, {"spec": {}})
	}
}

test_containers_must_be_a_list if {
	every containers in [null, {}, "x", 1, {"a": {"image": "x"}}] {
		workload.malformed_containers == {{
			"msg": "containers must be a list of containers",
			"path": ["spec", "containers"],
		}} with input as fixture.pod({"containers": containers})
	}
	count(workload.malformed_containers) == 1 with input as fixture.pod({})
}

test_other_containers_may_be_absent_but_must_be_lists if {
	every list in ["initContainers", "ephemeralContainers"] {
		workload.malformed_containers == set() with input as fixture.pod({"containers": [], list: null})
		workload.malformed_containers == set() with input as fixture.pod({"containers": [], list: []})
		every containers in [{}, "x", 0, false] {
			workload.malformed_containers == {{
				"msg": $"{list} must be a list of containers",
				"path": ["spec", list],
			}} with input as fixture.pod({"containers": [], list: containers})
		}
	}
}

test_each_container_must_be_an_object if {
	every container in [null, "nginx", 1, []] {
		workload.malformed_containers == {{
			"msg": "initContainers[1] must be an object",
			"path": ["spec", "initContainers", 1],
		}} with input as fixture.pod({"containers": [], "initContainers": [{}, container]})
	}
}

metadata := {
	"name": "app",
	"finalizers": ["example.com/cleanup", "example.com/billing"],
	"deletionTimestamp": "2030-01-01T00:00:00Z",
	"resourceVersion": "1",
	"generation": 1,
	"managedFields": [{"manager": "kubectl"}],
	"labels": {"owner": "team-shop"},
}

old_pod := {"kind": "Pod", "metadata": metadata, "spec": {"hostNetwork": true}, "status": {"phase": "Running"}}

test_upkeep_lets_finalizers_go if {
	every kept in [["example.com/billing"], []] {
		pod := object.union(old_pod, {
			"metadata": {"finalizers": kept, "resourceVersion": "2", "generation": 2, "managedFields": []},
			"status": {"phase": "Failed"},
		})
		workload.is_upkeep with input as fixture.update("pods", pod, old_pod)
	}
	workload.is_upkeep with input as fixture.update("pods", json.remove(old_pod, ["metadata/finalizers", "status"]), old_pod)
}

test_upkeep_is_nothing_else if {
	every change in [
		{"metadata": {"labels": {"owner": "team-other"}}},
		{"metadata": {"annotations": {"a": "b"}}},
		{"metadata": {"deletionTimestamp": "2030-01-01T00:00:01Z"}},
		{"metadata": {"ownerReferences": []}},
		{"spec": {"hostNetwork": false}},
		{"spec": {"containers": []}},
		{"kind": "Other"},
		{"data": {}},
	] {
		not workload.is_upkeep with input as fixture.update("pods", object.union(old_pod, change), old_pod)
	}
	not workload.is_upkeep with input as fixture.update("pods", json.remove(old_pod, ["metadata/labels"]), old_pod)
}

test_upkeep_needs_an_update_with_both_objects if {
	not workload.is_upkeep with input as fixture.create("pods", old_pod)
	not workload.is_upkeep with input as fixture.review("pods", "CREATE", old_pod, old_pod)
	not workload.is_upkeep with input as fixture.review("pods", "DELETE", null, old_pod)
	not workload.is_upkeep with input as fixture.update("pods", old_pod, null)
	not workload.is_upkeep with input as fixture.update("pods", null, null)
	not workload.is_upkeep with input as fixture.update("pods", "x", "x")
	not workload.is_upkeep with input as fixture.update("pods", {"metadata": null}, {"metadata": null})
	not workload.is_upkeep with input as fixture.update("pods", {"spec": {}}, {"spec": {}})
}
