// manifests/monitoring as the tests read it.
import { readFileSync } from 'node:fs'
import { load } from 'js-yaml'

export interface AlertRule {
  readonly alert: string
  readonly expr: string
  readonly for: string
  readonly labels: { readonly severity: string }
  readonly annotations: {
    readonly summary: string
    readonly description: string
    readonly runbook: string
  }
}

export interface Target {
  readonly refId: string
  readonly expr: string
  readonly legendFormat: string
}

export interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly description?: string
  readonly gridPos: {
    readonly x: number
    readonly y: number
    readonly w: number
    readonly h: number
  }
  readonly datasource?: unknown
  readonly targets?: readonly Target[]
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } }
}

export interface Dashboard {
  readonly uid: string
  readonly title: string
  readonly schemaVersion: number
  readonly templating: {
    readonly list: readonly {
      readonly name: string
      readonly type: string
      readonly query: string | { readonly query: string }
    }[]
  }
  readonly panels: readonly Panel[]
}

function readManifest(file: string): unknown {
  return load(readFileSync(new URL(`../../manifests/base/${file}`, import.meta.url), 'utf8'))
}

export const webhookName = (
  readManifest('validatingwebhookconfiguration.yaml') as {
    readonly webhooks: readonly [{ readonly name: string }]
  }
).webhooks[0].name

export const deployment = readManifest('deployment.yaml') as {
  readonly metadata: { readonly namespace: string }
  readonly spec: {
    readonly selector: { readonly matchLabels: Readonly<Record<string, string>> }
    readonly template: {
      readonly spec: {
        readonly containers: readonly [
          { readonly name: string; readonly ports: readonly { readonly name: string }[] },
        ]
      }
    }
  }
}

export function readMonitoring(file: string): string {
  return readFileSync(new URL(`../../manifests/monitoring/${file}`, import.meta.url), 'utf8')
}

export const ruleGroups = (
  load(readMonitoring('prometheusrule.yaml')) as {
    readonly spec: { readonly groups: readonly { readonly rules: readonly AlertRule[] }[] }
  }
).spec.groups

export const alertRules: readonly AlertRule[] = ruleGroups.flatMap(({ rules }) => rules)

export const dashboard = JSON.parse(readMonitoring('dashboard.json')) as Dashboard
