package trusted_registries_test

import data.lib.fixture_test as fixture
import data.trusted_registries

hex := "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

core := {"registries": ["registry.example.com/core"]}

trusted := "registry.example.com/core/app:1.0"

test_allows_trusted_images_in_every_workload if {
	every name in object.keys(fixture.spec_paths) {
		review := fixture.create(name, fixture.workload(name, {
			"containers": [{"name": "app", "image": trusted}],
			"initContainers": [{"name": "setup", "image": trusted}],
			"ephemeralContainers": [{"name": "debug", "image": trusted}],
			"volumes": [{"name": "model", "image": {"reference": trusted}}, {"name": "tmp", "emptyDir": {}}],
		}))
		trusted_registries.violation == set() with input as fixture.with_parameters(review, core)
	}
}

test_denies_untrusted_images_in_every_workload_and_place if {
	every name, path in fixture.spec_paths {
		review := fixture.create(name, fixture.workload(name, {
			"containers": [{"name": "app", "image": "registry.example.org/app"}, {"name": "fine", "image": trusted}],
			"initContainers": [{"name": "setup", "image": "registry.example.org/app"}],
			"ephemeralContainers": [{"name": "debug", "image": "registry.example.org/app"}],
			"volumes": [{"name": "tmp"}, {"name": "model", "image": {"reference": "registry.example.org/app"}}],
		}))
		must := `must take its image from registry.example.com/core, got "registry.example.org/app"`
		trusted_registries.violation == {
			{"msg": $`container "app" {must}`, "path": array.concat(path, ["containers", 0, "image"])},
			{"msg": $`init container "setup" {must}`, "path": array.concat(path, ["initContainers", 0, "image"])},
			{"msg": $`ephemeral container "debug" {must}`, "path": array.concat(path, ["ephemeralContainers", 0, "image"])},
			{"msg": $`volume "model" {must}`, "path": array.concat(path, ["volumes", 1, "image", "reference"])},
		} with input as fixture.with_parameters(review, core)
	}
}

test_o1_denies_an_untrusted_ephemeral_container if {
	before := fixture.workload("pods", {"containers": [{"name": "app", "image": trusted}]})
	debug := {"name": "debug", "image": "busybox", "targetContainerName": "app"}
	after := object.union(before, {"spec": {"ephemeralContainers": [debug]}})
	trusted_registries.violation == {{
		"msg": concat("", [
			`ephemeral container "debug" must take its image from registry.example.com/core, `,
			`got "busybox", which is docker.io/library/busybox`,
		]),
		"path": ["spec", "ephemeralContainers", 0, "image"],
	}} with input as fixture.with_parameters(fixture.update("pods/ephemeralcontainers", after, before), core)
}

test_o1_allows_a_trusted_ephemeral_container if {
	pod := fixture.workload("pods", {
		"containers": [{"name": "app", "image": trusted}],
		"ephemeralContainers": [{"name": "debug", "image": trusted}],
	})
	trusted_registries.violation == set() with input as fixture.with_parameters(
		fixture.update("pods/ephemeralcontainers", pod, null),
		core,
	)
}

test_o6_allows_the_registry_in_any_case_and_all_that_is_below_it if {
	every image in [
		"registry.example.com/core/app", "REGISTRY.EXAMPLE.COM/core/app", "registry.example.com/core/a/b/c:1", "registry.example.com/core",
		$"registry.example.com/core/app@sha256:{hex}", $"registry.example.com/core/app:1.0@sha256:{hex}",
	] {
		trusted_registries.violation == set() with input as with_image(image, core)
	}
}

test_o6_denies_what_only_looks_like_the_registry if {
	every image in [
		"registry.example.com.evil.io/core/app", "registry.example.com@evil.io/core/app", "registry.example.com@evil",
		"xregistry.example.com/core/app", "registry.example.com:5000/core/app", "evil.io/registry.example.com/core/app",
		"registry.example.com./core/app", "registry.example.com/corex/app", "registry.example.com/core-evil/app",
		"registry.example.com/core/../evil/app", "registry.example.com//core/app", "registry.example.com/Core/app",
		"https://registry.example.com/core/app", "registry.example.com", "registry.example.com:1.0", "registry.example.com/app",
		"core/app", "docker.io/registry.example.com/core/app", "registry.example.com%2fcore/app", "registry.example.com\\core/app",
		"evil.io/x#registry.example.com/core/app", "evil.io?registry.example.com/core/app", "user:pass@registry.example.com/core/app",
	] {
		count(trusted_registries.violation) == 1 with input as with_image(image, core)
	}
}

