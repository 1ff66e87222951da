/**
 * What makes the HTML report's filters work. It moves and hides what is on the page, and writes text only as text: nothing from an
 * object is ever read as HTML.
 */
export const SCRIPT = `
'use strict'
{
  const form = document.getElementById('filters')
  const groups = document.getElementById('groups')
  if (form && groups) {
    const byPolicy = [...groups.children]
    const findings = [...groups.querySelectorAll('.finding')].map((node) => ({
      node,
      home: node.parentElement,
      text: node.textContent.toLowerCase(),
    }))
    const status = document.getElementById('status')
    const nothing = document.getElementById('nothing')

    const section = (name) => {
      const details = document.createElement('details')
      details.className = 'group'
      details.open = true
      const summary = document.createElement('summary')
      const title = document.createElement('h3')
      title.className = name === '' ? '' : 'name'
      title.textContent = name === '' ? 'no namespace named' : name
      const count = document.createElement('span')
      count.className = 'count'
      summary.append(title, ' ', count)
      details.append(summary)
      return details
    }

    const group = (by) => {
      groups.dataset.by = by
      if (by === 'policy') {
        for (const { node, home } of findings) home.append(node)
        groups.replaceChildren(...byPolicy)
        return
      }
      const sections = new Map()
      for (const { node } of findings) {
        const key = node.dataset[by]
        if (!sections.has(key)) sections.set(key, section(key))
        sections.get(key).append(node)
      }
      const keys = [...sections.keys()].sort()
      groups.replaceChildren(...keys.map((key) => sections.get(key)))
    }

    const filter = () => {
      const data = new FormData(form)
      const words = data.get('text').toLowerCase().split(/\\s+/).filter(Boolean)
      const policy = data.get('policy')
      const actions = new Set(data.getAll('action'))
      const severities = new Set(data.getAll('severity'))
      let shown = 0
      for (const { node, text } of findings) {
        const fits =
          actions.has(node.dataset.action) &&
          severities.has(node.dataset.severity) &&
          (policy === '' || policy === node.dataset.policy) &&
          words.every((word) => text.includes(word))
        node.hidden = !fits
        if (fits) shown++
      }
      for (const each of groups.children) {
        const number = each.querySelectorAll('.finding:not([hidden])').length
        each.querySelector('.count').textContent = number
        each.hidden = number === 0
      }
      status.textContent = shown === findings.length ? shown + ' shown' : shown + ' of ' + findings.length + ' shown'
      nothing.hidden = shown > 0
    }

    const apply = () => {
      const by = new FormData(form).get('group')
      if (groups.dataset.by !== by) group(by)
      filter()
    }

    form.hidden = false
    form.addEventListener('input', apply)
    form.addEventListener('submit', (event) => event.preventDefault())
    // The fields have their first values again only after the event.
    form.addEventListener('reset', () => setTimeout(apply))
    document.addEventListener('keydown', (event) => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return
      if (event.target.closest('input[type=search], select')) return
      event.preventDefault()
      form.elements.text.focus()
    })
    // What is closed would be missing on paper.
    addEventListener('beforeprint', () => {
      for (const each of groups.children) each.open = true
    })
    groups.dataset.by = 'policy'
    // A browser may keep what was typed before a reload.
    apply()
  }
}
`
