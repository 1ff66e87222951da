package required_labels_test

import data.lib.fixture_test as fixture
import data.required_labels

test_allows_the_label_in_every_workload if {
	every name in object.keys(fixture.spec_paths) {
		required_labels.violation == set() with input as fixture.create(name, fixture.workload(name, {}))
	}
}

test_denies_every_workload_without_the_label if {
	every name in object.keys(fixture.spec_paths) {
		object_without := json.remove(fixture.workload(name, {}), ["metadata/labels"])
		required_labels.violation == {{
			"msg": `the object must have the label "owner"`,
			"path": ["metadata", "labels", "owner"],
		}} with input as fixture.create(name, object_without)
	}
}

test_denies_metadata_that_holds_no_labels if {
	every object in [{}, {"metadata": null}, {"metadata": "x"}, {"metadata": {"labels": null}}, {"metadata": {"labels": ["owner"]}}, null, "x"] {
		count(required_labels.violation) == 1 with input as fixture.create("pods", object)
	}
}

test_o13_denies_labels_that_say_nothing if {
	every value in ["", " ", "\t", "\n", "\u00a0", "\u200b", "\u200b\u200c\u200d", "\u2060", "\ufeff", "\u3000", " \u200b "] {
		required_labels.violation == {{
			"msg": `the object must not leave the label "owner" blank`,
			"path": ["metadata", "labels", "owner"],
		}} with input as with_owner(value)
	}
}

test_o13_denies_labels_that_are_no_strings if {
	every value, words in {1: "a number", true: "a boolean", {}: "an object", ["team"]: "an array"} {
		required_labels.violation == {{
			"msg": $`the object must have a string in the label "owner", got {words}`,
			"path": ["metadata", "labels", "owner"],
		}} with input as with_owner(value)
	}
	required_labels.violation == {{
		"msg": `the object must have the label "owner"`,
		"path": ["metadata", "labels", "owner"],
	}} with input as with_owner(null)
}

test_o13_denies_what_is_no_label_value if {
	every value in [
		concat("", ["a" | some _ in numbers.range(1, 300)]), concat("", ["a" | some _ in numbers.range(1, 64)]),
		"-team", "team-", ".team", "team_", "-", "...", "team shop", " team", "team\n", "team/shop", "tëam", "team\u200b", "команда",
	] {
		required_labels.violation == {{
			"msg": concat("", [
				`the object must have a valid value in the label "owner": `,
				"at most 63 letters, digits, '-', '_' and '.', the first and the last a letter or a digit",
			]),
			"path": ["metadata", "labels", "owner"],
		}} with input as with_owner(value)
	}
}

test_allows_what_is_a_label_value if {
	every value in ["a", "7", "team-shop", "Team_Shop.1", "a-._b", concat("", ["a" | some _ in numbers.range(1, 63)])] {
		required_labels.violation == set() with input as with_owner(value)
	}
}

test_o13_denies_an_update_that_takes_the_label_away if {
	before := fixture.workload("apps/deployments", {})
	after := json.remove(before, ["metadata/labels/owner"])
	count(required_labels.violation) == 1 with input as fixture.update("apps/deployments", after, before)
}

test_keys_are_those_of_the_labels_only if {
	every key in ["constructor", "__proto__", "toString", "hasOwnProperty"] {
		review := fixture.with_parameters(with_owner("team"), {"labels": [{"key": key}]})
		count(required_labels.violation) == 1 with input as review
	}
	annotated := {"metadata": {"annotations": {"owner": "team"}, "owner": "team"}, "owner": "team", "labels": {"owner": "team"}}
	count(required_labels.violation) == 1 with input as fixture.create("pods", annotated)
	count(required_labels.violation) == 1 with input as fixture.create("pods", {"metadata": {"labels": {"Owner": "team"}}})
}

test_every_label_listed_is_required if {
	parameters := {"labels": [{"key": "owner"}, {"key": "example.com/cost-centre"}, {"key": "tier"}]}
	review := fixture.create("pods", {"metadata": {"labels": {"tier": "web"}}})
	required_labels.violation == {
		{"msg": `the object must have the label "owner"`, "path": ["metadata", "labels", "owner"]},
		{
			"msg": `the object must have the label "example.com/cost-centre"`,
			"path": ["metadata", "labels", "example.com/cost-centre"],
		},
	} with input as fixture.with_parameters(review, parameters)
}

team_labels := {"labels": [{"key": "owner", "allowedRegex": "^team-[a-z0-9-]+$"}]}

test_the_value_must_match_the_expression if {
	required_labels.violation == set() with input as fixture.with_parameters(with_owner("team-shop"), team_labels)
	every value in ["shop", "team-", "Team-shop", "xteam-shop", "team-shop.x"] {
		count(required_labels.violation) == 1 with input as fixture.with_parameters(with_owner(value), team_labels)
	}
	required_labels.violation == {{
		"msg": `the object must match "^team-[a-z0-9-]+$" in the label "owner"`,
		"path": ["metadata", "labels", "owner"],
	}} with input as fixture.with_parameters(with_owner("shop"), team_labels)
}

test_a_label_that_must_match_must_be_there_first if {
	every object in [{}, {"metadata": {}}, {"metadata": {"labels": {"team": "team-shop"}}}, {"metadata": {"labels": {"owner": null}}}] {
		required_labels.violation == {{
			"msg": `the object must have the label "owner"`,
			"path": ["metadata", "labels", "owner"],
		}} with input as fixture.with_parameters(fixture.create("pods", object), team_labels)
	}
}

