import { describe, expect, test } from 'vitest'
import { portcullis } from '../support/portcullis.ts'

const POD = 'policies/host-network/samples'

describe('the command line', () => {
  test.each([
    [['chek'], 'there is no command `chek`, did you mean `check`?'],
    [[], 'a command is missing, see `portcullis --help`'],
    [
      ['check', '--bundel', 'x', POD],
      '`portcullis check` has no option `--bundel`: did you mean `--bundle`?',
    ],
    [
      ['check', '--operation', 'CREAT', POD],
      '`--operation` takes `CREATE` or `UPDATE` or `DELETE` or `CONNECT`, got `CREAT`, did you mean `CREATE`?',
    ],
    [['check', '--bundle'], '`--bundle` needs a value: --bundle FILE|DIR'],
    [
      ['check', '--output=text', '--output=json', POD],
      'two outputs go to standard output: write `--output json=FILE`',
    ],
    [['check', '--help=yes'], '`--help` takes no value, got `yes`'],
    [['check'], 'nothing to check: give files, directories, globs or `-`'],
    [['check', 'no/such/file.yaml'], 'there is no file or directory `no/such/file.yaml`'],
    [['check', 'no/such/*.yaml'], 'no file fits `no/such/*.yaml`'],
    [['check', '--bundle', 'no/such.tgz', POD], 'cannot read `no/such.tgz`: no such file'],
    [['check', '--namespaces', 'no/such.yaml', POD], 'cannot read `no/such.yaml`: no such file'],
    [['build', 'no-such-folder'], 'there is no directory `no-such-folder`'],
    [['build', 'a', 'b'], '`portcullis build` has no use for `b`'],
    [
      ['serve'],
      '`--tls-cert-file` and `--tls-private-key-file` are missing; `--dev-tls` makes a pair for a trial',
    ],
    [['serve', '--dev-tls', '--listen', 'nowhere'], '`--listen` takes HOST:PORT, got `nowhere`'],
  ])('C1: %j ends with exit 2 and one line on stderr', async (args, message) => {
    const { code, stdout, stderr } = await portcullis(args)
    expect(stderr).toBe(`portcullis: ${message}\n`)
    expect(stdout).toBe('')
    expect(code).toBe(2)
  })

  test('--help goes to stdout, with every option of the command', async () => {
    const { code, stdout, stderr } = await portcullis(['check', '--help'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    for (const option of [
      '--bundle FILE|DIR',
      '--operation',
      '--namespaces FILE',
      '--unknown-namespace',
    ]) {
      expect(stdout).toContain(option)
    }
  })

  test('--version prints the version of the package', async () => {
    const { stdout } = await portcullis(['--version'])
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  })
})
