/** Where the webhook answers; named in --help, which does not load the server. */
export const REVIEW_PATH = '/validate'
