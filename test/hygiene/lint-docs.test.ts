// docs/lint.md is written by this test: `npm run docs` after a change.
import { expect, test } from 'vitest'
import { CATALOGUE, type CatalogueEntry } from '../../src/diagnostic/catalogue.ts'
import { ROOT } from '../support/portcullis.ts'

test('docs/lint.md lists every code of a finding', async () => {
  const codes = Object.entries<CatalogueEntry>(CATALOGUE).filter(
    ([code]) => code.startsWith('lint/') || code === 'bundle/expired-exception',
  )
  const page = [
    '# What lint finds',
    '',
    '`portcullis lint` reads a folder of policies, or an archive, that loads, and tells what in it would lock a cluster out or leave a hole. Of a',
    'folder it gives places in `bundle.yaml` and in the Rego. An archive has neither, so that its findings name the binding or policy only, and',
    'what takes the Rego to tell is told by the resources of a policy, or not at all. What OPA’s strict checks refuse does not build, and ends',
    'with 2.',
    '',
    '## Findings that are meant',
    '',
    'A comment says so, with the reason, above or in a binding or an exception of `bundle.yaml`:',
    '',
    '```yaml',
    '    # lint-allow lint/kube-system: the webhook’s configuration leaves kube-system out',
    '    - name: no-host-network',
    '      policy: host-network',
    '```',
    '',
    'It holds for that binding, and for what is found about its policy; in a `policy.rego` it holds for the policy. A comment without a reason,',
    'or that allows nothing, is itself a finding. Lint does not see the webhook’s configuration: the one in `manifests/` leaves',
    '`portcullis-system`, `kube-system` and `kube-node-lease` out for every binding, and a namespace that is left out twice is safe if somebody',
    'changes one of the two.',
    '',
    ...codes.flatMap(([code, { severity, summary, help }]) => [
      `## ${code}`,
      '',
      `${severity === 'error' ? 'Error' : 'Warning'}. ${summary}`,
      ...(help === undefined ? [] : ['', `Cure: ${help}.`]),
      '',
    ]),
  ].join('\n')
  await expect(page).toMatchFileSnapshot(`${ROOT}docs/lint.md`)
})
