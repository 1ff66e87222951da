# METADATA
# title: Trusted registries
# description: |
#   An image is code that runs in the cluster. Each container, init container, ephemeral container and image volume must take its image
#   from one of the registries listed. Images are read as the container runtime reads them: `nginx` is `docker.io/library/nginx`, and an
#   image without a slash comes from Docker Hub, whatever it looks like. Hosts are compared whole, with their port, and paths part by part.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/containers/images/#image-names
#     description: Image names
# schemas:
#   - input.parameters:
#       type: object
#       additionalProperties: false
#       required: [registries]
#       properties:
#         registries:
#           description: |
#             Hosts, `registry.example.com:5000`, or paths at a host, `registry.example.com/core`, each with everything below it. Docker
#             Hub's own images are `docker.io/library`.
#           type: array
#           minItems: 1
#           uniqueItems: true
#           items:
#             type: string
#             pattern: '^((localhost|[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+|\[[A-Fa-f0-9:]+\])(:[0-9]+)?|[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?:[0-9]+)(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*/?$'
#         requireDigest:
#           description: Whether each image must be named by digest, `...@sha256:...`, so that it cannot be changed behind its tag.
#           type: boolean
#           default: false
# custom:
#   severity: high
#   remediation: Push the image to a trusted registry, and name it there.
#   resources:
#     - pods
#     - pods/ephemeralcontainers
#     - podtemplates
#     - replicationcontrollers
#     - apps/replicasets
#     - apps/deployments
#     - apps/statefulsets
#     - apps/daemonsets
#     - batch/jobs
#     - batch/cronjobs
package trusted_registries

import data.lib.image
import data.lib.text
import data.lib.workload

# METADATA
# scope: document
# entrypoint: true
violation contains fault if {
	workload.subresource in ["", "ephemeralcontainers"]
	some fault in _faults
	not workload.is_upkeep
}

_faults contains fault if some fault in workload.malformed_containers

_faults contains fault if some fault in _malformed_volumes

_faults contains {
	"msg": $"{text.container(list, i, container)} {_expected(reference)}",
	"path": array.concat(workload.spec_path, [list, i, "image"]),
} if {
	some list in ["containers", "initContainers", "ephemeralContainers"]
	some i, container in workload.pod_spec[list]
	reference := object.get(container, "image", null)
	not _is_trusted(reference)
}

_faults contains {
	"msg": $"{text.volume(i, volume)} {_expected(reference)}",
	"path": array.concat(workload.spec_path, ["volumes", i, "image", "reference"]),
} if {
	some i, volume in workload.pod_spec.volumes
	_has_image(volume)
	reference := object.get(volume, ["image", "reference"], null)
	not _is_trusted(reference)
}

default _registries := []

_registries := input.parameters.registries

_prefixes := [image.prefix(registry) | some registry in _registries]

_is_trusted(reference) if {
	image.is_from(reference, _prefixes)
	_is_pinned_enough(reference)
}

_is_pinned_enough(reference) if {
	image.is_pinned(reference)
} else if {
	not input.parameters.requireDigest
}

_has_image(volume) if object.get(volume, "image", null) != null

_malformed_volumes contains {"msg": "volumes must be a list", "path": array.concat(workload.spec_path, ["volumes"])} if {
	volumes := object.get(workload.pod_spec, "volumes", null)
	volumes != null
	not is_array(volumes)
}

_malformed_volumes contains {
	"msg": $"volumes[{i}] must be an object",
	"path": array.concat(workload.spec_path, ["volumes", i]),
} if {
	some i, volume in workload.pod_spec.volumes
	not is_object(volume)
}

_expected(reference) := "must name an image" if {
	reference in [null, ""]
} else := _expected_from(reference, repository) if {
	repository := image.repository(reference)
} else := $"must have a valid image reference, got {text.got(reference)}"

_expected_from(reference, repository) := $"must name its image by digest, got {text.quote(reference)}" if {
	image.is_below(repository, _prefixes)
} else := $"must take its image from {_registry_names}, got {text.quote(reference)}{_in_full(reference, repository)}"

_registry_names := concat(" or ", _registries) if {
	count(_registries) in [1, 2]
} else := concat(", ", _registries) if {
	count(_registries) == 3
} else := $"{concat(", ", array.slice(_registries, 0, 3))} or {count(_registries) - 3} more" if {
	count(_registries) > 3
} else := "a trusted registry"

# Where the image comes from is said if the reference leaves it out.
_in_full(reference, repository) := "" if {
	contains(reference, repository)
} else := $", which is {text.clip(repository)}"
