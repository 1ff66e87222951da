import { seriesValue } from './series-value.ts'
import type { Webhook } from './webhook.ts'

/** The value of one series of the running server, as `name` or `name{label="value"}`; 0 where there is none. */
export async function readMetric(webhook: Webhook, series: string): Promise<number> {
  const { body } = await webhook.ask('/metrics')
  return seriesValue(body, series) ?? 0
}
