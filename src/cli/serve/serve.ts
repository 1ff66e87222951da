import type { Command } from '../command.ts'
import { EXIT } from '../exit-code.ts'
import { SETTING_OPTIONS } from './setting-options.ts'

export const serve: Command = {
  name: 'serve',
  summary: 'Serve the bundle as a validating admission webhook over HTTPS.',
  operands: '',
  maxOperands: 0,
  options: [
    ...SETTING_OPTIONS,
    {
      name: 'config',
      value: 'FILE',
      summary: 'settings in YAML; flags and PORTCULLIS_ variables win over it',
    },
    { name: 'print-config', summary: 'print what the settings come to, as YAML, and end' },
  ],
  examples: [
    ['portcullis serve --dev-tls --listen 127.0.0.1:8443', 'a trial on this machine'],
    [
      'portcullis serve --bundle b.tgz --tls-cert-file tls.crt --tls-private-key-file tls.key',
      'in a cluster',
    ],
    ['portcullis serve --config server.yaml --print-config', 'what a file comes to'],
  ],
  exitCodes: [
    [EXIT.clean, 'stopped by a signal'],
    [EXIT.failed, 'wrong usage or settings, or Namespaces that cannot be read'],
    [EXIT.internal, 'a bug of ours'],
    [EXIT.bundle, 'no bundle to judge by: it cannot be read, or is refused'],
    [
      EXIT.certificate,
      'no certificate to serve with, or no client CA: unreadable, expired, refused',
    ],
    [EXIT.address, 'an address is in use, or not to be had'],
  ],
  run: async (args, host) => {
    // Here, not at the top: `check` and `build` start faster without what only this needs.
    const { runServe } = await import('./run-serve.ts')
    return runServe(args, host)
  },
}
