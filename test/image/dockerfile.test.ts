import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ROOT } from '../support/portcullis.ts'
import { findDeployment } from './find-deployment.ts'
import { readDockerfile, type Stage } from './read-dockerfile.ts'
import { NONROOT } from './stand-ins.ts'

const stages = readDockerfile(readFileSync(join(ROOT, 'manifests/Dockerfile'), 'utf8'))
const packageJson = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  readonly version: string
  readonly license: string
}

function last(): Stage {
  const stage = stages.at(-1)
  if (stage === undefined) throw new Error('no stage')
  return stage
}

describe('manifests/Dockerfile', () => {
  test('builds on exact versions, the last stage on a distroless image for nobody', () => {
    const bases = stages.map(({ base }) => base.replace(/@sha256:[0-9a-f]{64}$/, ''))
    const [build, image] = bases
    expect(bases).toHaveLength(2)
    expect(build).toMatch(/^node:\d+\.\d+\.\d+-[a-z]+-slim$/)
    expect(image).toMatch(/^gcr\.io\/distroless\/nodejs\d+-debian\d+:nonroot$/)
    expect(last().config.labels['org.opencontainers.image.base.name']).toBe(image)
  })

  test('runs on the line of Node that builds it, which is the newest that .ci/run tests', () => {
    const [build, image] = stages.map(({ base }) => /node(?:js|:)(\d+)/.exec(base)?.[1])
    const tested = /^lts=(\d+)$/m.exec(readFileSync(join(ROOT, '.ci/run'), 'utf8'))?.[1]
    expect([build, image]).toEqual([tested, tested])
  })

  test('the last stage runs nothing, and takes files from the build only', () => {
    const { steps } = last()
    expect(steps.filter(({ kind }) => kind === 'run')).toEqual([])
    const origins = steps.flatMap((step) => (step.kind === 'copy' ? [step.from] : []))
    expect(origins).toEqual(['build'])
  })

  test('says who runs it by number, as the Deployment does', () => {
    const { runAsUser, runAsGroup, runAsNonRoot } = findDeployment().securityContext
    expect(last().config.user).toBe(`${NONROOT}:${NONROOT}`)
    expect([runAsUser, runAsGroup, runAsNonRoot]).toEqual([NONROOT, NONROOT, true])
  })

  // test/e2e/support/container.ts gives it this, and tests show what follows.
  test('has what the Deployment leaves it, which is not much', () => {
    expect(findDeployment().containers[0].securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      capabilities: { drop: ['ALL'] },
    })
  })

  test('is started with the arguments of the Deployment, and nothing else of it', () => {
    const { entrypoint, cmd, ports } = last().config
    const [container] = findDeployment().containers
    expect([container.command, container.workingDir]).toEqual([undefined, undefined])
    expect(entrypoint).toEqual(['/nodejs/bin/node', '/app/dist/cli/main.js'])
    expect(cmd).toEqual(['--help'])
    expect(container.args[0]).toBe('serve')
    expect(ports).toEqual(container.ports.map((port) => port.containerPort))
  })

  test('is labelled with the version and the licence of the package', () => {
    const { labels } = last().config
    expect(labels['org.opencontainers.image.version']).toBe(packageJson.version)
    expect(labels['org.opencontainers.image.licenses']).toBe(packageJson.license)
  })
})

describe('the reader of Dockerfiles refuses', () => {
  const FROM = 'FROM node:1.2.3-trixie-slim AS build\n'

  test.each([
    ['ADD', `${FROM}ADD https://example.com/x /x`, 'line 2: not understood: ADD'],
    ['an instruction in lower case', `${FROM}run true`, 'line 2: not understood: run true'],
    ['what is before a stage', 'USER 1', 'line 1: no stage for USER 1'],
    ['a variable', `${FROM}USER $WHO`, 'line 2: a variable'],
    ['a variable in a base', 'FROM $BASE', 'line 1: not understood: FROM $BASE'],
    ['ARG', `ARG BASE=x\n${FROM}`, 'line 1: no stage for ARG'],
    ['mounts while building', `${FROM}RUN --mount=type=secret,id=x true`, 'line 2: RUN with'],
    ['a heredoc', `${FROM}RUN <<END\ntrue\nEND`, 'line 2: a heredoc'],
    ['a directive', `# syntax=example.com/other\n${FROM}`, 'line 1: a directive'],
    ['another owner', `${FROM}COPY --chown=1 a b`, 'line 2: not understood: COPY'],
    ['a stage that is not above', `${FROM}COPY --from=later a b`, 'line 2: no stage later above'],
    ['a pattern', `${FROM}COPY a* b/`, 'line 2: not understood: a*'],
    ['several files into a file', `${FROM}COPY a b c`, 'line 2: no folder: '],
    ['a shell in ENTRYPOINT', `${FROM}ENTRYPOINT node main.js`, 'line 2: '],
    ['an end in the middle', `${FROM}RUN true \\\n`, 'line 2: goes on'],
  ])('%s', (_, text, message) => {
    expect(() => readDockerfile(text)).toThrow(message)
  })

  test('nothing that it understands', () => {
    const text = [
      'FROM node:1.2.3-trixie-slim AS build',
      'WORKDIR /build',
      'RUN one \\',
      '  # between',
      '  && two',
      'COPY a b ./',
      'FROM gcr.io/distroless/nodejs1-debian1:nonroot',
      'CMD ["lost"]',
      'COPY --from=build /build /app',
      'LABEL a="b c" \\',
      '  d="e"',
      'ENTRYPOINT ["x", "y z"]',
    ].join('\n')
    const [build, image] = readDockerfile(text)
    expect(build?.steps).toEqual([
      { kind: 'workdir', path: '/build' },
      { kind: 'run', command: 'one && two', workdir: '/build' },
      { kind: 'copy', from: undefined, sources: ['a', 'b'], target: '/build/' },
    ])
    expect(image?.steps).toEqual([
      { kind: 'copy', from: 'build', sources: ['/build'], target: '/app' },
    ])
    expect(image?.config).toMatchObject({
      entrypoint: ['x', 'y z'],
      cmd: [],
      labels: { a: 'b c', d: 'e' },
    })
  })
})