test_o8_denies_what_is_no_reference if {
	every image in [
		" x", $" {trusted}", $"{trusted} ", $"{trusted}\n", "registry.example.com/core/", "registry.example.com/core/App",
		"registry.example.com/core/app:", "registry.example.com/core/app@", "registry.example.com/core/app@sha256:0",
		"registry.example.com/core/app:1:2", $"registry.example.com/core/app@sha256:{upper(hex)}", hex,
		"rеgistry.example.com/core/app", "registry.example.com\u200b/core/app", "registry\u2024example.com/core/app",
		"registry.example.com/core/аpp", "\uff52egistry.example.com/core/app",
	] {
		trusted_registries.violation == {{
			"msg": $`container "app" must have a valid image reference, got {json.marshal(image)}`,
			"path": ["spec", "containers", 0, "image"],
		}} with input as with_image(image, core)
	}
}

test_o8_denies_ten_kilobytes_and_does_not_repeat_them if {
	image := concat("", ["registry.example.com/core/", concat("", ["a" | some _ in numbers.range(1, 10000)])])
	some fault in trusted_registries.violation with input as with_image(image, core)
	count(fault.msg) < 300
}

test_o8_reads_docker_hub_names_in_full if {
	library := {"registries": ["docker.io/library"]}
	every image in ["nginx", "nginx:1.27", "docker.io/nginx", "docker.io/library/nginx", "index.docker.io/nginx", $"nginx@sha256:{hex}"] {
		trusted_registries.violation == set() with input as with_image(image, library)
	}
	every image in ["a/b", "docker.io/a/b", "Docker.io/nginx", "docker.io:443/library/nginx", "library.example.com/nginx"] {
		count(trusted_registries.violation) == 1 with input as with_image(image, library)
	}
	every word in ["team", "library", "nginx"] {
		every image in ["team/app", "library/nginx", "nginx"] {
			count(trusted_registries.violation) == 1 with input as with_image(image, {"registries": [word]})
		}
	}
}

test_o8_denies_an_image_that_is_missing if {
	every image in [null, ""] {
		trusted_registries.violation == {{
			"msg": `container "app" must name an image`,
			"path": ["spec", "containers", 0, "image"],
		}} with input as with_image(image, core)
	}
	review := fixture.with_parameters(fixture.pod({"containers": [{"name": "app"}]}), core)
	count(trusted_registries.violation) == 1 with input as review
	every image, words in {1: "1", true: "a boolean", []: "an array", {"a": "b"}: "an object"} {
		trusted_registries.violation == {{
			"msg": $`container "app" must have a valid image reference, got {words}`,
			"path": ["spec", "containers", 0, "image"],
		}} with input as with_image(image, core)
	}
}

test_a_port_must_be_listed if {
	with_port := {"registries": ["registry.example.com:5000"]}
	trusted_registries.violation == set() with input as with_image("registry.example.com:5000/app", with_port)
	every image in ["registry.example.com/app", "registry.example.com:5001/app", "registry.example.com:50000/app", "registry.example.com:5000"] {
		count(trusted_registries.violation) == 1 with input as with_image(image, with_port)
	}
}

test_a_registry_may_be_written_oddly if {
	every registry in ["Registry.Example.com/core", "registry.example.com/core/"] {
		trusted_registries.violation == set() with input as with_image(trusted, {"registries": [registry]})
	}
	trusted_registries.violation == set() with input as with_image("team/app", {"registries": ["index.docker.io/team"]})
}

test_any_one_registry_is_enough if {
	registries := {"registries": ["a.example.com", "b.example.com/x", "c.example.com", "registry.example.com"]}
	trusted_registries.violation == set() with input as with_image(trusted, registries)
	some fault in trusted_registries.violation with input as with_image("d.example.com/x", registries)
	fault.msg == concat("", [
		`container "app" must take its image from a.example.com, b.example.com/x, c.example.com or 1 more, `,
		`got "d.example.com/x"`,
	])
}

test_registries_are_told if {
	every registries, words in {
		["a.io", "b.io"]: "a.io or b.io",
		["a.io", "b.io", "c.io"]: "a.io, b.io, c.io",
	} {
		some fault in trusted_registries.violation with input as with_image("d.io/x", {"registries": registries})
		fault.msg == $`container "app" must take its image from {words}, got "d.io/x"`
	}
}

test_no_registry_trusts_nothing if {
	every parameters in [{}, {"registries": []}] {
		trusted_registries.violation == {{
			"msg": $`container "app" must take its image from a trusted registry, got "{trusted}"`,
			"path": ["spec", "containers", 0, "image"],
		}} with input as with_image(trusted, parameters)
	}
	count(trusted_registries.violation) == 1 with input as fixture.pod({"containers": [{"name": "app", "image": trusted}]})
}

