import { AppError } from '../errors.ts'

export type ServerErrorCode =
  | 'address-in-use'
  | 'address-not-available'
  | 'listen-failed'
  /** Node refuses the certificate, the key or the client CA. */
  | 'tls-refused'

export class ServerError extends AppError<ServerErrorCode> {}
