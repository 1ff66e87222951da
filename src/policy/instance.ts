// One instance of a bundle's module, with what every review shares in its memory: data, parameters, an evaluation context.
//
// OPA's allocator is a pointer that goes up, and free lists. `opa_heap_ptr_set` moves the pointer back and empties the lists
// (malloc.c, init_free), so that going back to a mark frees all that came after it and cannot hand out a block twice;
// blocks freed below the mark are merely forgotten. The lists that `opa_heap_blocks_stash` keeps would only save those few.
// Results of rules are memoized in a table that `eval` makes anew, above the mark, and what RE2 has compiled is dropped with the
// lists: nothing that one evaluation leaves behind is seen by another. RE2 is in use only where ours cannot take its place
// (builtin-calls.ts), and there is one exception: what it sets up once, with an instance's first pattern, is eight steps of fuel, and the
// address of an empty string that is compared and never read.
import { RegexAccount } from '../builtins/regex-cache.ts'
import { FUEL_EXPORT } from '../wasm/meter.ts'
import {
  asPolicyExports,
  findAbiProblem,
  readMinorVersion,
  type Address,
  type PolicyExports,
} from './abi.ts'
import { type Booleans, callBuiltin, type NamedBuiltin } from './builtin-calls.ts'
import { MAX_FUEL } from './engine-options.ts'
import { FuelExhausted, ModuleAbort, UnreadableInput } from './failure.ts'
import {
  encodeText,
  hasText,
  readMessage,
  readTerminated,
  readText,
  writeBytes,
} from './memory-text.ts'
import { LoadedPolicy } from './sdk.ts'

/** What all instances of a bundle's module are made from. */
export interface InstancePlan {
  /** The metered module. */
  readonly module: WebAssembly.Module
  readonly initialPages: number
  readonly maximumPages: number
  /** The JSON of `data`. */
  readonly data: Uint8Array
  /** The JSON of each binding's parameters; undefined for none. */
  readonly parameters: readonly (Uint8Array | undefined)[]
  readonly builtins: ReadonlyMap<number, NamedBuiltin>
}

/** The module's own faults when it starts: not an OPA module, or not one that takes this data. */
export class UnusableModule extends Error {
  override readonly name = 'UnusableModule'
}

// For the bundle's data and parameters, which are as large as a bundle may be.
const LOAD_FUEL = 1_000_000_000

const MAX_ABORT_BYTES = 512
const PAGE_BYTES = 65_536

// What `opa_json_dump` writes for a defined, empty set: the usual result, known without decoding it.
const EMPTY_RESULT = encodeText('[{"result":[]}]')

export class PolicyInstance {
  readonly entrypoints: ReadonlyMap<string, number>
  /** Those of the plan, unless it was made before anyone knew which the module asks for. */
  builtins: ReadonlyMap<number, NamedBuiltin>
  private readonly memory: WebAssembly.Memory
  private readonly exports: PolicyExports
  private readonly fuel: WebAssembly.Global<'i32'>
  private readonly context: Address
  private readonly parameters: readonly Address[]
  private readonly noParameters: Address
  private readonly booleans: Booleans
  private readonly parametersPath: Address
  private readonly namespacePath: Address
  private readonly baseMark: Address
  private reviewMark: Address
  private input: Address = 0
  /** What the review has as its parameters. */
  private current: Address = 0
  private nowNs = 0n
  private readonly charge = (units: number): void => {
    const left = this.fuelLeft - Math.ceil(units)
    this.fuelLeft = Math.max(left, -1)
    if (left < 0) throw new FuelExhausted()
  }
  private readonly regexes = new RegexAccount(this.charge)
  private view = new Uint8Array()

  /** @throws UnusableModule, WebAssembly.RuntimeError, and whatever `describeFailure` tells apart. */
  constructor(plan: InstancePlan) {
    this.memory = new WebAssembly.Memory({ initial: plan.initialPages, maximum: plan.maximumPages })
    this.builtins = plan.builtins
    const instance = new WebAssembly.Instance(plan.module, { env: this.makeImports() })
    const problem = findAbiProblem(instance.exports)
    if (problem !== undefined) throw new UnusableModule(problem)
    this.exports = asPolicyExports(instance.exports)
    this.fuel = findFuel(instance.exports)
    this.fuelLeft = LOAD_FUEL

    const policy = this.loadPolicy(plan.module, instance)
    this.entrypoints = readNumbers(policy.entrypoints)
    // It takes the heap back to where it was before, so nothing of ours may come earlier.
    policy.setData(copyBuffer(plan.data))
    this.context = this.exports.opa_eval_ctx_new()
    this.exports.opa_eval_ctx_set_data(this.context, policy.dataAddr)
    this.parametersPath = this.parse(encodeText('["parameters"]'))
    this.namespacePath = this.parse(encodeText('["namespaceObject"]'))
    this.noParameters = this.parse(encodeText('{}'))
    this.booleans = {
      true: this.parse(encodeText('true')),
      false: this.parse(encodeText('false')),
    }
    this.parameters = plan.parameters.map((each) =>
      each === undefined ? this.noParameters : this.parse(each),
    )
    this.baseMark = this.exports.opa_heap_ptr_get()
    this.reviewMark = this.baseMark
  }

  /** Below zero once the budget has stopped the module. */
  get fuelLeft(): number {
    return this.fuel.value
  }

  set fuelLeft(units: number) {
    if (units > MAX_FUEL) throw new RangeError(`${units} is more fuel than ${MAX_FUEL}`)
    this.fuel.value = units
  }

  get memoryPages(): number {
    return this.memory.buffer.byteLength / PAGE_BYTES
  }

