package lib.image_test

import data.lib.image

hex := "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

test_repository_is_written_out if {
	every text, repository in {
		"nginx": "docker.io/library/nginx",
		"nginx:1.27": "docker.io/library/nginx",
		"team/app": "docker.io/team/app",
		"a/b/c": "docker.io/a/b/c",
		"docker.io/nginx": "docker.io/library/nginx",
		"index.docker.io/nginx": "docker.io/library/nginx",
		"index.docker.io/team/app": "docker.io/team/app",
		"registry.example.com": "docker.io/library/registry.example.com",
		"registry.example.com:1.0": "docker.io/library/registry.example.com",
		"registry.example.com/app": "registry.example.com/app",
		"registry.example.com:5000/app:1.0": "registry.example.com:5000/app",
		"REGISTRY.example.com/app": "registry.example.com/app",
		"localhost/app": "localhost/app",
		"localhost:5000/app": "localhost:5000/app",
		"Team/app": "team/app",
		"127.0.0.1:5000/app": "127.0.0.1:5000/app",
		"[::1]:5000/app": "[::1]:5000/app",
		"[2001:DB8::1]/app": "[2001:db8::1]/app",
		"a--b.example.com/app": "a--b.example.com/app",
		"registry.example.com/a.b_c__d-e---f/g": "registry.example.com/a.b_c__d-e---f/g",
		"registry.example.com/app:A-b.C_d": "registry.example.com/app",
		$"nginx@sha256:{hex}": "docker.io/library/nginx",
		$"registry.example.com/app:1.0@sha256:{hex}": "registry.example.com/app",
		$"registry.example.com/app@sha512:{hex}{hex}": "registry.example.com/app",
		$"registry.example.com/app@sha384:{substring(hex, 0, 32)}{hex}": "registry.example.com/app",
	} {
		image.repository(text) == repository
	}
}

test_host_is_in_lower_case_before_docker_hub_is_recognised if {
	image.repository("Docker.io/nginx") == "docker.io/nginx"
	image.repository("INDEX.docker.io/nginx") == "index.docker.io/nginx"
}

test_text_that_is_no_reference_has_no_repository if {
	every text in [
		"", " ", "/", "//", ":", "@", " nginx", "nginx ", "ng inx", "nginx\n", "nginx:", "nginx@", "nginx/", "/nginx", "a//b",
		"nginx:-1", "nginx:.1", "nginx:1:2", "nginx:ä", "Nginx", "registry.example.com/App", "team/App",
		"registry.example.com@evil/app", "registry.example.com@evil.example.com/app", "registry.example.com./app",
		".example.com/app", "registry..example.com/app", "-registry.example.com/app", "registry-.example.com/app",
		"registry_1.example.com/app", "registry.example.com:/app", "registry.example.com:x/app", "registry.example.com:1:2/app",
		":5000/app", "[::1/app", "::1]/app", "[]/app", "[::1%eth0]/app", "[::1]x/app", "https://registry.example.com/app",
		"registry.example.com/../app", "registry.example.com/./app", "registry.example.com/a..b", "registry.example.com/a___b",
		"registry.example.com/a._b", "registry.example.com/a-", "registry.example.com/_a", "registry.example.com/a+b",
		"registry.example.com/a=b", "registry.example.com/=", "registry.example.com/app?x", "registry.example.com/app#x",
		"registry.example.com/app%2f", "registry.example.com\\app", "реestry.example.com/app", "rеgistry.example.com/app",
		"registry.example.com\u200b/app", "registry.example.com\u3002cn/app", "registry\u2024example.com/app", "\u212aregistry.io/a",
		"registry.example.com/ſ", hex, $"{hex}", "nginx@sha256:", "nginx@sha256", $"nginx@sha256:{upper(hex)}",
		$"nginx@sha256:{substring(hex, 1, -1)}", $"nginx@sha256:{hex}0", $"nginx@sha512:{hex}", $"nginx@md5:{substring(hex, 0, 32)}",
		$"nginx@:{hex}", $"nginx@sha256:{hex}@sha256:{hex}", $"nginx@sha256:{hex}:1", $"nginx@sha256:{substring(hex, 1, -1)}g",
		$"nginx@sha256:{substring(hex, 1, -1)}=", $"nginx@sha256:{hex}/x", $"@sha256:{hex}",
		null, 1, true, [], ["nginx"], {}, {"name": "nginx"},
	] {
		not image.repository(text)
	}
}

