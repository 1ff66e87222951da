import { describeUse, stateOf } from './exception-use.ts'
import { htmlText } from './html-text.ts'
import type { Report } from './report.ts'

/** What each exception did, so that one that is over, or not needed any more, is seen. */
export function renderExceptions({ exceptions }: Report): readonly string[] {
  if (exceptions.length === 0) return []
  const rows = exceptions.map((each) => {
    const { name, binding, owner, reason, expires } = each
    const cells = [binding, owner, expires].map((cell) => `<td>${htmlText(cell)}</td>`).join('')
    return `<tr class="${stateOf(each)}"><th scope="row">${htmlText(name)}<p>${htmlText(reason)}</p></th>${cells}<td>${htmlText(describeUse(each))}</td></tr>`
  })
  return [
    '<section aria-labelledby="exceptions">',
    `<h2 id="exceptions">Exceptions <span class="count">${exceptions.length}</span></h2>`,
    '<table><thead><tr><th scope="col">exception</th><th scope="col">from binding</th><th scope="col">owner</th><th scope="col">last day</th><th scope="col">result</th></tr></thead>',
    `<tbody>${rows.join('\n')}</tbody></table>`,
    '</section>',
  ]
}
