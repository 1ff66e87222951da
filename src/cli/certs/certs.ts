import { CertError } from '../../certs/cert-error.ts'
import type { Host } from '../../host/host.ts'
import { ROTATION_STEPS } from './cert-files.ts'
import type { Arguments, Command } from '../command.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { expectChoice } from '../parse-arguments.ts'
import { TEXT_OR_JSON } from '../text-or-json.ts'
import { InputError, UsageError } from '../usage-error.ts'

const VERBS = ['create', 'inspect', 'rotate'] as const

/** What each takes besides the directory. */
const TAKES: Readonly<Record<(typeof VERBS)[number], readonly string[]>> = {
  create: ['host', 'days', 'ca-days', 'force'],
  inspect: ['host', 'key', 'ca', 'output'],
  rotate: ['step', 'host', 'days', 'ca-days'],
}

export const certs: Command = {
  name: 'certs',
  summary: 'Make, show or renew a CA and the certificate to serve with, in files.',
  operands: `${VERBS.join('|')} [DIR|FILE]`,
  maxOperands: 2,
  options: [
    {
      name: 'host',
      value: 'NAME',
      repeatable: true,
      summary: 'DNS name or IP address that the certificate is for; create needs one',
    },
    { name: 'days', value: 'N', summary: 'create, rotate: how long it is valid (default: 365)' },
    {
      name: 'ca-days',
      value: 'N',
      summary: 'create, rotate: how long a new CA is valid (default: 3650)',
    },
    { name: 'force', summary: 'create: overwrite what is there' },
    {
      name: 'step',
      value: 'STEP',
      choices: ROTATION_STEPS,
      summary: 'rotate: leaf, new-ca or drop-old-ca, see docs/operations.md (default: leaf)',
    },
    { name: 'key', value: 'FILE', summary: 'inspect a file: its private key' },
    { name: 'ca', value: 'FILE', summary: 'inspect a file: the CAs that clients trust' },
    { ...TEXT_OR_JSON, summary: 'inspect: what goes to stdout, text or json' },
  ],
  examples: [
    [
      'portcullis certs create --host portcullis.portcullis-system.svc',
      'ca.crt, ca.key, tls.crt and tls.key in ./certs',
    ],
    ['portcullis certs inspect certs', 'what they are, and what is wrong with them'],
    ['portcullis certs inspect tls.crt --key tls.key -o json', 'for a program'],
    ['portcullis certs rotate certs', 'another certificate and key by the same CA'],
  ],
  exitCodes: [
    [EXIT.clean, 'done; inspect: nothing is wrong'],
    [EXIT.violations, 'inspect: something is wrong with the certificate, its key or its CA'],
    [
      EXIT.failed,
      'wrong usage, a file that cannot be read or written, or that would be overwritten',
    ],
    [EXIT.internal, 'a bug of ours'],
  ],
  run: async (args, host) => {
    const [operand, path = 'certs'] = args.positionals
    if (operand === undefined) {
      throw new UsageError(`\`portcullis certs\` needs one of ${VERBS.join(', ')}`)
    }
    const verb = expectChoice('portcullis certs', operand, VERBS)
    refuseOthers(verb, args)
    try {
      return await runVerb(verb, path, args, host)
    } catch (error) {
      // The exit code of a CertError is for those who watch `serve`.
      if (error instanceof CertError) throw new InputError(error.message, { cause: error })
      throw error
    }
  },
}

async function runVerb(
  verb: (typeof VERBS)[number],
  path: string,
  args: Arguments,
  host: Host,
): Promise<ExitCode> {
  switch (verb) {
    case 'create': {
      const { createCerts } = await import('./certs-create.ts')
      return createCerts(path, args, host)
    }
    case 'inspect': {
      const { inspectCerts } = await import('./certs-inspect.ts')
      return inspectCerts(path, args, host)
    }
    case 'rotate': {
      const { rotateCerts } = await import('./certs-rotate.ts')
      return rotateCerts(path, args, host)
    }
  }
}

function refuseOthers(verb: (typeof VERBS)[number], args: Arguments): void {
  for (const { name, default: otherwise } of certs.options) {
    if (TAKES[verb].includes(name)) continue
    const value = args.value(name)
    if (args.flag(name) || (value !== undefined && value !== otherwise)) {
      throw new UsageError(`\`portcullis certs ${verb}\` has no use for \`--${name}\``)
    }
  }
}