test_lengths_end_where_the_grammar_ends_them if {
	long := concat("", ["a" | some _ in numbers.range(1, 255)])
	image.repository($"registry.example.com/{long}")
	not image.repository($"registry.example.com/{long}a")
	image.is_from($"registry.example.com/{long}", ["registry.example.com/"])
	not image.is_from($"registry.example.com/{long}a", ["registry.example.com/"])
	image.repository($"nginx:{substring(long, 0, 128)}")
	not image.repository($"nginx:{substring(long, 0, 129)}")
}

test_a_long_name_of_hex_digits_is_a_repository if {
	image.repository($"{hex}0") == $"docker.io/library/{hex}0"
	image.repository($"team/{hex}") == $"docker.io/team/{hex}"
}

test_registries_are_written_out if {
	every registry, prefix in {
		"registry.example.com": "registry.example.com/",
		"registry.example.com/": "registry.example.com/",
		"Registry.Example.COM/core": "registry.example.com/core/",
		"registry.example.com:5000/core/": "registry.example.com:5000/core/",
		"docker.io": "docker.io/",
		"docker.io/library": "docker.io/library/",
		"index.docker.io": "docker.io/",
		"Index.Docker.io/team": "docker.io/team/",
		"index.docker.io.example.com": "index.docker.io.example.com/",
		"localhost": "localhost/",
		"[::1]:5000": "[::1]:5000/",
	} {
		image.prefix(registry) == prefix
	}
}

test_a_word_that_no_image_has_as_its_host_is_no_registry if {
	every registry in ["", "team", "team/app", "library", "/"] {
		not image.prefix(registry)
	}
}

test_an_image_is_from_a_registry_or_from_below_it if {
	every text in [
		"registry.example.com/core/app", "registry.example.com/core/app:1.0", "registry.example.com/core/a/b/c",
		"registry.example.com/core", "registry.example.com/core:1.0", "REGISTRY.EXAMPLE.COM/core/app",
		$"registry.example.com/core/app@sha256:{hex}", $"registry.example.com/core@sha256:{hex}",
		$"registry.example.com/core/app:1.0@sha256:{hex}",
	] {
		image.is_from(text, ["registry.example.org/", "registry.example.com/core/"])
	}
}

test_an_image_from_elsewhere_is_not if {
	every text in [
		"registry.example.com/corex/app", "registry.example.com/core.evil/app", "registry.example.com/core-x/app",
		"registry.example.com/other", "registry.example.com", "registry.example.com:1.0", "registry.example.com:5000/core/app",
		"registry.example.com.evil.io/core/app", "registry.example.com@evil.io/core/app", "xregistry.example.com/core/app",
		"evil.io/registry.example.com/core/app", "registry.example.com./core/app", "core/app", "app", "nginx", "",
		"registry.example.com/core/", "registry.example.com/core//app", "registry.example.com/core/../evil/app",
		"registry.example.com/core/App", "registry.example.com/core/app:", "registry.example.com/core/app@evil",
		"registry.example.com/core/app:1:2", "registry.example.com/core/app ", "registry.example.com/core/app\n",
		"registry.example.com/Core/app", " registry.example.com/core/app", "registry.example.com//core/app", null, 1, {},
	] {
		not image.is_from(text, ["registry.example.com/core/"])
	}
}

test_docker_hub_is_a_registry_like_another if {
	image.is_from("nginx", ["docker.io/library/"])
	image.is_from("docker.io/nginx", ["docker.io/library/"])
	image.is_from("index.docker.io/library/nginx", ["docker.io/library/"])
	not image.is_from("team/app", ["docker.io/library/"])
	image.is_from("team/app", ["docker.io/team/"])
	image.is_from("team/app", ["docker.io/"])
	not image.is_from("Docker.io/nginx", ["docker.io/library/"])
}

test_nothing_is_from_no_registry if {
	not image.is_from("nginx", [])
	not image.is_from("", [""])
}

# All rows of up to three separators between two words: those of the grammar are names, the rest are not.
test_separators_are_those_of_the_grammar if {
	signs := ["", "/", "-", ".", "_"]
	rows := {concat("", [a, b, c]) | some a in signs; some b in signs; some c in signs}
	good := {"", "/", "-", "--", "---", ".", "_", "__"}
	every row in good {
		image.repository(concat("", ["registry.example.com/a", row, "b"]))
	}
	every row in rows - good {
		not image.repository(concat("", ["registry.example.com/a", row, "b"]))
	}
	every row in rows - {""} {
		not image.repository(concat("", ["registry.example.com/", row, "b"]))
		not image.repository(concat("", ["registry.example.com/a", row]))
	}
}
