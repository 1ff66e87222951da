/** Returns a path as seen from a directory that it begins with, with `/` on every system; a relative path stays as it is. */
export function pathBelow(directory: string, path: string): string {
  const normal = path.replaceAll('\\', '/')
  const prefix = `${directory.replaceAll('\\', '/').replace(/\/+$/, '')}/`
  if (normal.startsWith(prefix)) return normal.slice(prefix.length)
  return normal.replace(/^\.\//, '')
}
