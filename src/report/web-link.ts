/** Returns the address in a form that can stand in any output, or undefined where it does not lead to the web. */
export function webLink(ref: string): string | undefined {
  if (!URL.canParse(ref)) return undefined
  const { protocol, href } = new URL(ref)
  // What `href` leaves as it is, and Markdown does not.
  return protocol === 'https:' || protocol === 'http:' ? href.replaceAll('|', '%7C') : undefined
}
