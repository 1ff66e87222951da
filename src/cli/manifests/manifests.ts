import { CERTIFICATES } from '../../kubernetes/manifests/manifest.ts'
import { DEFAULT_BUNDLE, openBundle } from '../build/open-bundle.ts'
import type { Command } from '../command.ts'
import { EXIT } from '../exit-code.ts'
import { writeDiagnostics } from '../write-diagnostics.ts'

export const manifests: Command = {
  name: 'manifests',
  summary: 'Write what installs the webhook in a cluster, asked about just what the bundle judges.',
  operands: '',
  maxOperands: 0,
  options: [
    {
      name: 'bundle',
      value: 'FILE|DIR',
      summary: `the bundle that the image carries; a folder is compiled in memory (default: the package's own, ${DEFAULT_BUNDLE})`,
    },
    {
      name: 'image',
      value: 'NAME',
      summary: 'the image, as nodes pull it (default: registry.example.com/portcullis:VERSION)',
    },
    {
      name: 'namespace',
      short: 'n',
      value: 'NAME',
      default: 'portcullis-system',
      summary: 'where it runs; nothing else should',
    },
    {
      name: 'certificates',
      value: 'WHOSE',
      choices: CERTIFICATES,
      default: CERTIFICATES[0],
      summary: 'managed by the replicas, by cert-manager, or for development from files',
    },
    { name: 'high-availability', summary: 'six replicas and more, spread over zones and nodes' },
    {
      name: 'output',
      short: 'o',
      value: 'DIR',
      summary: 'a folder for a kustomize tree; where absent, one stream of YAML goes to stdout',
    },
    { name: 'force', summary: 'with -o: overwrite files that are not of this command' },
  ],
  examples: [
    ['portcullis manifests --image ghcr.io/team/portcullis:1 | kubectl apply -f -', 'install it'],
    [
      'portcullis manifests --bundle team.tgz --certificates cert-manager -o deploy/portcullis',
      'for git: `kubectl apply -k deploy/portcullis`',
    ],
    ['portcullis manifests --bundle team.tgz | kubectl diff -f -', 'what a new bundle changes'],
  ],
  exitCodes: [
    [EXIT.clean, 'it is on stdout, or in the folder'],
    [
      EXIT.failed,
      'wrong usage, a bundle that cannot be read or built or judges nothing, or a file that cannot be written or would be overwritten',
    ],
    [EXIT.internal, 'a bug of ours'],
  ],
  run: async (args, host) => {
    const { readInstallation, writeInstallation } = await import('./write-installation.ts')
    const installation = await readInstallation(args, host)
    const { engine, diagnostics } = await openBundle(args.value('bundle'), host)
    await writeDiagnostics(diagnostics, host)
    if (engine === undefined) return EXIT.failed
    await writeInstallation(installation, engine.bundle, args, host)
    return EXIT.clean
  },
}