test_an_expression_is_searched_for if {
	parameters := {"labels": [{"key": "owner", "allowedRegex": "shop|bank"}]}
	required_labels.violation == set() with input as fixture.with_parameters(with_owner("team-shop-1"), parameters)
	count(required_labels.violation) == 1 with input as fixture.with_parameters(with_owner("team-1"), parameters)
}

test_an_expression_cannot_make_a_blank_label_good if {
	parameters := {"labels": [{"key": "owner", "allowedRegex": ".*"}]}
	every value in ["", " ", "\u200b", 1] {
		count(required_labels.violation) == 1 with input as fixture.with_parameters(with_owner(value), parameters)
	}
}

test_an_expression_that_does_not_compile_allows_nothing if {
	every expression in ["(", "[a", "a{2,1}", "(?=a)", "\\"] {
		parameters := {"labels": [{"key": "owner", "allowedRegex": expression}]}
		some fault in required_labels.violation with input as fixture.with_parameters(with_owner("team"), parameters)
		endswith(fault.msg, "as it does not compile")
	}
	every expression in [null, 1, {}, false] {
		parameters := {"labels": [{"key": "owner", "allowedRegex": expression}]}
		count(required_labels.violation) == 1 with input as fixture.with_parameters(with_owner("team"), parameters)
	}
}

test_the_pod_template_is_judged_by_parameter if {
	every name, path in fixture.spec_paths {
		name != "pods"
		template_path := array.slice(path, 0, count(path) - 1)
		bare := json.remove(fixture.workload(name, {}), [concat("/", array.concat(template_path, ["metadata", "labels"]))])
		review := fixture.create(name, bare)
		required_labels.violation == set() with input as review
		required_labels.violation == set() with input as fixture.with_parameters(review, {"podTemplate": false})
		required_labels.violation == {{
			"msg": `the pod template must have the label "owner"`,
			"path": array.concat(template_path, ["metadata", "labels", "owner"]),
		}} with input as fixture.with_parameters(review, {"podTemplate": true})
		whole := fixture.create(name, fixture.workload(name, {}))
		required_labels.violation == set() with input as fixture.with_parameters(whole, {"podTemplate": true})
	} with data.lib.fixture_test.spec_paths as json.remove(fixture.spec_paths, ["pods"])
}

test_a_pod_has_no_template if {
	required_labels.violation == set() with input as fixture.with_parameters(with_owner("team"), {"podTemplate": true})
}

test_a_missing_template_has_no_labels if {
	labelled := {"metadata": {"labels": {"owner": "team"}}}
	review := fixture.create("apps/deployments", object.union(labelled, {"spec": {}}))
	count(required_labels.violation) == 1 with input as fixture.with_parameters(review, {"podTemplate": true})
	controller := fixture.create("replicationcontrollers", object.union(labelled, {"spec": {}}))
	required_labels.violation == set() with input as fixture.with_parameters(controller, {"podTemplate": true})
}

test_a8_leaves_other_subresources_and_resources_alone if {
	every name, object in fixture.strangers {
		review := fixture.with_parameters(fixture.create(name, object), {"podTemplate": true})
		required_labels.violation == set() with input as review
	}
	every name in ["pods/ephemeralcontainers", "pods/resize"] {
		required_labels.violation == set() with input as fixture.update(name, {"metadata": {}}, null)
	}
}

test_a6_judges_what_a_delete_removes if {
	required_labels.violation == set() with input as fixture.review("pods", "DELETE", null, fixture.workload("pods", {}))
	count(required_labels.violation) == 1 with input as fixture.review("pods", "DELETE", null, {"metadata": {}})
	count(required_labels.violation) == 1 with input as fixture.review("pods", "DELETE", null, null)
}

test_a10_judges_an_update_without_an_old_object_as_a_create if {
	count(required_labels.violation) == 1 with input as fixture.update("pods", {"metadata": {}}, null)
}

test_o12_lets_finalizers_go_from_what_is_older if {
	before := {"metadata": {"name": "app", "finalizers": ["a", "b"]}, "spec": {}}
	after := {"metadata": {"name": "app", "finalizers": ["b"]}, "spec": {}}
	required_labels.violation == set() with input as fixture.update("pods", after, before)
}

test_o12_judges_every_other_update_of_what_is_deleted if {
	before := {"metadata": {"name": "app", "deletionTimestamp": "2030-01-01T00:00:00Z"}, "spec": {"a": 1}}
	after := {"metadata": {"name": "app", "deletionTimestamp": "2030-01-01T00:00:00Z"}, "spec": {"a": 2}}
	count(required_labels.violation) == 1 with input as fixture.update("pods", after, before)
}

test_o15_judges_an_object_without_a_name if {
	count(required_labels.violation) == 1 with input as fixture.create("pods", {"metadata": {"generateName": "app-"}})
}

test_o18_no_annotation_exempts if {
	pod := {"metadata": {"namespace": "kube-system", "annotations": {"kubernetes.io/config.mirror": "x"}}}
	count(required_labels.violation) == 1 with input as fixture.create("pods", pod)
}

with_owner(value) := fixture.create("pods", {"metadata": {"labels": {"owner": value}}, "spec": {}})
