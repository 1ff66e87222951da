// Every code a diagnostic can have, by area. docs/diagnostics.md is generated from it.
export type Severity = 'error' | 'warning'

export interface CatalogueEntry {
  readonly severity: Severity
  /** What the code means, for the list of codes. */
  readonly summary: string
  /** The usual next step, shown where a diagnostic brings none of its own. */
  readonly help?: string
}

export const CATALOGUE = {
  // Rego, as OPA's compiler reports it.
  'rego/parse': { severity: 'error', summary: 'The Rego cannot be parsed.' },
  'rego/compile': { severity: 'error', summary: 'The Rego does not compile.' },
  'rego/type': { severity: 'error', summary: 'The Rego has a type fault.' },
  'rego/unsafe-var': { severity: 'error', summary: 'A variable is never bound.' },
  'rego/recursion': { severity: 'error', summary: 'Rules refer to each other in a circle.' },
  'rego/unsupported-builtin': {
    severity: 'error',
    summary: 'A built-in function that the engine does not have.',
  },
  'rego/metadata': { severity: 'error', summary: 'A METADATA block cannot be read.' },

  // Text that is read as YAML.
  'yaml/syntax': { severity: 'error', summary: 'The text is not YAML.' },
  'yaml/duplicate-key': { severity: 'error', summary: 'A map has the same key twice.' },
  'yaml/invalid-key': { severity: 'error', summary: 'A map key is not a scalar.' },
  'yaml/too-large': {
    severity: 'error',
    summary: 'Aliases, nesting or size go past what a document may hold.',
  },
  'yaml/unsupported-tag': {
    severity: 'error',
    summary: 'A tag other than !!str, !!int, !!float, !!bool, !!null, !!map and !!seq.',
  },
  'yaml/not-json': { severity: 'error', summary: 'A value that JSON does not have, as `.inf`.' },
  'yaml/encoding': { severity: 'error', summary: 'The bytes are not UTF-8.' },

  // Kubernetes objects in files.
  'kubernetes/not-an-object': {
    severity: 'error',
    summary: 'A document is not a Kubernetes object: it lacks apiVersion or kind, or is not a map.',
  },
  'kubernetes/invalid-review': {
    severity: 'error',
    summary: 'An AdmissionReview in a file is not one that the API server could send.',
  },
  'kubernetes/removed-api': {
    severity: 'warning',
    summary:
      'A kind that API servers no longer serve at this version, so that policies may not be about it.',
  },
  'kubernetes/old-object': {
    severity: 'error',
    summary: 'Two old objects are the same one, or an old object is of another version.',
  },

  'baseline/invalid': {
    severity: 'error',
    summary: 'A baseline is not as its schema says.',
    help: 'write it again with `check --write-baseline`',
  },
  'bench/invalid': {
    severity: 'error',
    summary: 'A measurement is not as its schema says.',
    help: 'write it again with `bench --save`',
  },

  // The configuration of `serve`.
  'config/unknown-key': { severity: 'error', summary: 'A key that no setting has.' },
  'config/invalid-value': {
    severity: 'error',
    summary: 'A setting of the wrong type, or out of its range.',
  },
  'config/conflict': { severity: 'error', summary: 'Two settings that do not go together.' },
  'config/short-keep-alive': {
    severity: 'warning',
    summary: 'Idle connections are closed before the API server would close them.',
    help: 'take more than 90000: the API server keeps idle connections for 90 s and does not repeat a POST',
  },

  // What `portcullis test` reads.
  'test/invalid-sample': {
    severity: 'error',
    summary: 'A sample is not one object, or does not say in its name what is expected.',
    help: 'a sample is one object or AdmissionReview in `allowed-NAME.yaml` or `denied-NAME.yaml`',
  },
  'test/invalid-suite': { severity: 'error', summary: 'A suite is not as its schema says.' },
  'test/unknown-reference': {
    severity: 'error',
    summary: 'A suite names a file, a policy or a binding that is not there.',
  },

  // bundle.yaml, policies and archives.
  'bundle/syntax': { severity: 'error', summary: 'The text is not JSON.' },
  'bundle/duplicate-policy': {
    severity: 'error',
    summary: 'Two policies have the same name or entrypoint.',
  },
  'bundle/damaged': {
    severity: 'error',
    summary: 'The archive differs from what was built.',
    help: 'fetch the archive again, or build it again',
  },
  'bundle/unknown-key': { severity: 'error', summary: 'A key that the schema does not have.' },
  'bundle/missing-key': { severity: 'error', summary: 'A key that the schema demands is missing.' },
  'bundle/wrong-type': {
    severity: 'error',
    summary: 'A value of another type than the schema says.',
  },
  'bundle/invalid-value': { severity: 'error', summary: 'A value that the schema does not allow.' },
  'bundle/unknown-policy': {
    severity: 'error',
    summary: 'A binding names a policy that is not there.',
  },
  'bundle/unknown-parameter': {
    severity: 'error',
    summary: 'A parameter that the policy does not have.',
  },
  'bundle/invalid-parameter': {
    severity: 'error',
    summary: 'A parameter that the policy’s schema refuses.',
  },
  'bundle/duplicate-binding': { severity: 'error', summary: 'Two bindings have the same name.' },
  'bundle/duplicate-exception': {
    severity: 'error',
    summary: 'Two exceptions have the same name.',
  },
  'bundle/unknown-binding': {
    severity: 'error',
    summary: 'An exception names a binding that the bundle does not have.',
  },
  'bundle/expired-exception': {
    severity: 'warning',
    summary: 'An exception is past its last day, and excepts nothing any more.',
    help: 'take it out, or have its owner give it a new day',
  },
  'bundle/unused-exception': {
    severity: 'warning',
    summary: 'An exception lets nothing pass: the objects that it is about have no such fault.',
    help: 'take it out, so that the fault cannot come back unseen',
  },
  'bundle/unknown-resource': {
    severity: 'error',
    summary: 'A binding asks for a resource that its policy does not understand.',
  },
  'bundle/unknown-entrypoint': {
    severity: 'error',
    summary: 'The module lacks an entrypoint that the bundle names.',
  },
  'bundle/unknown-builtin': {
    severity: 'error',
    summary: 'The module needs a built-in function that the engine does not have.',
  },
  'bundle/invalid-policy': {
    severity: 'error',
    summary: 'A policy does not describe itself as it must.',
  },
  'bundle/missing-file': { severity: 'error', summary: 'A file that a bundle needs is missing.' },
  'bundle/unreadable': { severity: 'error', summary: 'The archive cannot be read.' },
  'bundle/unsafe-member': {
    severity: 'error',
    summary: 'The archive has a member it must not have.',
  },
  'bundle/too-large': { severity: 'error', summary: 'The archive goes past a limit.' },
  'bundle/invalid-module': {
    severity: 'error',
    summary: 'policy.wasm is not a module the engine can run.',
  },
  'bundle/signed': {
    severity: 'error',
    summary: 'The bundle is signed and no key is configured to verify it.',
  },

  // What `portcullis lint` finds in a bundle that loads.
  'lint/critical-resource': {
    severity: 'error',
    summary:
      'A binding could deny what a cluster cannot run without: leases, nodes, tokens, access reviews and the like.',
    help: 'take the resource out of the policy, or leave it out with `excludeResourceRules`',
  },
  'lint/own-namespace': {
    severity: 'error',
    summary:
      'A binding could deny the pods of Portcullis itself: once they are gone, nothing can bring them back.',
    help: 'add `portcullis-system` to `excludedNamespaces`',
  },
  'lint/kube-system': {
    severity: 'error',
    summary: 'A binding could deny the cluster’s own components in kube-system.',
    help: 'add `kube-system` to `excludedNamespaces`',
  },
  'lint/never-matches': {
    severity: 'error',
    summary: 'The conditions of a binding exclude each other, so that it judges nothing.',
    help: 'take one of the conditions out',
  },
  'lint/ignored-failure': {
    severity: 'warning',
    summary: 'A binding denies, but what its policy cannot evaluate is let in.',
    help: 'leave `failurePolicy` out, or let the binding `Warn`',
  },
  'lint/same-binding': {
    severity: 'warning',
    summary: 'Two bindings say the same, so that each fault is told twice.',
    help: 'take one of them out',
  },
  'lint/shadowed-binding': {
    severity: 'warning',
    summary: 'A binding finds nothing that another, wider one does not find.',
    help: 'take it out, or narrow the other',
  },
  'lint/long-exception': {
    severity: 'warning',
    summary: 'An exception holds for more than a year: nobody will look at it again.',
    help: 'give it a nearer day, and a new one when that comes',
  },
  'lint/unused-policy': {
    severity: 'warning',
    summary: 'No binding uses a policy.',
    help: 'bind it, or take its folder out',
  },
  'lint/uncovered-resource': {
    severity: 'warning',
    summary: 'A policy understands a resource that no binding asks it about.',
    help: 'widen the `resourceRules` of a binding, or take the resource out of the policy',
  },
  'lint/no-init-containers': {
    severity: 'warning',
    summary: 'A policy looks at the containers of pods, and never at init containers.',
    help: 'look at `initContainers` as well: they run with the same rights',
  },
  'lint/no-ephemeral-containers': {
    severity: 'warning',
    summary:
      'A policy on pods misses ephemeral containers, which come by `pods/ephemeralcontainers` after the pod was let in.',
    help: 'look at `ephemeralContainers`, and add `pods/ephemeralcontainers` to the resources of the policy',
  },
  'lint/undefined-negation': {
    severity: 'warning',
    summary:
      'A negated call has an argument that may be undefined: then the negation does not hold, and the object passes.',
    help: 'take `object.get` with a default, or look the field up inside the function',
  },
  'lint/useless-allowance': {
    severity: 'warning',
    summary: 'A `lint-allow` comment allows nothing, names no code or gives no reason.',
    help: 'write `# lint-allow CODE: reason` where the finding is, or take the comment out',
  },
} as const satisfies Record<string, CatalogueEntry>

export type DiagnosticCode = keyof typeof CATALOGUE
