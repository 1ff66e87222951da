import { describe, expect, it } from 'vitest'
import { renderText } from '../../src/report/text.ts'
import {
  finding,
  hostileReport,
  judged,
  only,
  POD,
  reportOf,
  sampleFiles,
  sampleReport,
  WEB,
} from './sample.ts'

const NORMAL = { color: false, detail: 'normal', files: sampleFiles() } as const

describe('renderText', () => {
  it('shows file by file every finding in its source, then the errors, then the sums', () => {
    expect(`${WEB}=====\n${renderText(sampleReport(), NORMAL)}`).toMatchInlineSnapshot(`
      "apiVersion: v1
      kind: List
      items:
        - apiVersion: apps/v1
          kind: Deployment
          metadata:
            name: web
            namespace: shop
          spec:
            template:
              spec:
                hostNetwork: true
                containers:
                  - name: web
                    image: "nginx"
                    command:
                      - |
                        sleep 1
                        exec web
      =====
      deploy/pod.yaml: 1 warning

      warn[container-limits]: no owner
       --> deploy/pod.yaml:1:1
        |
      1 | apiVersion: v1
        | ^^^^^^^^^^
        = object: Pod (v1)
        = binding: limits, severity medium
        = help: Set resources.limits.
        = see: https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/

      deploy/web.yaml: 1 denied, 1 warning, 1 audited, 1 excepted

      excepted[host-network]: is named web
       --> deploy/web.yaml:7:13
        |
      7 |       name: web
        |             ^^^
        = object: Deployment shop/web (apps/v1)
        = binding: no-host-network, severity high
        = exception: legacy-web, until 2026-12-31, by team-web: goes with the rewrite
        = help: Remove hostNetwork.

      deny[host-network]: hostNetwork is true
        --> deploy/web.yaml:12:24
         |
      12 |           hostNetwork: true
         |                        ^^^^
         = object: Deployment shop/web (apps/v1)
         = binding: no-host-network, severity high

      warn[container-limits]: container \`web\` has no cpu limit
        --> deploy/web.yaml:14:15
         |
      14 |             - name: web
         |               ^^^^
         = object: Deployment shop/web (apps/v1)
         = binding: limits, severity medium
         = help: Set resources.limits.
         = see: https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/

      audit[host-network]: command is a script
        --> deploy/web.yaml:17:19
         |
      17 |                 - |
         |                   ^
      ...
      19 |                   exec web
         |                   ^^^^^^^^
         = object: Deployment shop/web (apps/v1)
         = binding: no-host-network, severity high

      error[bundle/unreadable]: no place

      error[yaml/syntax]: unexpected end of the stream
       --> deploy/broken.yaml:1:4
        |
      1 | a: [
        |    ^

      error[evaluation/budget-exceeded]: binding \`limits\` could not judge Pod: used up 100 units of fuel
       --> deploy/pod.yaml:1:1
        |
      1 | apiVersion: v1
        | ^

      2 resources, 3 bindings, 2 pairs skipped (2 by namespace): 1 denied, 2 warnings, 1 audited, 1 excepted, 3 errors
      "
    `)
  })

  it('says that all is well in one line', () => {
    const report = reportOf([judged(only('pod.yaml', POD), [])])
    expect(renderText(report, NORMAL)).toBe(
      '1 resource, 3 bindings, 0 pairs skipped: 0 denied, 0 warnings\n',
    )
  })

  it('tells how to mend a fault once a file and policy', () => {
    const twice = [finding(['metadata'], 'one'), finding(['spec'], 'two')]
    const all = [judged(only('a.yaml', POD), twice), judged(only('b.yaml', POD), twice)]
    const text = renderText(reportOf(all), NORMAL)
    expect(text.match(/= help: /g)).toHaveLength(2)
    expect(text.match(/^deny/gm)).toHaveLength(4)
  })

  it('shows a violation once, however many actions it leads to', () => {
    const all = [finding(['spec'], 'x', 'Deny'), finding(['spec'], 'x', 'Audit')]
    const text = renderText(reportOf([judged(only('a.yaml', POD), all)]), NORMAL)
    expect(text.match(/^(deny|audit)/gm)).toEqual(['deny'])
    expect(text).toContain('Deny and Audit')
    expect(text).toContain(': 1 denied, 0 warnings\n')
  })

  it('when quiet, shows only what fails, and no sums', () => {
    const quiet = { ...NORMAL, detail: 'quiet' } as const
    const warning = [judged(only('a.yaml', POD), [finding(undefined, 'x', 'Warn')])]
    expect(renderText(reportOf(warning), quiet)).toBe('')
    expect(renderText(reportOf(warning, { failOn: 'Warn' }), quiet)).toMatch(
      /^a\.yaml: 1 warning\n\nwarn\[host-network\]: x\n/,
    )
    const text = renderText(sampleReport(), quiet)
    expect(text).toContain('deny[host-network]')
    expect(text).toContain('error[yaml/syntax]')
    expect(text).not.toMatch(/^(warn|audit|excepted)\[|pairs skipped/m)
  })

  it('when verbose, says what each binding made of each object', () => {
    const text = renderText(sampleReport(), { ...NORMAL, detail: 'verbose' })
    expect(text.slice(text.indexOf('Pod (v1)'))).toContain(`Pod (v1) at deploy/pod.yaml:1:1
  no-host-network  passed
  limits           error
  elsewhere        skipped: its namespaces do not name this one
`)
    expect(text).toContain(`Deployment shop/web (apps/v1) at deploy/web.yaml:7:13
  no-host-network  1 denied, 1 audited, 1 excepted
  limits           1 warning
  elsewhere        skipped: its namespaces do not name this one
`)
  })

  it('colours only when asked, and the same text', () => {
    for (const detail of ['normal', 'verbose'] as const) {
      const colored = renderText(sampleReport(), { ...NORMAL, detail, color: true })
      expect(colored).toContain('\u001b[')
      expect(colored.replaceAll(/\p{Cc}\[[0-9;]*m/gu, '')).toBe(
        renderText(sampleReport(), { ...NORMAL, detail }),
      )
    }
  })

  it('spells out control characters wherever they come from', () => {
    const { report, files } = hostileReport()
    const text = renderText(report, { files, color: false, detail: 'verbose' })
    expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u)
    expect(text).not.toMatch(/^\s*::/m)
  })

  it('shows a finding in a file that is not at hand without its source', () => {
    const text = renderText(sampleReport(), { ...NORMAL, files: new Map() })
    expect(text).toContain('--> deploy/web.yaml:12:24')
    expect(text).not.toContain('hostNetwork: true')
  })
})