test_a_digest_is_required_by_parameter if {
	pinned := {"registries": ["registry.example.com/core"], "requireDigest": true}
	trusted_registries.violation == set() with input as with_image($"{trusted}@sha256:{hex}", pinned)
	trusted_registries.violation == set() with input as with_image(trusted, object.union(pinned, {"requireDigest": false}))
	trusted_registries.violation == {{
		"msg": $`container "app" must name its image by digest, got "{trusted}"`,
		"path": ["spec", "containers", 0, "image"],
	}} with input as with_image(trusted, pinned)
	every image in ["registry.example.com/core/app@sha256:", $"registry.example.com/core/app@{hex}", "registry.example.com/core/app:sha256"] {
		count(trusted_registries.violation) == 1 with input as with_image(image, pinned)
	}
}

test_image_volumes_are_judged if {
	every image_source in [{}, {"reference": null}, {"reference": ""}, {"reference": "nginx"}, {"reference": 1}, "x", true] {
		review := fixture.pod({"containers": [], "volumes": [{"name": "model", "image": image_source}]})
		trusted_registries.violation != set() with input as fixture.with_parameters(review, core)
	}
	every volume in [{"name": "tmp", "emptyDir": {}}, {"name": "x", "image": null}] {
		review := fixture.pod({"containers": [], "volumes": [volume]})
		trusted_registries.violation == set() with input as fixture.with_parameters(review, core)
	}
}

test_o16_denies_what_cannot_be_seen if {
	every pod_spec in [
		{}, {"containers": null}, {"containers": {}}, {"containers": "x"}, {"containers": ["x"]},
		{"containers": [], "initContainers": {}}, {"containers": [], "ephemeralContainers": "x"},
		{"containers": [], "volumes": {}}, {"containers": [], "volumes": "x"}, {"containers": [], "volumes": ["x"]},
	] {
		count(trusted_registries.violation) == 1 with input as fixture.with_parameters(fixture.pod(pod_spec), core)
	}
	trusted_registries.violation == set() with input as fixture.with_parameters(fixture.pod({"containers": [], "volumes": null}), core)
}

test_o16_judges_a_thousand_containers if {
	containers := [{"name": "app", "image": trusted} | some _ in numbers.range(1, 1000)]
	trusted_registries.violation == set() with input as fixture.with_parameters(fixture.pod({"containers": containers}), core)
}

test_a8_leaves_other_subresources_and_resources_alone if {
	every name, object in fixture.strangers {
		trusted_registries.violation == set() with input as fixture.with_parameters(fixture.create(name, object), core)
	}
	pod := fixture.workload("pods", {"containers": [{"name": "app", "image": "nginx"}]})
	trusted_registries.violation == set() with input as fixture.with_parameters(fixture.update("pods/resize", pod, pod), core)
}

test_a6_judges_what_a_delete_removes if {
	pod := fixture.workload("pods", {"containers": [{"name": "app", "image": "nginx"}]})
	count(trusted_registries.violation) == 1 with input as fixture.with_parameters(fixture.review("pods", "DELETE", null, pod), core)
}

test_a10_judges_an_update_without_an_old_object_as_a_create if {
	pod := fixture.workload("pods", {"containers": [{"name": "app", "image": "nginx"}]})
	count(trusted_registries.violation) == 1 with input as fixture.with_parameters(fixture.update("pods", pod, null), core)
}

deleted(image, finalizers) := {
	"metadata": {"deletionTimestamp": "2030-01-01T00:00:00Z", "finalizers": finalizers},
	"spec": {"containers": [{"name": "app", "image": image}]},
}

test_o12_denies_another_image_in_what_is_deleted if {
	review := fixture.update("pods", deleted("evil.io/b", []), deleted("evil.io/a", ["x"]))
	count(trusted_registries.violation) == 1 with input as fixture.with_parameters(review, core)
}

test_o12_lets_finalizers_go_from_what_is_older if {
	review := fixture.update("pods", deleted("evil.io/a", []), deleted("evil.io/a", ["x"]))
	trusted_registries.violation == set() with input as fixture.with_parameters(review, core)
}

test_o15_names_the_container_of_an_object_without_a_name if {
	review := fixture.create("pods", {"metadata": {"generateName": "app-"}, "spec": {"containers": [{"image": "nginx"}]}})
	some fault in trusted_registries.violation with input as fixture.with_parameters(review, core)
	startswith(fault.msg, "container 0 must")
}

test_o18_nothing_in_the_object_exempts if {
	pod := {
		"metadata": {"namespace": "kube-system", "annotations": {"kubernetes.io/config.mirror": "x", "portcullis.dev/exempt": "true"}},
		"spec": {"containers": [{"name": "app", "image": "nginx"}]},
	}
	count(trusted_registries.violation) == 1 with input as fixture.with_parameters(fixture.create("pods", pod), core)
}

with_image(image, parameters) := fixture.with_parameters(
	fixture.pod({"containers": [{"name": "app", "image": image}]}),
	parameters,
)
