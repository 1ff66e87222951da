import type { Builtin } from './builtin.ts'
import { digestBuiltin, hmacBuiltin, hmacEqual } from './crypto.ts'
import {
  base64UrlEncodeNoPad,
  hexDecode,
  hexEncode,
  jsonMarshalWithOptions,
  urlQueryDecode,
  urlQueryDecodeObject,
  urlQueryEncode,
  urlQueryEncodeObject,
} from './encoding.ts'
import { reachablePaths } from './graph.ts'
import { jsonPatch } from './json-patch.ts'
import { cidrContainsMatches, cidrExpand, cidrIsValid, cidrMerge } from './net.ts'
import { numbersRangeStep } from './numbers.ts'
import { objectSubset } from './object-subset.ts'
import {
  regexFindAllStringSubmatchN,
  regexFindN,
  regexIsValid,
  regexMatch,
  regexReplace,
  regexSplit,
  regexTemplateMatch,
} from './regex.ts'
import { semverCompare, semverIsValid } from './semver.ts'
import { sprintf } from './sprintf.ts'
import {
  anyPrefixMatch,
  anySuffixMatch,
  globQuoteMeta,
  indexOfN,
  splitN,
  stringsCount,
} from './strings.ts'
import {
  addDate,
  clock,
  date,
  diff,
  format,
  nowNs,
  parseDurationNs,
  parseNs,
  parseRfc3339Ns,
  weekday,
} from './time.ts'
import { unitsParse, unitsParseBytes } from './units.ts'
import { uuidParse } from './uuid.ts'
import { yamlMarshal } from './yaml-marshal.ts'
import { yamlIsValid, yamlUnmarshal } from './yaml.ts'

/**
 * The built-in functions that the host gives to a policy module, by their names in Rego. None of them
 * does input or output, or answers differently to the same operands and time.
 */
export const BUILTINS: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  ['base64url.encode_no_pad', base64UrlEncodeNoPad],
  ['crypto.hmac.equal', hmacEqual],
  ['crypto.hmac.md5', hmacBuiltin('md5')],
  ['crypto.hmac.sha1', hmacBuiltin('sha1')],
  ['crypto.hmac.sha256', hmacBuiltin('sha256')],
  ['crypto.hmac.sha512', hmacBuiltin('sha512')],
  ['crypto.md5', digestBuiltin('md5')],
  ['crypto.sha1', digestBuiltin('sha1')],
  ['crypto.sha256', digestBuiltin('sha256')],
  ['glob.quote_meta', globQuoteMeta],
  ['graph.reachable_paths', reachablePaths],
  ['hex.decode', hexDecode],
  ['hex.encode', hexEncode],
  ['indexof_n', indexOfN],
  ['json.marshal_with_options', jsonMarshalWithOptions],
  ['json.patch', jsonPatch],
  ['net.cidr_contains_matches', cidrContainsMatches],
  ['net.cidr_expand', cidrExpand],
  ['net.cidr_is_valid', cidrIsValid],
  ['net.cidr_merge', cidrMerge],
  ['numbers.range_step', numbersRangeStep],
  ['object.subset', objectSubset],
  ['regex.find_all_string_submatch_n', regexFindAllStringSubmatchN],
  ['regex.find_n', regexFindN],
  ['regex.is_valid', regexIsValid],
  ['regex.match', regexMatch],
  ['regex.replace', regexReplace],
  ['regex.split', regexSplit],
  ['regex.template_match', regexTemplateMatch],
  ['semver.compare', semverCompare],
  ['semver.is_valid', semverIsValid],
  ['sprintf', sprintf],
  ['strings.any_prefix_match', anyPrefixMatch],
  ['strings.any_suffix_match', anySuffixMatch],
  ['strings.count', stringsCount],
  ['strings.split_n', splitN],
  ['time.add_date', addDate],
  ['time.clock', clock],
  ['time.date', date],
  ['time.diff', diff],
  ['time.format', format],
  ['time.now_ns', nowNs],
  ['time.parse_duration_ns', parseDurationNs],
  ['time.parse_ns', parseNs],
  ['time.parse_rfc3339_ns', parseRfc3339Ns],
  ['time.weekday', weekday],
  ['units.parse', unitsParse],
  ['units.parse_bytes', unitsParseBytes],
  ['urlquery.decode', urlQueryDecode],
  ['urlquery.decode_object', urlQueryDecodeObject],
  ['urlquery.encode', urlQueryEncode],
  ['urlquery.encode_object', urlQueryEncodeObject],
  ['uuid.parse', uuidParse],
  ['yaml.is_valid', yamlIsValid],
  ['yaml.marshal', yamlMarshal],
  ['yaml.unmarshal', yamlUnmarshal],
])
