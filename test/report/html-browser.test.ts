// The HTML report as its readers have it: in Debian's Chromium, from a file.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { AxeResults } from 'axe-core'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { printable } from '../../src/diagnostic/printable.ts'
import { renderHtml } from '../../src/report/html.ts'
import type { Report } from '../../src/report/report.ts'
import type { SourceFile } from '../../src/source/source-file.ts'
import { findChromium, startBrowser } from '../support/browser.ts'
import {
  EVIL,
  finding,
  hostileReport,
  judged,
  LIMITS,
  only,
  reportOf,
  sampleFiles,
  sampleReport,
} from './sample.ts'

const chromium = findChromium('the HTML report in a browser')

describe.skipIf(chromium === undefined)('in a browser', () => {
  let browser: Browser
  let folder: string
  let number = 0
  const faults: string[] = []

  beforeAll(async () => {
    browser = await startBrowser(chromium ?? '')
    folder = await mkdtemp(join(tmpdir(), 'portcullis-html-'))
  })
  afterAll(async () => {
    await browser?.close()
    await rm(folder, { recursive: true, force: true })
  })
  // Whatever a test does: the console says nothing, nothing is asked of the network, nothing pops up.
  afterEach(() => {
    expect(faults.splice(0)).toEqual([])
  })

  async function open(
    report: Report,
    files: ReadonlyMap<string, SourceFile>,
    options: BrowserContextOptions = {},
  ): Promise<Page> {
    const file = join(folder, `${number++}.html`)
    await writeFile(file, renderHtml(report, { files }))
    const context = await browser.newContext(options)
    const page = await context.newPage()
    const address = pathToFileURL(file).href
    page.on('console', (message) => faults.push(`console: ${message.text()}`))
    page.on('pageerror', (error) => faults.push(`error: ${error.message}`))
    page.on('dialog', (dialog) => {
      faults.push(`dialog: ${dialog.message()}`)
      void dialog.dismiss()
    })
    page.on('request', (request) => {
      if (request.url() !== address) faults.push(`request: ${request.url()}`)
    })
    await page.goto(address)
    return page
  }

  const sample = (options?: BrowserContextOptions): Promise<Page> =>
    open(sampleReport(), sampleFiles(), options)

  const shown = (page: Page): Promise<string[]> =>
    page.locator('#groups .finding:visible h4').allTextContents()
  const groups = async (page: Page): Promise<Record<string, number>> => {
    const texts = await page.locator('#groups > .group:visible > summary').allInnerTexts()
    return Object.fromEntries(
      texts.map((text) => {
        const [, name = '', count] = /^(.*?)\s+(\d+)$/s.exec(text) ?? []
        return [name.replaceAll(/\s+/g, ' '), Number(count)]
      }),
    )
  }
  const status = (page: Page): Promise<string | null> => page.textContent('#status')

  const ALL = [
    'hostNetwork is true',
    'command is a script',
    'is named web',
    'no owner',
    'container web has no cpu limit',
  ]

  test('sums and findings are those of the report', async () => {
    const page = await sample()
    expect(await page.title()).toBe(
      '3 errors, 1 denied, 2 warnings, 1 audited, 1 excepted - portcullis',
    )
    const tiles = await page.locator('.tile').allInnerTexts()
    expect(tiles.map((text) => text.replace(/\s+/, ' '))).toEqual([
      '1 denied',
      '2 warned',
      '1 audited',
      '1 excepted',
      '3 not judged',
      '2 objects',
    ])
    expect(await page.locator('.finding.error').count()).toBe(3)
    expect(await shown(page)).toEqual(ALL)
    expect(await status(page)).toBe('5 shown')
    expect(await groups(page)).toEqual({
      'No host network host-network': 3,
      'Container limits container-limits': 2,
    })
    const mark = page.locator('.finding.deny mark')
    expect(await mark.allTextContents()).toEqual(['true'])
    await page.context().close()
  })

  test('filters hide what does not fit, and say how much is left', async () => {
    const page = await sample()
    await page.uncheck('input[value=Deny]')
    expect(await shown(page)).toEqual(ALL.filter((each) => each !== 'hostNetwork is true'))
    expect(await status(page)).toBe('4 of 5 shown')
    await page.uncheck('input[value=high]')
    expect(await shown(page)).toEqual(['no owner', 'container web has no cpu limit'])
    expect(await groups(page)).toEqual({ 'Container limits container-limits': 2 })
    await page.fill('input[name=text]', 'CPU shop/web')
    expect(await shown(page)).toEqual(['container web has no cpu limit'])
    await page.fill('input[name=text]', 'no such thing')
    expect(await shown(page)).toEqual([])
    expect(await page.isVisible('#nothing')).toBe(true)
    await page.click('button[type=reset]')
    await expect.poll(() => status(page)).toBe('5 shown')
    expect(await shown(page)).toEqual(ALL)
    await page.selectOption('select[name=policy]', 'host-network')
    expect(await shown(page)).toEqual(ALL.slice(0, 3))
    await page.context().close()
  })

  test('findings group by policy, namespace and file, and filters hold in each', async () => {
    const page = await sample()
    await page.check('input[value=namespace]')
    expect(await groups(page)).toEqual({ 'no namespace named': 1, shop: 4 })
    await page.check('input[value=file]')
    expect(await groups(page)).toEqual({ 'deploy/pod.yaml': 1, 'deploy/web.yaml': 4 })
    // What a policy's own group tells once, each finding tells itself now.
    expect(await page.locator('.finding .cure:visible').count()).toBe(5)
    await page.uncheck('input[value=Warn]')
    expect(await groups(page)).toEqual({ 'deploy/web.yaml': 3 })
    await page.check('input[value=policy]')
    expect(await groups(page)).toEqual({ 'No host network host-network': 3 })
    await page.check('input[value=Warn]')
    expect(await shown(page)).toEqual(ALL)
    expect(await page.locator('.finding .cure:visible').count()).toBe(0)
    await page.context().close()
  })

  test('all of it works from the keyboard', async () => {
    const page = await sample()
    await page.keyboard.press('/')
    expect(await page.evaluate("document.activeElement.getAttribute('name')")).toBe('text')
    await page.keyboard.type('cpu/')
    expect(await page.inputValue('input[name=text]')).toBe('cpu/')
    await page.fill('input[name=text]', '')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Space')
    expect(await status(page)).toBe('4 of 5 shown')
    await page.keyboard.press('Space')
    await page.focus('#groups summary')
    await page.keyboard.press('Enter')
    expect(await shown(page)).toEqual(['no owner', 'container web has no cpu limit'])
    await page.context().close()
  })

  test('it reads without JavaScript', async () => {
    const page = await sample({ javaScriptEnabled: false })
    expect(await page.locator('#groups .finding h4').allTextContents()).toEqual(ALL)
    expect(await page.locator('#groups .finding:visible').count()).toBe(5)
    expect(await page.isVisible('#filters')).toBe(false)
    await page.context().close()
  })

  test('hostile text is shown as text, and does nothing', async () => {
    const { report, files } = hostileReport()
    const page = await open(report, files)
    expect(await page.locator('script').count()).toBe(1)
    expect(await page.locator('img, iframe, svg[onload], a[href^="javascript"]').count()).toBe(0)
    const title = await page.locator('#groups .finding h4').first().textContent()
    expect(title).toBe(printable(EVIL))
    for (const group of ['namespace', 'file', 'policy']) await page.check(`input[value=${group}]`)
    expect(await page.locator('#groups .finding:visible').count()).toBe(2)
    await page.context().close()
  })

  test('on paper nothing is missing but the filters', async () => {
    const page = await sample()
    await page.click('#groups summary >> nth=0')
    expect(await shown(page)).toHaveLength(2)
    await page.pdf()
    expect(await shown(page)).toHaveLength(5)
    await page.emulateMedia({ media: 'print' })
    expect(await page.isVisible('#filters')).toBe(false)
    await page.context().close()
  })

  const source = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
  const wide = { width: 1280, height: 900 }
  const narrow = { width: 360, height: 740 }

  describe.each([
    ['light, wide', { colorScheme: 'light', viewport: wide }],
    ['light, narrow', { colorScheme: 'light', viewport: narrow }],
    ['dark, wide', { colorScheme: 'dark', viewport: wide }],
    ['dark, narrow', { colorScheme: 'dark', viewport: narrow }],
  ] as const)('%s', (_name, options) => {
    const failing = judged(only('a.yaml', 'apiVersion: v1\nkind: Pod\n'), [
      finding(undefined, 'x'.repeat(300)),
      finding(['spec'], 'limits', 'Warn', LIMITS),
    ])
    test.each([
      ['everything', sampleReport],
      ['hostile text', () => hostileReport().report],
      ['violations', () => reportOf([failing])],
      [
        'nothing to mend',
        () => reportOf([{ ...failing, decision: { ...failing.decision, findings: [] } }]),
      ],
    ])('%s: no barrier that axe knows of, no line past the edge', async (_report, make) => {
      const page = await open(make(), sampleFiles(), options)
      await page.addInitScript({ path: source })
      await page.reload()
      const results = (await page.evaluate('axe.run()')) as AxeResults
      expect(
        results.violations.map(
          ({ id, nodes }) => `${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary}`,
        ),
      ).toEqual([])
      const past = await page.evaluate(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      )
      expect(past).toBe(0)
      await page.context().close()
    })
  })
})
