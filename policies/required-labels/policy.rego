# METADATA
# title: Required labels
# description: |
#   Without labels nobody can tell whose an object is, whom to call when it fails, or what it costs. Each workload must carry the labels
#   listed, with a value that says something; where a regular expression is given, the value must match it.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/
#     description: Labels and the syntax of their values
# schemas:
#   - input.parameters:
#       type: object
#       additionalProperties: false
#       properties:
#         labels:
#           description: The labels that must be there.
#           type: array
#           minItems: 1
#           items:
#             type: object
#             additionalProperties: false
#             required: [key]
#             properties:
#               key:
#                 description: The label's key, `owner` or `example.com/owner`.
#                 type: string
#                 maxLength: 317
#                 pattern: '^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$'
#               allowedRegex:
#                 description: An RE2 expression that must be found in the value. Anchor it, `^team-[a-z]+$`, to hold the whole value to it.
#                 type: string
#                 minLength: 1
#                 format: regex
#           default: [{key: owner}]
#         podTemplate:
#           description: Whether the pod template of a workload must carry the labels as well.
#           type: boolean
#           default: false
# custom:
#   severity: low
#   remediation: Add the label under metadata.labels.
#   resources:
#     - pods
#     - podtemplates
#     - replicationcontrollers
#     - apps/replicasets
#     - apps/deployments
#     - apps/statefulsets
#     - apps/daemonsets
#     - batch/jobs
#     - batch/cronjobs
package required_labels

import data.lib.text
import data.lib.workload

# METADATA
# scope: document
# entrypoint: true
violation contains fault if {
	workload.subresource == ""
	some fault in _faults
	not workload.is_upkeep
}

_faults contains {
	"msg": $"the object {_expected(required, value)}",
	"path": ["metadata", "labels", required.key],
} if {
	workload.spec_path
	some required in _labels
	value := _value(workload.judged, ["metadata", "labels", required.key])
	not _is_satisfied(required, value)
}

_faults contains {
	"msg": $"the pod template {_expected(required, value)}",
	"path": array.concat(workload.template_path, ["metadata", "labels", required.key]),
} if {
	input.parameters.podTemplate
	workload.template_path
	not workload.template_omitted
	some required in _labels
	value := _value(workload.judged, array.concat(workload.template_path, ["metadata", "labels", required.key]))
	not _is_satisfied(required, value)
}

default _labels := [{"key": "owner"}]

_labels := input.parameters.labels

# What is not there, or has no place to be, is null.
_value(root, path) := object.get(root, path, null) if {
	is_object(root)
} else := null

_is_satisfied(required, value) if {
	_is_label_value(value)
	_is_allowed(required, value)
}

# As the API server has it, but not empty: at most 63 letters, digits, dots, dashes and underscores, of which the first and the last are
# letters or digits. So it cannot be made of spaces, nor of characters that nobody sees.
_is_label_value(value) if {
	is_string(value)
	value != ""
	count(value) <= 63
	trim_left(value, "abcdefghijklmnopqrstuvwxyz0123456789-._ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
	trim(value, "-._") == value
}

# An expression that does not compile matches nothing.
_is_allowed(required, value) if {
	regex.match(required.allowedRegex, value)
} else if {
	not "allowedRegex" in object.keys(required)
}

_expected(required, null) := $"must have the label {text.quote(required.key)}"

_expected(required, value) := $"must have a string in the label {text.quote(required.key)}, got {text.type(value)}" if {
	value != null
	not is_string(value)
} else := $"must not leave the label {text.quote(required.key)} blank" if {
	text.is_blank(value)
} else := concat("", [
	$"must have a valid value in the label {text.quote(required.key)}: at most 63 letters, digits, '-', '_' and '.', ",
	"the first and the last a letter or a digit",
]) if {
	is_string(value)
	not _is_label_value(value)
} else := $"must match {text.quote(required.allowedRegex)} in the label {text.quote(required.key)}" if {
	value != null
	regex.is_valid(required.allowedRegex)
} else := $"cannot match {json.marshal(required.allowedRegex)} in the label {text.quote(required.key)}, as it does not compile" if {
	value != null
}
