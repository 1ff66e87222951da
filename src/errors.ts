/**
 * An operation could not be carried out. `code` is stable API; `message` is not.
 * A message never holds object content: Secrets pass through here.
 */
export abstract class AppError<Code extends string = string> extends Error {
  readonly code: Code

  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.code = code
  }
}

/** Marks a case that the types exclude. @throws Error always: reaching it is a bug of ours. */
export function unreachable(value: never): never {
  throw new Error(`bug: unexpected ${JSON.stringify(value)}, please report`)
}
