# METADATA
# title: Image references
# description: |
#   Reads image references by the grammar that container runtimes share, with the names that Docker Hub leaves out filled in, so that
#   `nginx` is `docker.io/library/nginx`. What the grammar refuses has no repository.
# related_resources:
#   - ref: https://github.com/distribution/reference
#     description: The grammar of image references
package lib.image

# The repository of an image, `registry.example.com:5000/team/app`: the host in lower case, without tag and digest. Undefined where the
# text is not an image reference.
repository(text) := concat("/", [lower(domain), path]) if {
	is_string(text)

	# Longer than the longest name in DNS with a port, the longest path, the longest tag and the longest digest.
	count(text) <= 1024
	[domain, remainder] := _split_domain(text)
	_is_domain(domain)
	path := _path(remainder)
	not _is_identifier(text)
}

# Whether a reference names its image by digest.
is_pinned(text) if contains(text, "@")

# A registry, or a path in one, as a prefix that ends in a slash: matched against a repository that ends in one too, it covers whole
# hosts and whole parts of a path only. Undefined where the first part of an image would not be taken for this host.
prefix(registry) := concat("", [_hub_name(lower(trim_suffix(registry, "/"))), "/"]) if _looks_like_domain(split(registry, "/")[0])

_hub_name(registry) := trim_prefix(registry, "index.") if {
	split(registry, "/")[0] == "index.docker.io"
} else := registry

# Whether an image comes from one of the registries, given as prefixes, or from below one.
is_from(text, prefixes) if {
	# The usual case, written out in full: only what follows the prefix is left to read.
	some candidate in prefixes
	startswith(text, candidate)
	count(text) <= 255
	_path(trim_prefix(text, candidate))
} else if is_below(repository(text), prefixes)

# The same for a repository.
is_below(name, prefixes) if {
	slashed := concat("", [name, "/"])
	some candidate in prefixes
	startswith(slashed, candidate)
}

# The host and what follows it. The first part is a host only if it cannot be anything else; an image without a slash never has one,
# whatever it looks like.
_split_domain(text) := ["docker.io", concat("", ["library/", text])] if {
	not contains(text, "/")
} else := _with_library(first, trim_prefix(text, concat("", [first, "/"]))) if {
	first := split(text, "/")[0]
	_looks_like_domain(first)
} else := ["docker.io", text]

_looks_like_domain(first) if {
	contains(first, ".")
} else if {
	contains(first, ":")
} else if {
	first == "localhost"
} else if {
	lower(first) != first
}

_with_library(first, rest) := ["docker.io", concat("", ["library/", rest])] if {
	first in ["docker.io", "index.docker.io"]
	not contains(rest, "/")
} else := ["docker.io", rest] if {
	first == "index.docker.io"
} else := [first, rest]

# ASCII only: a host in another script is not the one it looks like.
_is_domain("docker.io")

_is_domain(domain) if {
	domain != "docker.io"
	regex.match(`^(?:[A-Za-z0-9]+(?:-+[A-Za-z0-9]+)*(?:\.[A-Za-z0-9]+(?:-+[A-Za-z0-9]+)*)*|\[[A-Fa-f0-9:]+\])(?::[0-9]+)?$`, domain)
}

# The path of a remainder, `path:tag@digest`. Checked without an expression: OPA's own SDKs compile one anew for each review and binding,
# which would take most of the time there.
_path(remainder) := path if {
	halves := split(remainder, "@")
	names := split(halves[0], ":")
	path := names[0]
	_is_path(path)
	_has_tag(names)
	_has_digest(halves)
}

# A row of words between one point, one or two underscores, any number of dashes, or a slash.
_is_path(path) if {
	path != ""
	count(path) <= 255
	trim_left(path, "abcdefghijklmnopqrstuvwxyz0123456789/-._") == ""
	trim(path, "/-._") == path
	not _has_wrong_separator(path)
}

_has_wrong_separator(path) if {
	some wrong in ["//", "/-", "/.", "/_", "-/", "-.", "-_", "./", ".-", "..", "._", "_/", "_-", "_.", "___"]
	contains(path, wrong)
}

_has_tag([_])

_has_tag([_, tag]) if {
	tag != ""
	count(tag) <= 128
	not startswith(tag, ".")
	not startswith(tag, "-")
	trim_left(tag, "0123456789.abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-") == ""
}

_has_digest([_])

_has_digest([_, digest]) if {
	[algorithm, hex] := split(digest, ":")
	count(hex) == _hex_length(algorithm)
	trim_left(hex, "0123456789abcdef") == ""
}

_hex_length("sha256") := 64

_hex_length("sha384") := 96

_hex_length("sha512") := 128

# Sixty-four hex digits are the identifier of an image on a node, not the name of a repository.
_is_identifier(text) if {
	not contains(text, "/")
	count(text) == 64
	trim_left(text, "0123456789abcdef") == ""
}
