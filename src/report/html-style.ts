/** The HTML report's style: light or dark as the reader's system is, from a phone's width to a wide screen, and on paper. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f6f5f1; --card: #fff; --sunk: #f0eee8; --line: #dedbd2; --text: #1d1f23; --soft: #5c5f66;
  --link: #1f55a5; --focus: #2563c9;
  --deny: #b3261e; --deny-soft: #fbe9e7; --warn: #8a5a00; --warn-soft: #fdf2d8; --audit: #1f5d96; --audit-soft: #e5f0fa;
  --error: #7a2f8f; --error-soft: #f5e9f8; --pass: #216e46; --pass-soft: #e3f3ea; --excepted: #5f5a4d; --excepted-soft: #eceae2; --skip: #a9a69b;
  --mono: ui-monospace, "SF Mono", SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #121417; --card: #1a1d22; --sunk: #14171b; --line: #2f343c; --text: #e8e6e1; --soft: #a2a7b0;
    --link: #8ab8ff; --focus: #8ab8ff;
    --deny: #ff8f84; --deny-soft: #3b1d1b; --warn: #f0bd5a; --warn-soft: #362a12; --audit: #86bdf0; --audit-soft: #172a3d;
    --error: #dda3ee; --error-soft: #311d39; --pass: #7fd1a3; --pass-soft: #16301f; --excepted: #bcb5a1; --excepted-soft: #2a2923; --skip: #5d626b;
  }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
html { scroll-padding-top: 1rem; }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.55 var(--sans); overflow-wrap: anywhere; }
body > * { max-width: 68rem; margin-inline: auto; padding-inline: clamp(1rem, 4vw, 2.5rem); }
h1, h2, h3, h4, p, ul, dl, dd, figure, fieldset, pre { margin: 0; padding: 0; border: 0; }
ul { list-style: none; }
a { color: var(--link); text-underline-offset: .15em; }
code, .rule { font-family: var(--mono); font-size: .9em; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; border-radius: .3rem; }

header.page { padding-block: 2rem 1.75rem; }
.brand { display: flex; align-items: center; gap: .5rem; color: var(--soft); font-weight: 600; letter-spacing: .02em; }
.brand svg { width: 1.5rem; height: 1.5rem; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
h1 { margin-top: 1.1rem; font-size: clamp(1.9rem, 5vw, 2.9rem); line-height: 1.12; letter-spacing: -.02em; text-wrap: balance; }
.violations h1 { color: var(--deny); }
.failed h1 { color: var(--error); }
.clean h1 { color: var(--pass); }
.scope { margin-top: .5rem; color: var(--soft); font-size: 1.06rem; }

main > section { margin-bottom: 2.75rem; }
h2 { display: flex; align-items: baseline; gap: .6rem; margin-bottom: .9rem; font-size: 1.35rem; letter-spacing: -.01em; }
.count { color: var(--soft); font-weight: 500; font-variant-numeric: tabular-nums; }
.notice { margin-bottom: 1rem; padding: .7rem 1rem; border-radius: .6rem; background: var(--sunk); color: var(--soft); }

.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(7.5rem, 1fr)); gap: .75rem; }
.tile { display: flex; flex-direction: column; padding: .9rem 1.1rem; border: 1px solid var(--line); border-radius: .8rem; background: var(--card); }
.tile b { font-size: 2rem; line-height: 1.15; letter-spacing: -.02em; font-variant-numeric: tabular-nums; }
.tile span { color: var(--soft); }
.tile.none b { color: var(--soft); font-weight: 400; }
.tile.deny { background: var(--deny-soft); border-color: transparent; } .tile.deny b { color: var(--deny); }
.tile.warn { background: var(--warn-soft); border-color: transparent; } .tile.warn b { color: var(--warn); }
.tile.audit { background: var(--audit-soft); border-color: transparent; } .tile.audit b { color: var(--audit); }
.tile.error { background: var(--error-soft); border-color: transparent; } .tile.error b { color: var(--error); }
.tile.excepted { background: var(--excepted-soft); border-color: transparent; } .tile.excepted b { color: var(--excepted); }
.tile:is(.deny, .warn, .audit, .error) span { color: var(--text); }

.bar { margin-top: 1.25rem; }
.bar figcaption { margin-bottom: .4rem; color: var(--soft); font-size: .9rem; }
.bar svg { display: block; width: 100%; height: .7rem; border-radius: .35rem; background: var(--sunk); }
rect.deny { fill: var(--deny); } rect.warn { fill: var(--warn); } rect.audit { fill: var(--audit); }
rect.excepted { fill: var(--excepted); } rect.error { fill: var(--error); } rect.pass { fill: var(--pass); } rect.skip { fill: var(--skip); }
.bar ul { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; margin-top: .5rem; font-size: .9rem; }
.bar li::before { content: ""; display: inline-block; width: .7em; height: .7em; margin-right: .45em; border-radius: .2em; background: var(--dot); }
li.deny { --dot: var(--deny); } li.warn { --dot: var(--warn); } li.audit { --dot: var(--audit); }
li.excepted { --dot: var(--excepted); } li.error { --dot: var(--error); } li.pass { --dot: var(--pass); } li.skip { --dot: var(--skip); }

#filters { display: flex; flex-wrap: wrap; align-items: end; gap: .8rem 1.4rem; margin-bottom: 1.25rem; padding: 1rem 1.1rem; border: 1px solid var(--line); border-radius: .8rem; background: var(--card); }
#filters legend, .search > span, .select > span { display: block; margin-bottom: .25rem; padding: 0; color: var(--soft); font-size: .82rem; }
.search { flex: 1 1 16rem; } .select { flex: 0 1 14rem; }
input[type=search], select, button { width: 100%; min-height: 2.4rem; padding: .3rem .7rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--page); color: inherit; font: inherit; }
button { width: auto; cursor: pointer; }
.chip { display: inline-flex; align-items: center; gap: .35rem; min-height: 2.1rem; margin: 0 .3rem .2rem 0; padding: .1rem .65rem; border: 1px solid var(--line); border-radius: 2rem; cursor: pointer; }
.chip span { color: var(--soft); font-variant-numeric: tabular-nums; }
.chip input { margin: 0; accent-color: var(--text); }
.chip:has(:checked) { border-color: currentColor; }
.chip:has(:focus-visible) { outline: 3px solid var(--focus); outline-offset: 2px; }
.status { display: flex; flex: 1 1 100%; align-items: center; justify-content: space-between; gap: 1rem; color: var(--soft); }

.group { margin-bottom: 1.75rem; }
summary { display: flex; align-items: baseline; gap: .6rem; padding: .45rem 0; cursor: pointer; list-style: none; }
summary::-webkit-details-marker { display: none; }
summary::before { content: "▸"; color: var(--soft); transition: transform .12s; }
[open] > summary::before { transform: rotate(90deg); }
h3 { font-size: 1.12rem; }
summary code { margin-left: .35rem; color: var(--soft); font-weight: 400; }
h3.name { font: 600 1.02rem/1.5 var(--mono); }
.policy { max-width: 48rem; margin: 0 0 1rem 1.2rem; color: var(--soft); }
.policy .cure { margin-top: .5rem; color: var(--text); }
.links { margin-top: .35rem; }

.finding { position: relative; margin-bottom: .9rem; padding: 1rem 1.15rem 1.05rem 1.4rem; border: 1px solid var(--line); border-radius: .8rem; background: var(--card); overflow: hidden; }
.finding::before { content: ""; position: absolute; inset: 0 auto 0 0; width: .35rem; background: var(--mine); }
.finding.deny { --mine: var(--deny); --mine-soft: var(--deny-soft); }
.finding.warn { --mine: var(--warn); --mine-soft: var(--warn-soft); }
.finding.audit { --mine: var(--audit); --mine-soft: var(--audit-soft); }
.finding.excepted { --mine: var(--excepted); --mine-soft: var(--excepted-soft); }
.finding.error { --mine: var(--error); --mine-soft: var(--error-soft); }
.finding > :is(h3, h4) { font-size: 1.02rem; line-height: 1.45; }
.finding > :is(h3, h4) code { padding: .05em .3em; border-radius: .3em; background: var(--sunk); }
.labels { display: flex; flex-wrap: wrap; align-items: baseline; gap: .2rem .7rem; margin-top: .2rem; color: var(--soft); font-size: .9rem; }
.action { padding: 0 .5rem; border-radius: .4rem; background: var(--mine-soft); color: var(--mine); font-weight: 600; }
.severity.critical, .severity.high { color: var(--text); font-weight: 600; }
figure:not(.bar) { margin-top: .75rem; border-radius: .55rem; background: var(--sunk); overflow: hidden; }
.finding figcaption { padding: .4rem .9rem; border-bottom: 1px solid var(--line); color: var(--soft); font: .84rem/1.5 var(--mono); }
.finding figcaption:last-child { border: 0; }
pre { padding: .45rem 0 .5rem; font: .86rem/1.6 var(--mono); white-space: pre-wrap; tab-size: 4; }
pre code { font-size: inherit; }
.line { display: grid; grid-template-columns: 3.6rem 1fr; }
.line::before { content: attr(data-line); padding-right: .9rem; color: var(--soft); text-align: right; user-select: none; }
.line.gap { margin-top: .5rem; border-top: 1px dashed var(--line); padding-top: .5rem; }
.line.hit { background: var(--mine-soft); }
.line.hit::before { color: var(--mine); font-weight: 600; }
mark { background: none; color: var(--mine); font-weight: 600; text-decoration: underline; text-decoration-thickness: 2px; text-underline-offset: .22em; }
.facts { display: flex; flex-wrap: wrap; gap: .15rem 1.5rem; margin-top: .7rem; font-size: .9rem; }
.facts div { display: flex; gap: .5rem; }
dt { flex: none; color: var(--soft); } dt::first-letter { text-transform: uppercase; }
.finding .cure { margin-top: .55rem; font-size: .95rem; }
.cure b { font-weight: 600; }
.cure b::after { content: ":"; }
details:has(> .policy) .finding .cure { display: none; }

table { width: 100%; border-collapse: separate; border-spacing: 0; border: 1px solid var(--line); border-radius: .8rem; background: var(--card); font-size: .95rem; }
th, td { padding: .5rem .9rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: baseline; }
tr:last-child > * { border-bottom: 0; }
thead th { color: var(--soft); font-size: .85rem; font-weight: 500; }
tbody th { font-weight: 600; } tbody th p { color: var(--soft); font-weight: 400; }
tr:is(.expired, .unused) td:last-child { color: var(--warn); font-weight: 600; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
.skips { margin-top: .8rem; color: var(--soft); font-size: .92rem; }
footer { padding-block: 1rem 3rem; color: var(--soft); font-size: .88rem; }

@media (max-width: 40rem) {
  body { font-size: 15px; }
  .tiles { grid-template-columns: repeat(3, 1fr); gap: .5rem; }
  .tile { padding: .6rem .7rem; } .tile b { font-size: 1.5rem; } .tile span { font-size: .85rem; }
  .finding { padding: .85rem .8rem .9rem 1.05rem; }
  .line { grid-template-columns: 2.4rem 1fr; } .line::before { padding-right: .6rem; }
  .policy { margin-left: 0; }
  table, thead, tbody, tr, th, td { display: block; text-align: left; }
  thead { position: absolute; clip-path: inset(50%); }
  tbody tr { padding: .6rem .8rem; border-bottom: 1px solid var(--line); }
  tbody tr > * { padding: 0; border: 0; }
  td.number { text-align: left; } td.number::after { content: " objects"; }
}
@media (prefers-reduced-motion: reduce) { * { transition: none !important; } }
@media (forced-colors: active) { .finding::before { forced-color-adjust: none; } }
@media print {
  :root { --page: #fff; --card: #fff; --sunk: #f6f6f4; --line: #ccc; --text: #000; --soft: #444; --link: #000; color-scheme: light; }
  body { font-size: 10pt; } body > * { max-width: none; padding-inline: 0; }
  #filters, summary::before { display: none; }
  .finding { break-inside: avoid; }
  .line.hit, rect, .tile, .action, .finding::before { print-color-adjust: exact; }
}
`
