import { AppError } from '../errors.ts'

/** The command line asks for something that cannot be: one line on stderr, exit 2. */
export class UsageError extends AppError<'USAGE'> {
  constructor(message: string) {
    super('USAGE', message)
  }
}

/** An input cannot be read or an output not be written: one line on stderr, exit 2. */
export class InputError extends AppError<'INPUT'> {
  constructor(message: string, options?: ErrorOptions) {
    super('INPUT', message, options)
  }
}
