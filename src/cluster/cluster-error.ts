import { AppError } from '../errors.ts'

export type ClusterErrorCode =
  /** No kubeconfig, and not in a cluster; or a kubeconfig that names none. */
  | 'no-cluster'
  /** No answer: no connection, no credentials, or not in time. */
  | 'unreachable'
  /** An answer with an HTTP error. */
  | 'refused'
  /** An answer that is not what the API server sends. */
  | 'unexpected-answer'

export class ClusterError extends AppError<ClusterErrorCode> {
  /** The HTTP status where there was an answer. */
  readonly status: number | undefined

  constructor(
    code: ClusterErrorCode,
    message: string,
    options?: ErrorOptions & { readonly status?: number },
  ) {
    super(code, message, options)
    this.status = options?.status
  }
}
