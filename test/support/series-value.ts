/** The value of one series in Prometheus' text format, as `name` or `name{label="value"}`; undefined where there is none. */
export function seriesValue(exposition: string, series: string): number | undefined {
  const line = exposition.split('\n').find((each) => each.startsWith(`${series} `))
  return line === undefined ? undefined : Number(line.slice(series.length + 1))
}
