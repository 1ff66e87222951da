import type { Webhook } from './webhook.ts'

/** The value of one series of the running server, as `name` or `name{label="value"}`; 0 where there is none. */
export async function readMetric(webhook: Webhook, series: string): Promise<number> {
  const { body } = await webhook.ask('/metrics')
  const line = body.split('\n').find((each) => each.startsWith(`${series} `))
  return line === undefined ? 0 : Number(line.slice(series.length + 1))
}
