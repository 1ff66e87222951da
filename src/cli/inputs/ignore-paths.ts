/**
 * Returns whether a path is left out by one of the globs: one without a slash is about any name in the path, one with a
 * slash about the path from its beginning, as it is written. A directory that fits is left out with all that is in it.
 */
export async function ignorePaths(globs: readonly string[]): Promise<(path: string) => boolean> {
  if (globs.length === 0) return () => false
  const { default: picomatch } = await import('picomatch')
  const matchers = globs.map((glob) => {
    const normal = normalize(glob).replace(/\/$/, '')
    return { byName: !normal.includes('/'), fits: picomatch(normal, { dot: true }) }
  })
  return (path) => {
    const parts = normalize(path).split('/')
    return parts.some((name, index) => {
      const prefix = parts.slice(0, index + 1).join('/')
      return matchers.some(({ byName, fits }) => fits(byName ? name : prefix))
    })
  }
}

function normalize(path: string): string {
  return path.replace(/^(?:\.\/)+/, '')
}
