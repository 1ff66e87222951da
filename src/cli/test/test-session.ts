// Runs of the tests of a folder, one after the other. Each does anew only what the files that changed can reach; what a run
// reports is all, as if it had been done at once.
import type { Exception } from '../../bundle/bundle.ts'
import { parseBundleFile } from '../../bundle/parse-bundle-file.ts'
import { parseData } from '../../bundle/parse-data.ts'
import type { Compiler } from '../../compiler/compiler.ts'
import type { FileCoverage } from '../../compiler/test-run.ts'
import { type Diagnostic, hasErrors } from '../../diagnostic/diagnostic.ts'
import type { SourceFile } from '../../source/source-file.ts'
import { type CompiledPolicies, compilePolicies } from '../build/compile-policies.ts'
import { pathBelow } from '../path-below.ts'
import type { TestFolder } from './test-folder.ts'
import { type Judgement, judgeTrials, type Trial } from './test-judge.ts'
import { runRegoTests } from './test-rego.ts'
import { fullName, type TestResult } from './test-result.ts'
import { sampleResult } from './test-sample-result.ts'
import { readSamples, type Sample } from './test-samples.ts'
import type { Suite, SuiteCase } from './test-suite.ts'
import { type CaseResult, caseResult } from './test-suite-result.ts'
import { type CaseTrial, readTrials } from './test-suite-trials.ts'
import { type TestUnit, unitsOf } from './test-units.ts'

export interface TestRunOptions {
  /** Which tests to run, by their full names. */
  readonly pattern?: { readonly text: string; readonly accepts: (name: string) => boolean }
  readonly coverage: boolean
}

export interface TestRun {
  /** Rego tests, samples, suites; each by place. */
  readonly results: readonly TestResult[]
  readonly coverage?: readonly FileCoverage[]
  /** Cases of which something else came than their suite says. */
  readonly differing: readonly DifferingCase[]
  readonly diagnostics: readonly Diagnostic[]
}

export interface DifferingCase extends Required<CaseResult> {
  readonly suite: Suite
  readonly given: SuiteCase
}

interface Parts {
  readonly results: readonly TestResult[]
  readonly diagnostics: readonly Diagnostic[]
}

export class TestSession {
  readonly #compiler: Compiler
  readonly #options: TestRunOptions
  readonly #rego = new Memo<readonly TestResult[]>()
  readonly #covered = new Memo<Parts & { readonly coverage?: readonly FileCoverage[] }>()
  readonly #compiled = new Memo<CompiledPolicies>()
  readonly #samples = new Memo<readonly TestResult[]>()

  constructor(compiler: Compiler, options: TestRunOptions) {
    this.#compiler = compiler
    this.#options = options
  }

  run(folder: TestFolder, now: Date): TestRun {
    const units = unitsOf(folder.directory, folder.rego)
    const rego = this.#runRego(folder, units)
    const diagnostics = [...folder.diagnostics, ...rego.diagnostics]
    // What is wrong with a file that a test reads makes its outcome worthless.
    if (hasErrors(folder.diagnostics)) return { results: rego.results, differing: [], diagnostics }
    const samples = this.#runSamples(folder, units, now)
    const suites = this.#runSuites(folder, now)
    return {
      results: [...rego.results, ...samples.results, ...suites.results],
      ...(rego.coverage === undefined ? {} : { coverage: rego.coverage }),
      differing: suites.differing,
      diagnostics: withoutTwins([...diagnostics, ...samples.diagnostics, ...suites.diagnostics]),
    }
  }

