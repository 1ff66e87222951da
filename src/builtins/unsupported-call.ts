import { AppError } from '../errors.ts'

/**
 * OPA has an answer to the call, and this engine cannot give the same: the evaluation fails, rather than go on with
 * another answer or with none.
 */
export class UnsupportedCall extends AppError<'builtin/unsupported'> {
  constructor(message: string) {
    super('builtin/unsupported', message)
  }
}
