import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

/** Returns where Debian's Chromium is; where there is none, says on stderr what is therefore not tested. */
export function findChromium(what: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const found = folders.map((folder) => join(folder, 'chromium')).find((path) => existsSync(path))
  if (found === undefined) console.error(`SKIPPED for lack of \`chromium\`: ${what}`)
  return found
}

export function startBrowser(executablePath: string): Promise<Browser> {
  // Its sandbox wants rights that containers do not give; what is opened is our own page.
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
}
