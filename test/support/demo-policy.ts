// The smallest policy that there is, to be tested: it refuses a label `bad: "yes"`, of pods.
/** @param body More of its Rego. */
export function demoPolicy(name = 'demo', body = ''): string {
  return `# METADATA
# title: Demo
# description: Refuses a label.
# schemas:
#   - input.parameters:
#       type: object
#       additionalProperties: false
#       properties:
#         word: { type: string, default: "yes" }
# custom:
#   severity: low
#   remediation: Take the label off.
#   resources: [pods]
package ${name}

# METADATA
# scope: document
# entrypoint: true
violation contains {"msg": "is bad", "path": ["metadata", "labels", "bad"]} if {
	input.request.object.metadata.labels.bad == input.parameters.word
}
${body}`
}

export const DEMO_BUNDLE = `apiVersion: portcullis.dev/v1
kind: Bundle
metadata: { name: demo }
spec:
  bindings:
    - name: all
      policy: demo
    - name: production
      policy: demo
      match: { namespaceSelector: { matchLabels: { environment: production } } }
      parameters: { word: later }
      validationActions: [Warn]
`

export function demoPod(label = 'yes', namespace = 'shop'): string {
  return `apiVersion: v1
kind: Pod
metadata: { name: a, namespace: ${namespace}, labels: { bad: "${label}" } }
`
}
