// What `serve` is told: by flags, variables and a file. The table's own rules are held against the three ways at once; the rest
// drives the command line.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parseArguments } from '../../src/cli/parse-arguments.ts'
import { readSettings } from '../../src/cli/serve/read-settings.ts'
import {
  defaultOf,
  flagOf,
  SETTING_NAMES,
  type SettingName,
  specOf,
  variableOf,
} from '../../src/cli/serve/serve-settings.ts'
import { serve as command } from '../../src/cli/serve/serve.ts'
import { createSourceFile } from '../../src/source/source-file.ts'
import { clientCa } from '../support/client-certificates.ts'
import { portcullis, ROOT, type Run } from '../support/portcullis.ts'
import { podObject, reviewBytes } from '../support/review.ts'
import { ask, killAll, review, serve } from '../support/serve.ts'
import { send } from '../support/webhook.ts'

const HEAD = 'apiVersion: portcullis.dev/v1\nkind: ServerConfiguration\n'

interface Said {
  readonly argv?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly yaml?: string
}

let cwd: string

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'portcullis-'))
})
afterEach(async () => {
  killAll()
  await rm(cwd, { recursive: true })
})

function read({ argv = [], environment = {}, yaml = HEAD }: Said): ReturnType<typeof readSettings> {
  return readSettings({
    args: parseArguments(command, argv),
    environment,
    file: createSourceFile('server.yaml', yaml),
  })
}

/** The value of a setting that is said in one way, or how it is refused. */
function readOne(name: SettingName, said: Said): unknown {
  try {
    return read(said).effective?.settings[name] ?? 'refused'
  } catch {
    return 'refused'
  }
}

function inAllWays(name: SettingName, value: string | number | boolean): unknown[] {
  const flag = `--${flagOf(name)}`
  const isSwitch = specOf(name).kind === 'switch'
  return [
    readOne(name, { argv: isSwitch ? [flag] : [flag, String(value)] }),
    readOne(name, { environment: { [variableOf(name)]: String(value) } }),
    readOne(name, { yaml: `${HEAD}${name}: ${JSON.stringify(value)}\n` }),
  ]
}

describe('the table of settings', () => {
  const numbers = SETTING_NAMES.filter((name) => specOf(name).kind === 'number')
  test.each(numbers)(
    '%s has one range, whichever way it is said, and its default is in it',
    (name) => {
      const spec = specOf(name)
      if (spec.kind !== 'number') throw new Error('not a number')
      const { minimum, maximum, default: otherwise } = spec
      for (const value of [minimum, maximum, otherwise]) {
        expect(inAllWays(name, value)).toEqual([value, value, value])
      }
      for (const value of [minimum - 1, maximum + 1, otherwise + 0.5, 'many']) {
        expect(inAllWays(name, value)).toEqual(['refused', 'refused', 'refused'])
      }
      expect(readOne(name, {})).toBe(otherwise)
    },
  )

  test.each([
    ['bundle', 'b.tgz'],
    ['listen', '[::1]:443'],
    ['operatorListen', ':9000'],
    ['tlsCertFile', '/tls/tls.crt'],
    ['devTls', true],
    ['manageCerts', true],
    ['certsSecret', 'gate.certificates-2'],
    ['profiling', true],
    ['logLevel', 'warn'],
  ] as const)('%s is %s, whichever way it is said', (name, value) => {
    expect(inAllWays(name, value)).toEqual([value, value, value])
  })

  test.each([
    ['listen', '0.0.0.0'],
    ['listen', '0.0.0.0:65536'],
    ['operatorListen', '::1:80'],
    ['logLevel', 'trace'],
    ['certsSecret', 'Certificates'],
    ['certsService', '../portcullis'],
    ['namespaces', ''],
  ] as const)('%s is never `%s`', (name, value) => {
    expect(inAllWays(name, value)).toEqual(['refused', 'refused', 'refused'])
  })

  test('names have commas between them, and are a list in the file', () => {
    const names = ['kube-apiserver', 'apiserver.example.com']
    const text = names.join(', ')
    expect(readOne('clientNames', { argv: ['--client-names', text] })).toEqual(names)
    expect(readOne('clientNames', { environment: { PORTCULLIS_CLIENT_NAMES: text } })).toEqual(
      names,
    )
    expect(readOne('clientNames', { yaml: `${HEAD}clientNames: [${text}]` })).toEqual(names)
    for (const none of ['a,,b', ',', ' ']) {
      expect(readOne('clientNames', { argv: ['--client-names', none] })).toBe('refused')
    }
    expect(readOne('clientNames', { yaml: `${HEAD}clientNames: [""]` })).toBe('refused')
    expect(readOne('clientNames', { yaml: `${HEAD}clientNames: []` })).toBe('refused')
  })
})

