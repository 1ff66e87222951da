import { AppError } from '../errors.ts'

export type CertErrorCode =
  | 'certificate-unreadable'
  | 'key-unreadable'
  | 'key-mismatch'
  | 'certificate-expired'
  | 'certificate-not-yet-valid'
  | 'certificate-without-san'
  /** Files that somebody else made stand where ours would go. */
  | 'certificate-foreign'

export class CertError extends AppError<CertErrorCode> {}
