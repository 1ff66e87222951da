// What `portcullis init` writes: small enough to read in one go, and each part there to be replaced.

/** Paths and texts, in the order in which to read them; `version` is that of the package CI takes. */
export function starterFiles(version: string): readonly (readonly [path: string, text: string])[] {
  return [
    ['portcullis.yaml', DEFAULTS],
    ['policies/README.md', README],
    ['policies/bundle.yaml', BUNDLE],
    ['policies/no-latest-tag/policy.rego', POLICY],
    ['policies/no-latest-tag/policy_test.rego', TEST],
    [
      'policies/no-latest-tag/samples/allowed-version.yaml',
      pod('registry.example.com/shop/web:1.4.2'),
    ],
    [
      'policies/no-latest-tag/samples/denied-latest.yaml',
      pod('registry.example.com/shop/web:latest'),
    ],
    ['.github/workflows/policies.yaml', githubWorkflow(version)],
    ['.gitlab-ci.yml', gitlabJob(version)],
  ]
}

const README = `# Policies

What may enter our clusters. Written in Rego, checked here, judged the same way by the admission webhook and in CI.

| path | what it is |
| --- | --- |
| \`bundle.yaml\` | which policy applies where, with which parameters and action |
| \`no-latest-tag/policy.rego\` | a policy |
| \`no-latest-tag/policy_test.rego\` | its unit tests |
| \`no-latest-tag/samples/\` | objects whose verdict is their name's first word |

\`\`\`
portcullis fmt --check   the layout of the Rego
portcullis lint          what would lock a cluster out, or leave a hole
portcullis test          unit tests and samples
portcullis build         bundle.tgz, for the webhook
portcullis check DIR     judge manifests by these policies: \`portcullis.yaml\` says so
\`\`\`

A new policy is a new folder: copy \`no-latest-tag\`, name the package after the folder with \`_\` for \`-\`, and bind it in \`bundle.yaml\`.
`

const DEFAULTS = `# yaml-language-server: $schema=node_modules/portcullis/dist/schemas/defaults.schema.json
apiVersion: portcullis.dev/v1
kind: Defaults
check:
  bundle: policies
bench:
  bundle: policies
`

const BUNDLE = `# yaml-language-server: $schema=../node_modules/portcullis/dist/schemas/bundle.schema.json
apiVersion: portcullis.dev/v1
kind: Bundle
metadata: { name: team }
spec:
  bindings:
    # Every namespace but those that keep the cluster, and Portcullis, alive.
    - name: no-latest-tag
      policy: no-latest-tag
      match: { excludedNamespaces: [portcullis-system, kube-system, kube-node-lease] }
      parameters: { tags: [latest] }
      validationActions: [Deny]
`

const POLICY = `# METADATA
# title: No latest tag
# description: An image without a fixed version is another image tomorrow.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/containers/images/
#     description: Images, their names and tags
# schemas:
#   - input.parameters:
#       type: object
#       additionalProperties: false
#       properties:
#         tags:
#           description: The tags that are refused. An image without a tag has the tag \`latest\`.
#           type: array
#           items: { type: string }
#           default: [latest]
# custom:
#   severity: medium
#   remediation: Name a version, or a digest.
#   resources:
#     - pods
#     - pods/ephemeralcontainers
#     - apps/deployments
#     - apps/statefulsets
#     - apps/daemonsets
#     - batch/jobs
#     - batch/cronjobs
package no_latest_tag

# METADATA
# scope: document
# entrypoint: true
violation contains {"msg": msg, "path": array.concat(_pod, [list, i, "image"])} if {
	some list in ["containers", "initContainers", "ephemeralContainers"]
	some i, container in object.get(input.request.object, array.concat(_pod, [list]), [])
	tag := _tag(object.get(container, "image", ""))
	tag in input.parameters.tags
	msg := $"container {object.get(container, "name", i)} must not use an image with the tag {tag}"
}

# Where the pod is in each kind of object.
_pod := ["spec"] if input.request.kind.kind == "Pod"

else := ["spec", "jobTemplate", "spec", "template", "spec"] if input.request.kind.kind == "CronJob"

else := ["spec", "template", "spec"]

# A digest names one image for ever, whatever the tag beside it says.
_tag(image) := tag if {
	not contains(image, "@")
	path := split(image, "/")
	name := split(path[count(path) - 1], ":")
	tag := array.concat(name, ["latest"])[1]
}
`

const TEST = `package no_latest_tag_test

import data.no_latest_tag

test_denies_the_tag_with_its_path if {
	faults := no_latest_tag.violation with input as _review("registry.example.com:5000/web:latest")
	some fault in faults
	fault.path == ["spec", "containers", 0, "image"]
	contains(fault.msg, "container app")
}

test_denies_an_image_without_a_tag if {
	count(no_latest_tag.violation) == 1 with input as _review("registry.example.com:5000/web")
}

test_allows_a_version if {
	count(no_latest_tag.violation) == 0 with input as _review("web:1.4.2")
}

test_allows_a_digest if {
	count(no_latest_tag.violation) == 0 with input as _review("web:latest@sha256:0123")
}

test_denies_in_a_pod_template if {
	template := {"spec": {"initContainers": [{"name": "init", "image": "web"}]}}
	deployment := {"kind": {"kind": "Deployment"}, "object": {"spec": {"template": template}}}
	faults := no_latest_tag.violation with input as {
		"parameters": {"tags": ["latest"]},
		"request": deployment,
	}
	some fault in faults
	fault.path == ["spec", "template", "spec", "initContainers", 0, "image"]
}

_review(image) := {
	"parameters": {"tags": ["latest"]},
	"request": {
		"kind": {"kind": "Pod"},
		"object": {"spec": {"containers": [{"name": "app", "image": image}]}},
	},
}
`

function pod(image: string): string {
  return `apiVersion: v1
kind: Pod
metadata: { name: web, namespace: shop }
spec:
  containers:
    - name: app
      image: ${image}
`
}

function commands(version: string): readonly string[] {
  return [
    `npm install --global portcullis@${version}`,
    'portcullis fmt --check',
    'portcullis lint',
    'portcullis test',
    'portcullis build',
  ]
}

function githubWorkflow(version: string): string {
  return `name: policies
on:
  push: { branches: [main] }
  pull_request:
permissions: { contents: read }
jobs:
  policies:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
      - uses: actions/setup-node@v5
        with: { node-version: 22 }
${commands(version)
  .map((each) => `      - run: ${each}\n`)
  .join('')}`
}

function gitlabJob(version: string): string {
  return `policies:
  image: node:22-slim
  script:
${commands(version)
  .map((each) => `    - ${each}\n`)
  .join('')}  artifacts:
    paths: [bundle.tgz]
`
}
