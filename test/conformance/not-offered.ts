// Built-ins of OPA that policies cannot call here, and why. Cases that use them are counted, not run.

const IO = 'it does input or output'
const RANDOM = 'it answers differently each time'
const KEYS =
  'tokens and certificates have no place in an admission request; OPA checks them with Go’s libraries'
const HEAVY =
  'it needs a whole second language or library, for what no admission policy was seen to use'
const MACHINE = 'its answer depends on the machine'

export const NOT_OFFERED: ReadonlyMap<string, string> = new Map([
  ['http.send', IO],
  ['net.lookup_ip_addr', IO],
  ['opa.runtime', MACHINE],
  ['rand.intn', RANDOM],
  ['uuid.rfc4122', RANDOM],
  ['providers.aws.sign_req', IO],
  ['test.sleep', 'it exists only in OPA’s own tests'],
  ['internal.test_case', 'it exists only while `opa test` runs'],
  ['trace', 'there is no trace to write to'],
  ['crypto.parse_private_keys', KEYS],
  ['crypto.x509.', KEYS],
  ['io.jwt.', KEYS],
  ['graphql.', HEAVY],
  ['json.match_schema', HEAVY],
  ['json.verify_schema', HEAVY],
  ['rego.parse_module', HEAVY],
  ['regex.globs_match', HEAVY],
  ['strings.render_template', HEAVY],
  ['uri.', HEAVY],
])
