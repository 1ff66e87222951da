// Prometheus' text format, as far as the server writes it.

interface Sample {
  /** With the suffix of a histogram's series. */
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface MetricFamily {
  readonly name: string
  readonly type: string
  readonly help: string
  readonly samples: readonly Sample[]
}

export function parseExposition(text: string): MetricFamily[] {
  const families: { name: string; type: string; help: string; samples: Sample[] }[] = []
  for (const line of text.split('\n')) {
    const family = families.at(-1)
    const [, comment, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? []
    if (comment === 'HELP') families.push({ name, help: rest, type: '', samples: [] })
    else if (line === '') continue
    else if (family === undefined) throw new Error(`no family for ${line}`)
    else if (comment === 'TYPE') family.type = rest
    else family.samples.push(parseSample(line))
  }
  return families
}

function parseSample(line: string): Sample {
  const [, name, labels = '', value] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? []
  if (name === undefined) throw new Error(`no sample: ${line}`)
  const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)]
  return {
    name,
    labels: Object.fromEntries(pairs.map(([, key = '', text = '']) => [key, text])),
    value: Number(value),
  }
}