describe('serve --print-config', () => {
  const print = (args: readonly string[], env: Record<string, string> = {}): Promise<Run> =>
    portcullis(['serve', '--print-config', ...args], { cwd, env })

  test('a flag wins over a variable, a variable over the file, the file over the default; each says so', async () => {
    await writeFile(
      join(cwd, 'server.yaml'),
      `${HEAD}drainSeconds: 1\nmaxQueued: 1\ndeadlineMs: 1000\n`,
    )
    const { code, stdout, stderr } = await print(
      ['--config', 'server.yaml', '--drain-seconds', '3'],
      { PORTCULLIS_DRAIN_SECONDS: '2', PORTCULLIS_MAX_QUEUED: '2', PORTCULLIS_DEV_TLS: 'true' },
    )
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const lines = stdout.split('\n')
    expect(lines).toContain('drainSeconds: 3 # flag')
    expect(lines).toContain('maxQueued: 2 # environment')
    expect(lines).toContain('devTls: true # environment')
    expect(lines).toContain('deadlineMs: 1000 # file')
    expect(lines).toContain('logLevel: "info" # default')
    expect(lines).toContain('# clientCaFile: not set')
  })

  test('what it prints is a file that says the same, whatever is in the texts', async () => {
    const odd = 'a "b" \\ # c: \u2028\u0085\ufeff ☃ [d], {e}'
    const args = ['--client-names', 'system:apiserver,*.example.com,no', '--profiling']
    args.push('--bundle', odd, '--tls-cert-file', '- x', '--tls-private-key-file', '~')
    args.push('--client-ca-file', 'true', '--listen', ':0', '--fuel-per-review', '2000000000')
    const first = await print(args)
    expect(first).toMatchObject({ code: 0, stderr: '' })
    const file = join(cwd, 'printed.yaml')
    await writeFile(file, first.stdout)
    const second = await print(['--config', file])
    expect(second).toMatchObject({ code: 0, stderr: '' })
    expect(values(second.stdout)).toEqual(values(first.stdout))
    const effective = read({ yaml: first.stdout }).effective?.settings
    expect(effective).toMatchObject({
      bundle: odd,
      tlsCertFile: '- x',
      tlsPrivateKeyFile: '~',
      clientCaFile: 'true',
      clientNames: ['system:apiserver', '*.example.com', 'no'],
    })
  })

  test('of a private key it prints the path, and reads nothing', async () => {
    const key = join(cwd, 'tls.key')
    await writeFile(key, 'hush')
    const { stdout } = await print(['--tls-cert-file', 'no.crt', '--tls-private-key-file', key])
    expect(stdout).toContain(`tlsPrivateKeyFile: "${key}" # flag`)
    expect(stdout).not.toContain('hush')
  })

  test('what it prints fits the schema that the package publishes, which is closed and told', async () => {
    const text = await readFile(`${ROOT}dist/schemas/server-configuration.schema.json`, 'utf8')
    const schema = JSON.parse(text) as {
      readonly additionalProperties: boolean
      readonly properties: Readonly<Record<string, { description: string; default?: unknown }>>
    }
    const validate = new Ajv2020({ allErrors: true }).compile(schema)
    const { apiVersion, kind, ...settings } = schema.properties
    expect([apiVersion, kind]).not.toContain(undefined)
    expect(Object.keys(settings)).toEqual(SETTING_NAMES)
    for (const name of SETTING_NAMES) {
      expect(settings[name]?.description).toMatch(/^[A-Z].*\.$/)
      expect(settings[name]?.default).toEqual(defaultOf(name))
    }
    const document = {
      apiVersion: 'portcullis.dev/v1',
      kind: 'ServerConfiguration',
      ...read({}).effective?.settings,
    }
    expect(validate(JSON.parse(JSON.stringify(document)))).toBe(true)
    expect(validate({ ...document, other: 1 })).toBe(false)
  })
})

