import type { DiagnosticCode } from '../diagnostic/catalogue.ts'
import { type Diagnostic, diagnostic, type Label } from '../diagnostic/diagnostic.ts'
import { labelAt, type Place } from './place.ts'

/** One fault for each item of a list, at `place`, whose key has the value of an earlier one's. */
export function findDuplicates<Key extends string>(
  items: readonly { readonly [key in Key]?: string | undefined }[],
  key: Key,
  place: Place,
  code: DiagnosticCode,
  plural: string,
): Diagnostic[] {
  const first = new Map<string, Label>()
  return items.flatMap((item, index) => {
    const value = item[key]
    if (value === undefined) return []
    const primary = labelAt(place, [index, key])
    const earlier = first.get(value)
    if (earlier === undefined) {
      first.set(value, { ...primary, text: 'first here' })
      return []
    }
    const message = `two ${plural} have the ${key} \`${value}\``
    return [diagnostic(code, message, { primary, related: [earlier] })]
  })
}