  #accepts(test: Pick<TestResult, 'kind' | 'suite' | 'name'>): boolean {
    return this.#options.pattern?.accepts(fullName(test)) ?? true
  }

  #runRego(
    folder: TestFolder,
    units: readonly TestUnit[],
  ): Parts & { readonly coverage?: readonly FileCoverage[] } {
    const { pattern, coverage } = this.#options
    const { data, diagnostics } = parseData(dataFiles(folder), [])
    if (hasErrors(diagnostics)) return { ...EMPTY, diagnostics }
    const options = {
      data,
      coverage,
      ...(pattern === undefined ? {} : { filter: pattern.text }),
    }
    if (coverage) {
      // Every test may cover lines of every file.
      const key = [...folder.rego, ...folder.other]
      return this.#covered.get('', key, () => runRegoTests(folder.rego, this.#compiler, options))
    }
    return this.#renew(
      units,
      this.#rego,
      (unit) => [...unit.closure, ...dataFiles(folder)],
      (stale) => {
        const sources = unionOf(stale)
        const packages = stale.flatMap((unit) => unit.packages)
        const isAll = sources.length === folder.rego.length
        const filter = `^data\\.(?:${packages.join('|').replaceAll('.', '\\.')})\\b`
        const run = runRegoTests(sources, this.#compiler, {
          ...options,
          // Only the stale ones: of other units, what they need is there, and their tests with it.
          ...(isAll || pattern !== undefined ? {} : { filter }),
        })
        const ownerOf = new Map(
          stale.flatMap((unit) => unit.files.map((file) => [file, unit.name])),
        )
        return { ...run, unitOf: ({ at }) => (at === undefined ? undefined : ownerOf.get(at.file)) }
      },
    )
  }

  /** What is known of the units whose files are the same as before, and what is made anew of the others. */
  #renew(
    units: readonly TestUnit[],
    memo: Memo<readonly TestResult[]>,
    filesOf: (unit: TestUnit) => readonly SourceFile[],
    make: (
      stale: readonly TestUnit[],
    ) => Parts & { readonly unitOf: (result: TestResult) => string | undefined },
  ): Parts {
    const stale = units.filter((unit) => !memo.has(unit.name, filesOf(unit)))
    const { results, diagnostics, unitOf } =
      stale.length === 0 ? { ...EMPTY, unitOf: () => undefined } : make(stale)
    // What came of faulty files is not kept: it says nothing of the units that are not at fault.
    const isKept = !hasErrors(diagnostics)
    const perUnit = units.map((unit) => {
      if (!stale.includes(unit)) return memo.get(unit.name, filesOf(unit), () => [])
      const own = results.filter((each) => unitOf(each) === unit.name)
      if (isKept) memo.set(unit.name, filesOf(unit), own)
      return own
    })
    return { results: perUnit.flat(), diagnostics }
  }

  #compile(folder: TestFolder, rego: readonly SourceFile[]): CompiledPolicies {
    const files = [...rego.filter((file) => !isTest(file)), ...folder.other]
    const key = files.map((file) => file.path).join('\n')
    return this.#compiled.get(key, files, () =>
      compilePolicies({ directory: folder.directory, files }, this.#compiler),
    )
  }

  #runSamples(folder: TestFolder, units: readonly TestUnit[], now: Date): Parts {
    if (folder.samples.length === 0) return EMPTY
    const { directory } = folder
    const owned = ({ name }: TestUnit) =>
      folder.samples.filter((file) => pathBelow(directory, file.path).startsWith(`${name}/`))
    const orphans = folder.samples.filter(
      (file) => !units.some((unit) => unit.name !== '' && owned(unit).includes(file)),
    )
    const filesOf = (unit: TestUnit) => [
      ...unit.closure.filter((file) => !isTest(file)),
      ...dataFiles(folder),
      ...owned(unit),
    ]
    const renewed = this.#renew(units, this.#samples, filesOf, (stale) => {
      const files = stale.flatMap(owned)
      if (files.length === 0) return { ...EMPTY, unitOf: () => undefined }
      const compiled = this.#compile(folder, unionOf(stale))
      const run = this.#judgeSamples(folder, files, compiled, now)
      return { ...run, unitOf: ({ suite }) => suite }
    })
    const unowned = readSamples(directory, orphans, new Map())
    return join([renewed, { results: [], diagnostics: unowned.diagnostics }])
  }

  #judgeSamples(
    folder: TestFolder,
    files: readonly SourceFile[],
    compiled: CompiledPolicies,
    now: Date,
  ): Parts {
    const read = readSamples(folder.directory, files, compiled.policies)
    const faults = [...compiled.diagnostics, ...read.diagnostics]
    if (hasErrors(faults)) return { results: [], diagnostics: faults }
    const samples = read.samples.filter(({ policy, name }) =>
      this.#accepts({ kind: 'sample', suite: policy, name }),
    )
    const { judgements, diagnostics } = this.#judge(samples, compiled, [], now)
    return {
      results: samples.flatMap((sample, index) => {
        const judgement = judgements?.[index]
        return judgement === undefined ? [] : [sampleResult(sample, judgement)]
      }),
      diagnostics: [...faults, ...diagnostics],
    }
  }

  #runSuites(folder: TestFolder, now: Date): Parts & Pick<TestRun, 'differing'> {
    if (folder.suites.length === 0) return { ...EMPTY, differing: [] }
    const compiled = this.#compile(folder, folder.rego)
    const { bundle, diagnostics: faults } =
      compiled.bundleFile === undefined
        ? { bundle: undefined, diagnostics: [] }
        : parseBundleFile(compiled.bundleFile, compiled.policies)
    const context = {
      policies: compiled.policies,
      bindings: bundle?.bindings,
      objects: folder.objects,
    }
    const diagnostics: Diagnostic[] = [...compiled.diagnostics, ...faults]
    if (hasErrors(diagnostics)) return { results: [], differing: [], diagnostics }
    const trials: (CaseTrial & { readonly suite: Suite })[] = []
    for (const suite of folder.suites) {
      const read = readTrials(suite, context)
      diagnostics.push(...read.diagnostics)
      trials.push(...read.trials.map((each) => ({ ...each, suite })))
    }
    const wanted = trials.filter(({ suite, given }) =>
      this.#accepts({ kind: 'suite', suite: suite.file.path, name: given.name }),
    )
    const judged = this.#judge(wanted, compiled, bundle?.exceptions ?? [], now)
    const results: TestResult[] = []
    const differing: DifferingCase[] = []
    for (const [index, { suite, given }] of wanted.entries()) {
      const judgement = judged.judgements?.[index]
      if (judgement === undefined) continue
      const { result, differing: actual } = caseResult(given, judgement)
      results.push(result)
      if (actual !== undefined) differing.push({ suite, given, result, differing: actual })
    }
    return { results, differing, diagnostics: [...diagnostics, ...judged.diagnostics] }
  }

  #judge(
    trials: readonly { readonly trial: Trial }[] | readonly Sample[],
    compiled: CompiledPolicies,
    exceptions: readonly Exception[],
    now: Date,
  ): { judgements?: readonly Judgement[]; diagnostics: readonly Diagnostic[] } {
    const context = { compiled, exceptions, compiler: this.#compiler, now }
    return judgeTrials(
      trials.map(({ trial }) => trial),
      context,
    )
  }
}

