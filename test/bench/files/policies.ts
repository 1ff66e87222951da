// The same rules as each tool wants them: a bundle of ours, one package for conftest, ConstraintTemplates for gator.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { regoPolicy } from '../../support/rego-policy.ts'
import { type Rule, RULES, SPEC } from './rules.ts'

/** A directory for `portcullis build`: a policy and a binding for each rule. */
export function writeOurs(directory: string): void {
  const bindings = RULES.map(({ name }) => `    - { name: ${name}, policy: ${name} }`)
  const head =
    'apiVersion: portcullis.dev/v1\nkind: Bundle\nmetadata: { name: files }\nspec:\n  bindings:\n'
  mkdirSync(directory)
  writeFileSync(join(directory, 'bundle.yaml'), `${head}${bindings.join('\n')}\n`)
  for (const rule of RULES) {
    mkdirSync(join(directory, rule.name))
    writeFileSync(join(directory, rule.name, 'policy.rego'), ours(rule))
  }
}

function ours({ name, body }: Rule): string {
  const rules = `violation contains {"msg": msg} if {
	${body.replaceAll('OBJECT', 'input.request.object')}
}

${SPEC.replaceAll('OBJECT', 'input.request.object')}`
  return regoPolicy(name, rules, ['pods', 'apps/deployments'])
}

/** One package, so that what the rules share is worked out once a file: the quickest of the ways to write it. */
export function writeForConftest(directory: string): void {
  const rules = RULES.map(
    ({ body }) => `deny contains msg if {\n\t${body.replaceAll('OBJECT', 'input')}\n}\n`,
  )
  mkdirSync(directory)
  writeFileSync(
    join(directory, 'policy.rego'),
    ['package main\n', SPEC.replaceAll('OBJECT', 'input'), ...rules].join('\n'),
  )
}

/** A package a rule, as the other tools have them. */
export function writeApartForConftest(directory: string): void {
  mkdirSync(directory)
  for (const { name, body } of RULES) {
    const text = `package ${name.replaceAll('-', '_')}\n\n${SPEC}\ndeny contains msg if {\n\t${body}\n}\n`
    writeFileSync(join(directory, `${name}.rego`), text.replaceAll('OBJECT', 'input'))
  }
}

/** A ConstraintTemplate and a Constraint for each rule. */
export function writeForGator(directory: string): void {
  mkdirSync(directory)
  for (const rule of RULES) {
    writeFileSync(join(directory, `${rule.name}.yaml`), forGator(rule))
  }
}

function forGator({ name, body }: Rule): string {
  const kind = `Rule${name.replaceAll('-', '')}`
  const rego = `package ${kind.toLowerCase()}

violation contains {"msg": msg} if {
	${body.replaceAll('OBJECT', 'input.review.object')}
}

${SPEC.replaceAll('OBJECT', 'input.review.object')}`
  return `apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: { name: ${kind.toLowerCase()} }
spec:
  crd: { spec: { names: { kind: ${kind} } } }
  targets:
    - target: admission.k8s.gatekeeper.sh
      code:
        - engine: Rego
          source:
            version: v1
            rego: |
${rego.replaceAll(/^(?=.)/gm, ' '.repeat(14))}
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: ${kind}
metadata: { name: ${name} }
spec:
  match:
    kinds:
      - { apiGroups: [""], kinds: [Pod] }
      - { apiGroups: [apps], kinds: [Deployment] }
`
}
