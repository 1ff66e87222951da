import type { TlsFiles } from './listener.ts'

/** What a source tells; saying the same again does nothing. */
export interface TlsSink {
  /** Served from now on if it can serve, else refused. */
  readonly offer: (tls: Omit<TlsFiles, 'clientNames'>) => void
  /** There is nothing to be offered. */
  readonly fail: (reason: string) => void
}

/** Where new certificates come from while the server runs. Tells the sink until the function that comes back is called. */
export type TlsSource = (sink: TlsSink) => Promise<() => void>