const EMPTY: Parts = { results: [], diagnostics: [] }

/** Keeps what was made of files as long as they are the same ones. */
class Memo<T> {
  readonly #entries = new Map<
    string,
    { readonly files: readonly SourceFile[]; readonly value: T }
  >()

  has(name: string, files: readonly SourceFile[]): boolean {
    const known = this.#entries.get(name)?.files
    return known?.length === files.length && known.every((file, index) => file === files[index])
  }

  set(name: string, files: readonly SourceFile[], value: T): void {
    this.#entries.set(name, { files, value })
  }

  get(name: string, files: readonly SourceFile[], make: () => T): T {
    const known = this.#entries.get(name)
    if (known !== undefined && this.has(name, files)) return known.value
    const value = make()
    this.set(name, files, value)
    return value
  }
}

function join(parts: readonly Parts[]): Parts {
  return {
    results: parts.flatMap(({ results }) => results),
    diagnostics: parts.flatMap(({ diagnostics }) => diagnostics),
  }
}

function unionOf(units: readonly TestUnit[]): readonly SourceFile[] {
  return [...new Set(units.flatMap((unit) => unit.closure))]
}

function isTest(file: SourceFile): boolean {
  return file.path.endsWith('_test.rego')
}

function dataFiles({ other }: TestFolder): readonly SourceFile[] {
  return other.filter((file) => !file.path.endsWith('bundle.yaml'))
}

function withoutTwins(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const seen = new Set<string>()
  return diagnostics.filter(({ code, message, primary }) => {
    const key = JSON.stringify([code, message, primary?.file.path, primary?.span.start])
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}
