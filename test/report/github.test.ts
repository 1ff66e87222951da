import { describe, expect, it, test } from 'vitest'
import { renderGithub } from '../../src/report/github.ts'
import {
  finding,
  hostileReport,
  judged,
  LIMITS,
  only,
  POD,
  reportOf,
  sampleReport,
  WEB,
} from './sample.ts'

test('one command a violation, errors first, then the worst', () => {
  expect(renderGithub(sampleReport())).toMatchInlineSnapshot(`
    "::error title=bundle/unreadable::no place
    ::error file=deploy/broken.yaml,line=1,col=4,title=yaml/syntax::unexpected end of the stream
    ::error file=deploy/pod.yaml,line=1,col=1,title=evaluation/budget-exceeded::binding \`limits\` could not judge Pod: used up 100 units of fuel
    ::error file=deploy/web.yaml,line=12,col=24,endLine=12,endColumn=28,title=host-network%3A Deployment shop/web::hostNetwork is true%0Ahelp: Remove hostNetwork.
    ::warning file=deploy/pod.yaml,line=1,col=1,endLine=1,endColumn=11,title=container-limits%3A Pod::no owner%0Ahelp: Set resources.limits.%0Asee: https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
    ::warning file=deploy/web.yaml,line=14,col=15,endLine=14,endColumn=19,title=container-limits%3A Deployment shop/web::container \`web\` has no cpu limit%0Ahelp: Set resources.limits.%0Asee: https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
    ::notice file=deploy/web.yaml,line=17,endLine=19,title=host-network%3A Deployment shop/web::command is a script%0Ahelp: Remove hostNetwork.
    2 resources, 3 bindings, 2 pairs skipped (2 by namespace): 1 denied, 2 warnings, 1 audited, 1 excepted, 3 errors
    "
  `)
})

describe('commands', () => {
  it('have no columns where lines differ, as GitHub refuses them', () => {
    const script = ['spec', 'template', 'spec', 'containers', 0, 'command', 0]
    const [command] = renderGithub(reportOf([judged(only('a', WEB), [finding(script)])])).split(
      '\n',
    )
    expect(command).toMatch(/^::error file=a,line=17,endLine=19,title=/)
  })

  it('are ten of a level, the worst of each, and the rest is counted', () => {
    const many = Array.from({ length: 12 }, (_, index) => [
      finding(['spec'], `a ${index}`, 'Deny', LIMITS),
      finding(['spec'], `b ${index}`, 'Deny'),
      finding(['spec'], `c ${index}`, 'Warn'),
      finding(['spec'], `d ${index}`, 'Audit'),
    ]).flat()
    const lines = renderGithub(reportOf([judged(only('a', POD), many)])).split('\n')
    const count = (start: string): number => lines.filter((line) => line.startsWith(start)).length
    expect([count('::error'), count('::warning'), count('::notice')]).toEqual([10, 10, 10])
    // LIMITS is of medium severity, the other one of high.
    expect(lines.filter((line) => /^::error.*::a /.test(line))).toEqual([])
    expect(lines).toContain('18 more without an annotation: GitHub shows 10 of a level')
  })

  it('cannot be made or broken by what an object says', () => {
    const lines = renderGithub(hostileReport().report).trimEnd().split('\n')
    expect(lines).toHaveLength(4)
    for (const line of lines.slice(0, 3)) {
      const [, command, properties = '', data = ''] =
        /^::(\w+) ((?:[^:]|:(?!:))*)::(.*)$/.exec(line) ?? []
      expect(['error', 'warning']).toContain(command)
      expect(properties.split(',').map((each) => each.split('=')[0])).toEqual(
        properties.includes('endLine')
          ? ['file', 'line', 'col', 'endLine', 'endColumn', 'title']
          : ['file', 'line', 'col', 'title'],
      )
      expect(data).not.toMatch(/[\p{Cc}\p{Cf}]/u)
    }
  })

  it('escape what separates their parts', () => {
    const all = [finding(undefined, '100% of a:b,c\nd')]
    const [command] = renderGithub(reportOf([judged(only('a,b:c%.yaml', POD), all)])).split('\n')
    expect(command).toContain('::error file=a%2Cb%3Ac%25.yaml,line=1')
    expect(command).toContain('::100%25 of a:b,c␊d%0Ahelp: ')
  })
})
