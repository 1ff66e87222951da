import { AppError } from '../errors.ts'

export type CertErrorCode =
  | 'certificate-unreadable'
  | 'key-unreadable'
  | 'key-mismatch'
  | 'certificate-expired'
  | 'certificate-not-yet-valid'
  | 'certificate-without-san'
  /** It has names, and not those by which clients know the server. */
  | 'certificate-for-other-names'
  /** Its extendedKeyUsage does not have servers in it. */
  | 'certificate-not-for-servers'
  /** What a certificate is to be made for is neither a DNS name nor an IP address. */
  | 'name-invalid'
  /** There is none to serve with yet. */
  | 'certificate-missing'
  /** What somebody else made stands where ours would go. */
  | 'certificate-foreign'

export class CertError extends AppError<CertErrorCode> {}