  /** The built-in functions that the module asks for, each with the number under which it calls it. */
  readRequiredBuiltins(): ReadonlyMap<string, number> {
    return readNumbers(
      parseJson(readText(this.memory, this.exports.opa_json_dump(this.exports.builtins()))),
    )
  }

  /**
   * Parses a review, once for all bindings, in place of the one before. A review that brings `parameters` or a
   * `namespaceObject` of its own loses them: those are for us to say.
   * @throws UnreadableInput and what the module throws
   */
  parseReview(review: Uint8Array, namespaceObject: Uint8Array | undefined, now: Date): void {
    this.exports.opa_heap_ptr_set(this.baseMark)
    this.nowNs = BigInt(now.getTime()) * 1_000_000n
    const { exports } = this
    this.input = this.parse(review)
    // The key is made here, below the mark, so that setting its value for a binding changes one pointer and no structure.
    if (exports.opa_value_add_path(this.input, this.parametersPath, this.noParameters) !== 0)
      throw new UnreadableInput()
    this.current = this.noParameters
    const failed =
      namespaceObject === undefined
        ? exports.opa_value_remove_path(this.input, this.namespacePath)
        : exports.opa_value_add_path(this.input, this.namespacePath, this.parse(namespaceObject))
    if (failed !== 0) throw new UnreadableInput()
    this.exports.opa_eval_ctx_set_input(this.context, this.input)
    this.reviewMark = this.exports.opa_heap_ptr_get()
  }

  /** Makes a binding's parameters the parsed review's; `index` is into the plan's, undefined for none. */
  setParameters(index: number | undefined): void {
    const { exports } = this
    const address = index === undefined ? this.noParameters : this.parameters[index]
    if (address === undefined) throw new RangeError(`no parameters ${index}`)
    exports.opa_heap_ptr_set(this.reviewMark)
    if (address === this.current) return
    if (exports.opa_value_add_path(this.input, this.parametersPath, address) !== 0) {
      throw new UnreadableInput()
    }
    this.current = address
    // add_path frees the value it replaces: another binding's parameters, which are to stay. Freeing writes to no value,
    // only to the headers between them, and puts the blocks into the lists; emptied now, nothing can be given them.
    exports.opa_heap_ptr_set(this.reviewMark)
  }

  /** Evaluates an entrypoint on the parsed review, and returns the JSON of the result; undefined where it is the empty set. */
  evaluate(entrypoint: number): string | undefined {
    const { exports, context } = this
    this.regexes.begin()
    exports.opa_eval_ctx_set_entrypoint(context, entrypoint)
    if (exports.eval(context) !== 0) throw new ModuleAbort('eval failed')
    const result = exports.opa_json_dump(exports.opa_eval_ctx_get_result(context))
    return hasText(this.bytes(), result, EMPTY_RESULT) ? undefined : readText(this.memory, result)
  }

  /** The memory's, made anew once it has grown: what came before has no bytes then. */
  private bytes(): Uint8Array {
    if (this.view.length === 0) this.view = new Uint8Array(this.memory.buffer)
    return this.view
  }

  // What the SDK gives us is the reading of entrypoints and the loading of data. It looks for a text's end with no end of
  // its own, so the dump that it is given has been checked; and it throws strings, which become errors here.
  private loadPolicy(module: WebAssembly.Module, instance: WebAssembly.Instance): LoadedPolicy {
    const opa_json_dump = (value: Address): Address => {
      const address = this.exports.opa_json_dump(value)
      readTerminated(this.memory, address)
      return address
    }
    const checked = { exports: { ...instance.exports, opa_json_dump } }
    return new LoadedPolicy(
      { module, instance: checked },
      this.memory,
      readMinorVersion(instance.exports),
    )
  }

  /** Neither parser of OPA looks at what follows the value: whoever calls has checked that nothing does. */
  private parse(text: Uint8Array): Address {
    const address = this.exports.opa_malloc(text.length)
    writeBytes(this.memory, address, text)
    const value = this.exports.opa_json_parse(address, text.length)
    if (value === 0) throw new UnreadableInput()
    return value
  }

  private makeImports(): WebAssembly.ModuleImports {
    const call = (id: number, _context: Address, ...operands: Address[]): Address => {
      const { memory, exports, builtins, booleans, charge, nowNs, regexes } = this
      const context = { charge, nowNs, regexes }
      return callBuiltin({ memory, exports, builtins, booleans, context }, id, operands)
    }
    return {
      memory: this.memory,
      opa_abort: (address: Address): never => {
        throw new ModuleAbort(readMessage(this.memory, address, MAX_ABORT_BYTES))
      },
      // `print` writes what it is given, which may be the object: not into our logs.
      opa_println: (): void => {},
      opa_builtin0: call,
      opa_builtin1: call,
      opa_builtin2: call,
      opa_builtin3: call,
      opa_builtin4: call,
    }
  }
}

function findFuel(exports: WebAssembly.Exports): WebAssembly.Global<'i32'> {
  const fuel = exports[FUEL_EXPORT]
  if (!isI32Global(fuel)) throw new UnusableModule('it is not metered')
  return fuel
}

function isI32Global(
  value: WebAssembly.ExportValue | undefined,
): value is WebAssembly.Global<'i32'> {
  return value instanceof WebAssembly.Global && typeof value.value === 'number'
}

function readNumbers(value: unknown): ReadonlyMap<string, number> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UnusableModule('its lists of entrypoints and built-in functions cannot be read')
  }
  const numbers = new Map<string, number>()
  for (const [key, id] of Object.entries(value)) {
    if (typeof id === 'number' && Number.isSafeInteger(id)) numbers.set(key, id)
  }
  return numbers
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function copyBuffer(bytes: Uint8Array): ArrayBuffer {
  const buffer = new ArrayBuffer(bytes.length)
  new Uint8Array(buffer).set(bytes)
  return buffer
}
