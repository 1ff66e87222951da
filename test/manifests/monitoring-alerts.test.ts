// The alerts and the scrape configuration as Prometheus reads them, by its own promtool, which .ci/run builds.
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { load } from 'js-yaml'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ROOT } from '../support/portcullis.ts'
import { alertRules, dashboard, readMonitoring, ruleGroups } from './monitoring-files.ts'

interface UnitTests {
  readonly tests: readonly {
    readonly promql_expr_test: readonly {
      readonly expr: string
      readonly exp_samples: readonly { readonly labels: string }[]
    }[]
  }[]
}

const cases = new URL('alerts.yaml', import.meta.url)
const hasPromtool = spawnSync('promtool', ['--version']).status === 0
if (!hasPromtool) {
  console.error('SKIPPED for lack of promtool: whether alerts fire; .ci/run says how to build it')
}

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-alerts-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** The command in README.md that makes a rules file, run as it stands there. */
function makeRulesFile(): string {
  const [command] = /^sed .* > portcullis-rules\.yaml$/m.exec(readMonitoring('README.md')) ?? []
  if (command === undefined) throw new Error('README.md does not say how to take the rules out')
  const rules = join(folder, 'rules.yaml')
  execFileSync('sh', ['-c', command.replace('portcullis-rules.yaml', rules)], { cwd: ROOT })
  return rules
}

function promtool(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8', cwd: folder })
  return status === 0 ? '' : stdout + stderr
}

test('every alert has a case in which it fires and one in which it is quiet', () => {
  const checks = (load(readFileSync(cases, 'utf8')) as UnitTests).tests.flatMap(
    (each) => each.promql_expr_test,
  )
  for (const { alert, labels } of alertRules) {
    const own = checks.filter(({ expr }) => expr.includes(`alertname="${alert}"`))
    const severity = `severity="${labels.severity}"`
    const fires = own.map((each) => each.exp_samples.some((one) => one.labels.includes(severity)))
    expect(new Set(fires), `${alert} ${severity}`).toEqual(new Set([true, false]))
  }
})

test('README.md takes the rules out for a Prometheus without the operator', () => {
  expect(load(readFileSync(makeRulesFile(), 'utf8'))).toEqual({ groups: ruleGroups })
})

describe.skipIf(!hasPromtool)('promtool', () => {
  test('sees the alerts fire and stay quiet', () => {
    makeRulesFile()
    copyFileSync(cases, join(folder, 'alerts.yaml'))
    expect(promtool('test', 'rules', 'alerts.yaml')).toBe('')
  })

  test('finds no fault in the alerts and the scrape configuration', () => {
    writeFileSync(join(folder, 'scrape-config.yaml'), readMonitoring('scrape-config.yaml'))
    const config = { rule_files: [makeRulesFile()], scrape_config_files: ['scrape-config.yaml'] }
    writeFileSync(join(folder, 'prometheus.yaml'), JSON.stringify(config))
    expect(promtool('check', 'config', '--lint=all', '--lint-fatal', 'prometheus.yaml')).toBe('')
  })

  test('reads every query of the dashboard', () => {
    const rules = dashboard.panels.flatMap(({ id, targets = [] }) =>
      targets.map(({ expr, refId }) => ({
        record: `panel:${id}:${refId}`,
        expr: expr.replaceAll('[$__rate_interval]', '[5m]'),
      })),
    )
    const groups = [{ name: 'dashboard', rules }]
    writeFileSync(join(folder, 'dashboard.yaml'), JSON.stringify({ groups }))
    expect(promtool('check', 'rules', '--lint-fatal', 'dashboard.yaml')).toBe('')
  })
})
