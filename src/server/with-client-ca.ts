import type { Clock } from '../host/clock.ts'
import type { FileSystem } from '../host/files.ts'
import type { TlsSink, TlsSource } from './tls-source.ts'
import { watchTlsFiles } from './watch-tls-files.ts'

/** The pairs of a source, each with the client CA of a file that is watched as well. */
export function withClientCa(
  pairs: TlsSource,
  initial: { readonly path: string; readonly clientCa: string },
  deps: { readonly files: FileSystem; readonly clock: Clock },
): TlsSource {
  return async ({ offer, fail }) => {
    let pair: Parameters<TlsSink['offer']>[0] | undefined
    let { clientCa } = initial
    const offerBoth = (): void => {
      if (pair !== undefined) offer({ ...pair, clientCa })
    }
    const stopPairs = await pairs({
      offer: (next) => {
        pair = next
        offerBoth()
      },
      fail,
    })
    const stopFile = await watchTlsFiles(
      { clientCa: initial.path },
      deps,
    )({
      offer: (next) => {
        clientCa = next.clientCa
        offerBoth()
      },
      fail,
    })
    return () => {
      stopPairs()
      stopFile()
    }
  }
}
