const PODS = ['pods', 'pods/status', 'pods/ephemeralcontainers', 'pods/exec']

/** Rego that has its METADATA; over pods and their subresources, unless told otherwise. */
export function regoPolicy(
  name: string,
  rules: string,
  resources: readonly string[] = PODS,
): string {
  return `# METADATA
# title: ${name}
# description: ${name}
# related_resources:
#   - ref: https://example.com/${name}
# custom:
#   severity: high
#   remediation: Mend it.
#   resources: [${resources.join(', ')}]
package ${name.replaceAll('-', '_')}

# METADATA
# scope: document
# entrypoint: true
${rules}
`
}
