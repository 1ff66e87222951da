import type * as wasi from 'node:wasi'

/**
 * Loads node:wasi without the warning that it is experimental: what its users see of it is pinned
 * by our tests on every Node we support. Loading is synchronous, so no other warning can fall
 * into the gap, and one that did would pass.
 */
export function importWasi(): typeof wasi {
  const emitWarning = process.emitWarning
  process.emitWarning = (...warning: unknown[]) => {
    const [text, kind] = warning
    if (kind === 'ExperimentalWarning' && String(text).startsWith('WASI ')) return
    Reflect.apply(emitWarning, process, warning)
  }
  try {
    return process.getBuiltinModule('node:wasi')
  } finally {
    process.emitWarning = emitWarning
  }
}