describe('serve refuses settings, exit 2', () => {
  const refuse = async (yaml: string, args: readonly string[] = []): Promise<string> => {
    await writeFile(join(cwd, 'server.yaml'), yaml)
    const { code, stdout, stderr } = await portcullis(
      ['serve', '--config', 'server.yaml', ...args],
      { cwd },
    )
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    return `\n${yaml.trimEnd()}\n---\n${stderr}`
  }

  test('every fault of a file in one run, each at its place', async () => {
    const yaml = `apiVersion: portcullis.dev/v1
kind: ServerConfig
deadlinMs: 1500
listen: localhost
maxBodyBytes: 4096
devTls: yes please
logLevel: inf
limits: { maxQueued: 3 }
`
    expect(await refuse(yaml)).toMatchInlineSnapshot(`
      "
      apiVersion: portcullis.dev/v1
      kind: ServerConfig
      deadlinMs: 1500
      listen: localhost
      maxBodyBytes: 4096
      devTls: yes please
      logLevel: inf
      limits: { maxQueued: 3 }
      ---
      error[config/invalid-value]: \`kind\` must be \`ServerConfiguration\`, got \`ServerConfig\`
       --> server.yaml:2:7
        |
      2 | kind: ServerConfig
        |       ^^^^^^^^^^^^
      error[config/unknown-key]: there is no setting \`deadlinMs\`
       --> server.yaml:3:1
        |
      3 | deadlinMs: 1500
        | ^^^^^^^^^ did you mean \`deadlineMs\`?
      error[config/invalid-value]: \`listen\` is not HOST:PORT, got \`localhost\`
       --> server.yaml:4:9
        |
      4 | listen: localhost
        |         ^^^^^^^^^
        = help: Where POST /validate is served.
      error[config/invalid-value]: \`maxBodyBytes\` must be >= 1048576, got \`4096\`
       --> server.yaml:5:15
        |
      5 | maxBodyBytes: 4096
        |               ^^^^
        = help: The largest body of a request.
      error[config/invalid-value]: \`devTls\` must be true or false, got a string
       --> server.yaml:6:9
        |
      6 | devTls: yes please
        |         ^^^^^^^^^^
      error[config/invalid-value]: \`logLevel\` must be one of \`debug\`, \`info\`, \`warn\`, \`error\`, got \`inf\`
       --> server.yaml:7:11
        |
      7 | logLevel: inf
        |           ^^^ did you mean \`info\`?
      error[config/unknown-key]: there is no setting \`limits\`
       --> server.yaml:8:1
        |
      8 | limits: { maxQueued: 3 }
        | ^^^^^^
      7 errors
      "
    `)
  })

  test('settings that contradict each other, in the file and out of it', async () => {
    const yaml = `${HEAD}clientNames: [kube-apiserver]
tlsCertFile: tls.crt
headersTimeoutMs: 30000
maxBodyBytes: 20000000
maxBufferedBytes: 10000000
`
    expect(await refuse(yaml, ['--dev-tls'])).toMatchInlineSnapshot(`
      "
      apiVersion: portcullis.dev/v1
      kind: ServerConfiguration
      clientNames: [kube-apiserver]
      tlsCertFile: tls.crt
      headersTimeoutMs: 30000
      maxBodyBytes: 20000000
      maxBufferedBytes: 10000000
      ---
      error[config/conflict]: \`--dev-tls\` and \`tlsCertFile\` do not go together
       --> server.yaml:4:14
        |
      4 | tlsCertFile: tls.crt
        |              ^^^^^^^
      error[config/conflict]: \`clientNames\` needs \`clientCaFile\`: without, nobody is asked for a certificate
       --> server.yaml:3:1
        |
      3 | clientNames: [kube-apiserver]
        | ^^^^^^^^^^^
      error[config/conflict]: \`headersTimeoutMs\` must be at most \`requestTimeoutMs\`, got 30000 and 14000
       --> server.yaml:5:19
        |
      5 | headersTimeoutMs: 30000
        |                   ^^^^^
      error[config/conflict]: \`maxBodyBytes\` must be at most \`maxBufferedBytes\`, got 20000000 and 10000000
       --> server.yaml:6:15
        |
      6 | maxBodyBytes: 20000000
        |               ^^^^^^^^
       ::: server.yaml:7:19
        |
      7 | maxBufferedBytes: 10000000
        |                   --------
      4 errors
      "
    `)
  })

  test.each([
    ['', 'the file is empty'],
    ['{', 'config|yaml'],
    [`${HEAD}---\n${HEAD}`, 'a second document follows the configuration'],
    [`${HEAD}devTls: true\ndevTls: false\n`, 'yaml/duplicate-key'],
    ['- a list', 'the document must be a map, got a list'],
    ['apiVersion: portcullis.dev/v1\n', 'the document lacks `kind`'],
    [`${HEAD}__proto__: { devTls: true }\n`, 'there is no setting `__proto__`'],
  ])('a file that is no configuration: %j', async (yaml, message) => {
    expect(await refuse(yaml)).toMatch(new RegExp(message))
  })

  test('a file that is not there, or is not text', async () => {
    const missing = await portcullis(['serve', '--config', 'no.yaml'], { cwd })
    expect(missing.stderr).toBe('portcullis: cannot read `no.yaml`: no such file\n')
    await writeFile(join(cwd, 'latin.yaml'), Buffer.from('listen: "\xe9"', 'latin1'))
    const latin = await portcullis(['serve', '--config', 'latin.yaml'], { cwd })
    expect(latin.stderr).toContain('error[yaml/encoding]')
    expect([missing.code, latin.code]).toEqual([2, 2])
  })

  test.each([
    [
      'PORTCULLIS_DEADLIN_MS',
      '1',
      'there is no setting for the variable `PORTCULLIS_DEADLIN_MS`, did you mean `PORTCULLIS_DEADLINE_MS`?',
    ],
    [
      'PORTCULLIS_SECRET',
      '1',
      'there is no setting for the variable `PORTCULLIS_SECRET`, see `portcullis serve --help`',
    ],
    ['PORTCULLIS_CLIENT_CA_FILE', '', '`PORTCULLIS_CLIENT_CA_FILE` needs a value'],
    ['PORTCULLIS_DEV_TLS', '1', '`PORTCULLIS_DEV_TLS` takes `true` or `false`, got `1`'],
    [
      'PORTCULLIS_MAX_BODY_BYTES',
      '7MiB',
      '`PORTCULLIS_MAX_BODY_BYTES` takes a whole number of bytes from 1048576 to 67108864, got `7MiB`',
    ],
    [
      'PORTCULLIS_CLIENT_NAMES',
      'a',
      '`PORTCULLIS_CLIENT_NAMES` needs `PORTCULLIS_CLIENT_CA_FILE`: without, nobody is asked for a certificate',
    ],
  ])('the variable %s=%s', async (name, value, message) => {
    const { code, stderr } = await portcullis(['serve'], { cwd, env: { [name]: value } })
    expect(stderr).toBe(`portcullis: ${message}\n`)
    expect(code).toBe(2)
  })

  test('flags that contradict each other: one line', async () => {
    const args = ['serve', '--dev-tls', '--tls-cert-file', 'x']
    const { code, stderr } = await portcullis(args, { cwd })
    expect(stderr).toBe('portcullis: `--dev-tls` and `--tls-cert-file` do not go together\n')
    expect(code).toBe(2)
  })
})

