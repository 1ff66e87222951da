# METADATA
# title: Text
# description: |
#   How messages name things. What an object holds is quoted and cut short, so that none of it can pass for a message of its own.
package lib.text

# The words for one container of a pod: `container "app"`, `init container "setup"`, `container 2` where it has no name.
container(list, index, spec) := $"{_container_kinds[list]} {_label(index, spec)}"

# The words for one volume of a pod.
volume(index, spec) := $"volume {_label(index, spec)}"

# The words for a quantity, image or port that was found instead of what was expected.
got(value) := quote(value) if {
	is_string(value)
} else := clip(json.marshal(value)) if {
	is_number(value)
} else := type(value)

# The words for any other value, of which nothing is told but its type.
type(null) := "nothing"

type(value) := $"an {type_name(value)}" if {
	type_name(value) in ["array", "object"]
} else := $"a {type_name(value)}" if {
	value != null
}

# Whether there is nothing in a string that a person would see.
is_blank(value) if {
	trim(value, " \t\n\u000b\u000c\r\u0085\u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b\u180c\u180d\u180e\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202f\u205f\u2060\u2061\u2062\u2063\u2064\u2800\u3000\u3164\ufeff\uffa0") == ""
}

# A string as JSON writes it, at most 200 characters of it. What has nothing to escape, as names and images have not, is spared the
# kilobyte that json.marshal takes each time.
quote(value) := concat("", ["\"", clip(value), "\""]) if {
	trim_left(value, "etaoinsrhldcumfpgwybvkxjqz-0123456789./:@_ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
} else := json.marshal(clip(value))

clip(value) := value if {
	count(value) <= 200
} else := $"{substring(value, 0, 200)}..."

_container_kinds := {
	"containers": "container",
	"initContainers": "init container",
	"ephemeralContainers": "ephemeral container",
}

_label(index, spec) := quote(spec.name) if {
	is_string(spec.name)
	spec.name != ""
} else := $"{index}"
