import type * as wasi from 'node:wasi'

/**
 * Loads node:wasi without the warning that it is experimental: what we use of it is pinned by our
 * tests on every Node we support. Loading is synchronous, so hardly another warning can fall into
 * the gap, and one that did would pass.
 */
export function importWasi(): typeof wasi {
  const original = Object.getOwnPropertyDescriptor(process, 'emitWarning')
  const emitWarning = process.emitWarning.bind(process) as (...warning: unknown[]) => void
  process.emitWarning = (...warning: unknown[]) => {
    const [text, kind] = warning
    if (kind === 'ExperimentalWarning' && String(text).startsWith('WASI ')) return
    emitWarning(...warning)
  }
  try {
    return process.getBuiltinModule('node:wasi')
  } finally {
    if (original !== undefined) Object.defineProperty(process, 'emitWarning', original)
  }
}
