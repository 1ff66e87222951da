import type { Host } from '../../host/host.ts'
import type { RunningServer } from '../../server/start-server.ts'
import { EXIT } from '../exit-code.ts'

/**
 * Takes SIGTERM and SIGINT from now on. While nothing is served yet, one ends the process: to process 1 of a container it would
 * mean nothing if nobody listened. Later the first one drains the server, and a second ends it at once.
 *
 * @returns what a running server is given to; it resolves when the server has stopped.
 */
export function stopBySignal(host: Host): (server: RunningServer) => Promise<void> {
  let onSignal = (): void => host.exit(EXIT.clean)
  const forget = host.onSignal(() => onSignal())
  return (server) =>
    new Promise<void>((resolve, reject) => {
      let isDraining = false
      onSignal = () => {
        const ending = isDraining ? server.close() : server.drain()
        isDraining = true
        ending.then(resolve, reject)
      }
    }).finally(forget)
}