test('what Kubernetes sets beside a Service of our name is left alone', async () => {
  const env: Record<string, string> = {}
  for (const service of ['PORTCULLIS', 'PORTCULLIS_WEBHOOK']) {
    env[`${service}_SERVICE_HOST`] = '10.0.0.1'
    env[`${service}_SERVICE_PORT`] = '443'
    env[`${service}_SERVICE_PORT_WEBHOOK`] = '443'
    env[`${service}_PORT`] = 'tcp://10.0.0.1:443'
    for (const end of ['', '_PROTO', '_PORT', '_ADDR']) env[`${service}_PORT_443_TCP${end}`] = 'x'
  }
  const { code, stderr } = await portcullis(['serve', '--print-config'], { cwd, env })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
})

test('connections that end before the API server ends them: a warning, where that is said', async () => {
  await writeFile(join(cwd, 'server.yaml'), `${HEAD}keepAliveTimeoutMs: 60000\n`)
  const args = ['serve', '--print-config', '--config', 'server.yaml']
  const { code, stdout, stderr } = await portcullis(args, { cwd })
  expect(code).toBe(0)
  expect(stdout).toContain('keepAliveTimeoutMs: 60000 # file')
  expect(stderr).toMatchInlineSnapshot(`
    "warning[config/short-keep-alive]: \`keepAliveTimeoutMs\` is short: 60000 ms
     --> server.yaml:3:21
      |
    3 | keepAliveTimeoutMs: 60000
      |                     ^^^^^
      = help: take more than 90000: the API server keeps idle connections for 90 s and does not repeat a POST
    1 warning
    "
  `)
})

