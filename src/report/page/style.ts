/**
 * The page's style. Colours have a contrast of at least 4.5 as text and 3 as lines on both grounds; those of lines are
 * told apart with any kind of colour vision (after Okabe and Ito, "Color universal design", 2008, darker or lighter).
 */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #ffffff; --raised: #f5f6f8; --ink: #1b1f24; --soft: #57606a; --line: #d5dae0; --strong: #000000;
  --accent: #0a5ea8; --c1: #0072b2; --c2: #c04a00; --c3: #00805c; --c4: #a3508c; --c5: #8a6100; --c6: #4d5864;
  --good: #00704f; --caution: #b03a00;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --ground: #15181c; --raised: #1f2429; --ink: #e4e8ec; --soft: #a3adb8; --line: #3a424a; --strong: #ffffff;
    --accent: #6db7f2; --c1: #58aee8; --c2: #f08a4b; --c3: #3cc495; --c4: #de8fc6; --c5: #e0b043; --c6: #aab4bf;
    --good: #4fd0a0; --caution: #f5975c;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--ground); color: var(--ink); line-height: 1.5;
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  -webkit-text-size-adjust: 100%; overflow-wrap: break-word;
}
header, nav, main, footer { max-width: 66rem; margin: 0 auto; padding: 0 1rem; }
header { padding-top: 2rem; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0.2rem 0 0.5rem; letter-spacing: -0.01em; text-wrap: balance; }
h2 { font-size: 1.3rem; line-height: 1.25; margin: 0 0 0.75rem; letter-spacing: -0.005em; }
h3 { font-size: 1rem; margin: 0 0 0.4rem; }
p, ul, dl { margin: 0 0 0.75rem; max-width: 46rem; }
.eyebrow, .soft, figcaption, .caption { color: var(--soft); }
.eyebrow { margin: 0; font-size: 0.85rem; letter-spacing: 0.04em; text-transform: uppercase; }
.name { unicode-bidi: isolate; }
a { color: var(--accent); }
nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: 0.25rem 1.1rem; margin: 0; padding: 0.6rem 0; max-width: none; }
nav { border-block: 1px solid var(--line); margin-block: 1rem 0; max-width: 64rem; padding: 0; }
nav a { display: inline-block; padding: 0.15rem 0; }
section { padding: 1.75rem 0 1rem; border-bottom: 1px solid var(--line); }
section:last-of-type { border-bottom: 0; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(10.5rem, 1fr)); gap: 0.75rem; margin: 0 0 1.25rem; max-width: none; }
.tiles div { background: var(--raised); border-radius: 0.5rem; padding: 0.8rem 0.9rem; }
.tiles dt { font-size: 0.85rem; color: var(--soft); }
.tiles dd { margin: 0; }
.tiles .value { font-size: 1.7rem; line-height: 1.25; font-weight: 600; font-variant-numeric: tabular-nums; }
.tiles .note { font-size: 0.85rem; color: var(--soft); }
.findings { list-style: none; padding: 0; }
.findings li { border-left: 3px solid var(--line); padding: 0.1rem 0 0.1rem 0.75rem; margin-bottom: 0.6rem; }
.findings li.good { border-color: var(--good); }
.findings li.caution { border-color: var(--caution); }
.findings strong { margin-right: 0.3em; }
.good strong { color: var(--good); }
.caution strong { color: var(--caution); }
.figures { columns: 2 24rem; column-gap: 2.5rem; margin-bottom: 1.25rem; }
figure { margin: 0 0 1.75rem; max-width: 30rem; break-inside: avoid; }
figure.full { column-span: all; max-width: none; }
figcaption { font-size: 0.9rem; margin-top: 0.35rem; max-width: 40rem; }
.chart { display: block; width: 100%; height: auto; overflow: visible; font-variant-numeric: tabular-nums; }
.chart.wide { width: auto; max-width: none; }
.scroll { overflow-x: auto; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 0.1rem 1rem; padding: 0; margin: 0 0 0.3rem; font-size: 0.85rem; color: var(--soft); }
.key { width: 22px; height: 8px; margin-right: 0.4rem; vertical-align: middle; }
table { border-collapse: collapse; font-size: 0.9rem; font-variant-numeric: tabular-nums; min-width: 100%; }
.caption { margin: 0 0 0.2rem; font-size: 0.9rem; }
th, td { text-align: left; padding: 0.3rem 0.9rem 0.3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
thead th { color: var(--soft); font-weight: 500; vertical-align: bottom; white-space: nowrap; }
tbody th { font-weight: 500; }
td .name, th .name { display: inline-block; max-width: 15rem; }
.short { white-space: nowrap; }
.number { text-align: right; white-space: nowrap; }
td.words { min-width: 9rem; max-width: 26rem; overflow-wrap: anywhere; }
tr.unused th, tr.unused td { color: var(--soft); }
.tables { margin-bottom: 1rem; break-inside: avoid-column; }
p.soft { font-size: 0.9rem; }
p.lead { font-size: 1.05rem; }
.tables table { width: auto; min-width: min(100%, 28rem); }
details { margin: 0.5rem 0 1rem; }
summary { cursor: pointer; color: var(--accent); }
pre { background: var(--raised); border-radius: 0.5rem; padding: 0.8rem 0.9rem; font-size: 0.85rem; line-height: 1.45; white-space: pre-wrap; overflow-wrap: anywhere; margin: 0 0 1rem; }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; }
footer { padding-block: 1rem 2.5rem; font-size: 0.85rem; color: var(--soft); }
@media (max-width: 40rem) {
  header { padding-top: 1.25rem; }
  h1 { font-size: 1.4rem; }
  nav { margin-inline: 1rem; }
  .tiles { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .tiles .value { font-size: 1.35rem; }
}
@media print {
  :root { font-size: 13px; }
  header, main, footer { max-width: none; padding-inline: 0; }
  header { padding-top: 0; }
  nav { display: none; }
  section { padding: 1rem 0 0.5rem; }
  h2, h3 { break-after: avoid; }
  tr, .tiles div, .findings li, pre { break-inside: avoid; }
  .figures { columns: 2; }
  .tiles div, pre { border: 1px solid var(--line); }
  .scroll { overflow: visible; }
  .chart.wide { max-width: 100%; }
  details::details-content { content-visibility: visible; block-size: auto; }
}
`;
