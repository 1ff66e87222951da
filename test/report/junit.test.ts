import { describe, expect, it, test } from 'vitest'
import { renderJunit } from '../../src/report/junit.ts'
import { junitAssert, parseXml } from '../support/report-schemas.ts'
import { EVIL, hostileReport, judged, only, POD, reportOf, sampleReport } from './sample.ts'

const assertJunit = junitAssert('JUnit reports against Jenkins’ schema')

describe.skipIf(assertJunit === undefined)('fits Jenkins’ schema', () => {
  it.each([
    ['a run with everything', sampleReport()],
    ['a run without a finding', reportOf([judged(only('a.yaml', POD), [])])],
    ['a run without an object', reportOf([])],
    ['hostile texts', hostileReport().report],
  ])('%s', (_name, report) => {
    expect(() => assertJunit?.(renderJunit(report))).not.toThrow()
  })

  it('which refuses what is none', () => {
    const text = renderJunit(sampleReport())
    expect(() => assertJunit?.(text.replace('<system-out>', '<output>'))).toThrow()
    expect(() => assertJunit?.(text.replaceAll('testcase name', 'testcase title'))).toThrow()
  })
})

test('a suite a file, a case for each object and binding that judged it', () => {
  expect(renderJunit(sampleReport())).toMatchInlineSnapshot(`
    "<?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="portcullis check" tests="6" failures="1" errors="3">
      <testsuite name="deploy/broken.yaml" tests="1" failures="0" errors="1">
        <testcase name="yaml/syntax" classname="deploy/broken.yaml">
          <error type="yaml/syntax" message="unexpected end of the stream">deploy/broken.yaml:1:4</error>
        </testcase>
      </testsuite>
      <testsuite name="deploy/pod.yaml" tests="2" failures="0" errors="1">
        <testcase name="no-host-network" classname="Pod"/>
        <testcase name="limits" classname="Pod">
          <error type="evaluation/budget-exceeded" message="binding \`limits\` could not judge Pod: used up 100 units of fuel">deploy/pod.yaml:1:1</error>
          <system-out>warn[container-limits]: no owner
    deploy/pod.yaml:1:1
    severity medium
    help: Set resources.limits.
    see: https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/</system-out>
        </testcase>
      </testsuite>
      <testsuite name="deploy/web.yaml" tests="2" failures="1" errors="0">
        <testcase name="no-host-network" classname="Deployment shop/web">
          <failure type="host-network" message="hostNetwork is true">deploy/web.yaml:12:24
    severity high
    help: Remove hostNetwork.</failure>
          <system-out>excepted[host-network]: is named web
    deploy/web.yaml:7:13
    exception: legacy-web, until 2026-12-31, by team-web: goes with the rewrite
    severity high
    help: Remove hostNetwork.</system-out>
          <system-out>audit[host-network]: command is a script
    deploy/web.yaml:17:19
    severity high
    help: Remove hostNetwork.</system-out>
        </testcase>
        <testcase name="limits" classname="Deployment shop/web">
          <system-out>warn[container-limits]: container \`web\` has no cpu limit
    deploy/web.yaml:14:15
    severity medium
    help: Set resources.limits.
    see: https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/</system-out>
        </testcase>
      </testsuite>
      <testsuite name="portcullis check" tests="1" failures="0" errors="1">
        <testcase name="bundle/unreadable" classname="portcullis check">
          <error type="bundle/unreadable" message="no place"></error>
        </testcase>
      </testsuite>
    </testsuites>
    "
  `)
})

test('what fails the run is a failure, the rest is output', () => {
  const counts = (failOn: 'Deny' | 'Warn' | 'Audit'): readonly number[] => {
    const xml = renderJunit({ ...sampleReport(), failOn })
    return ['<failure', '<system-out'].map((tag) => xml.split(tag).length - 1)
  }
  expect(counts('Deny')).toEqual([1, 4])
  expect(counts('Warn')).toEqual([3, 2])
  expect(counts('Audit')).toEqual([4, 1])
})

test('sums are those of the cases', () => {
  const document = parseXml(renderJunit(sampleReport()))
  const count = (path: string): number => document.find(path).length
  const suites = document.find('/testsuites/testsuite')
  expect(suites.map((suite) => suite.find('testcase').length)).toEqual(
    suites.map((suite) => Number(suite.get('@tests')?.content)),
  )
  const attribute = (name: string): number => Number(document.get(`/testsuites/@${name}`)?.content)
  expect(attribute('tests')).toBe(count('//testcase'))
  expect(attribute('failures')).toBe(count('//testcase[failure]'))
  expect(attribute('errors')).toBe(count('//testcase[error]'))
})

test('hostile text comes back as it was, without what XML cannot write', () => {
  const document = parseXml(renderJunit(hostileReport().report))
  const message = document.get('//failure/@message')?.content
  expect(message).toBe(EVIL.replaceAll(/(?![\r\n\t])\p{Cc}|\p{Cs}/gu, ''))
  expect(document.find('//script')).toEqual([])
})