describe('what is said reaches the server', () => {
  test('limits, what a binding may take, and when it is left alone', async () => {
    const limits = ['--max-body-bytes', '1048576', '--fuel-per-binding', '100000']
    const served = await serve(['--dev-tls', '--circuit-errors', '2', ...limits], { cwd })
    const large = await send(Buffer.alloc(1_048_577, 0x20), served.client)
    expect(large.code).toBe(413)
    const containers = Array.from({ length: 3_000 }, (_, i) => ({ name: `c${i}`, image: 'i' }))
    for (const message of ['budget', 'budget', 'tried again in 30 s']) {
      const denied = await review(served, { containers })
      expect(denied.allowed).toBe(false)
      expect(denied.status?.message).toContain(message)
    }
  })

  test('profiles, where they are asked for', async () => {
    const without = await serve(['--dev-tls'], { cwd })
    expect(await ask(without, '/debug/pprof/heap')).toBe(404)
    const served = await serve(['--dev-tls', '--profiling'], { cwd })
    expect(await ask(served, '/debug/pprof/heap')).toBe(200)
  })

  test('variables alone are enough', async () => {
    const env = { PORTCULLIS_DEV_TLS: 'true', PORTCULLIS_LOG_LEVEL: 'error' }
    const served = await serve([], { cwd, env })
    expect((await review(served, { hostNetwork: true })).allowed).toBe(false)
    expect(await ask(served, '/readyz')).toBe(200)
    expect(served.stderr()).not.toContain('decision')
  })

  test('T9: of the clients of the CA only the names that are listed are heard', async () => {
    const { caCertificate, issue } = clientCa()
    await writeFile(join(cwd, 'clients.pem'), caCertificate)
    await writeFile(
      join(cwd, 'server.yaml'),
      `${HEAD}devTls: true\nclientCaFile: clients.pem\nclientNames: [kube-apiserver, api.example.com]\n`,
    )
    const body = reviewBytes({ object: podObject() })
    const byCommonName = issue('kube-apiserver')
    const byDnsName = issue('someone', ['api.example.com'])
    const named = await serve(['--config', 'server.yaml'], { cwd })
    expect((await send(body, { ...named.client, ...byCommonName })).code).toBe(200)
    expect((await send(body, { ...named.client, ...byDnsName })).code).toBe(200)
    await expect(send(body, { ...named.client, ...issue('other') })).rejects.toThrow()
    await expect(send(body, named.client)).rejects.toThrow()
    const args = ['--config', 'server.yaml', '--client-names', 'other.example.com']
    const other = await serve(args, { cwd })
    await expect(send(body, { ...other.client, ...byCommonName })).rejects.toThrow()
    expect(await ask(other, '/readyz')).toBe(200)
  })
})

/** The lines without where they were said. */
function values(printed: string): string[] {
  return printed.split('\n').map((line) => line.replace(/ # \w+$/, ''))
}
