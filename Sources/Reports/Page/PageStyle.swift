/// The page's style sheet.
enum PageStyle {
  static let text: StaticString = """
    :root {
      color-scheme: light dark;
      --paper: #fdfdfc; --ink: #1d2126; --dim: #68707a; --line: #e2e4e6; --band: #f4f5f5;
      --g0: #3f73ad; --g1: #4e8f5b; --g2: #8a5fae; --g3: #b0567b; --g4: #2c8c93; --g5: #8b7340;
      --el2: #d98324; --el2none: #e6e7e9; --el3: #7b4b94; --none: #b9bec4;
      --fault: #c8372d; --call: #17807c; --virq: #5a8f29;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --paper: #15181b; --ink: #dde1e5; --dim: #8d959e; --line: #2c3136; --band: #1c2024;
        --g0: #6d9fd6; --g1: #78b886; --g2: #b18bd3; --g3: #d983a6; --g4: #58b6bd; --g5: #b9a06a;
        --el2: #e79a45; --el2none: #2a2f34; --el3: #a97bc2; --none: #565d65;
        --fault: #ea6a60; --call: #4db8b3; --virq: #92c65f;
      }
    }
    * { box-sizing: border-box }
    body {
      margin: 0 auto; padding: 2rem 1.5rem 4rem; max-width: 76rem;
      background: var(--paper); color: var(--ink); font: 14px/1.5 system-ui, sans-serif;
    }
    h1 { font-size: 1.5rem; font-weight: 600; margin: 0 0 .25rem }
    h2 { font-size: 1.05rem; font-weight: 600; margin: 2.5rem 0 .5rem }
    p { margin: .25rem 0 .75rem; max-width: 60rem }
    p.dim, .dim { color: var(--dim) }
    code, pre, td.c { font: 12px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace }
    dl.facts { display: flex; flex-wrap: wrap; gap: .35rem 2rem; margin: .75rem 0 0 }
    dl.facts div { display: flex; gap: .5rem }
    dl.facts dt { color: var(--dim) }
    dl.facts dd { margin: 0; font-variant-numeric: tabular-nums }
    ul.tiles { list-style: none; display: flex; flex-wrap: wrap; gap: .75rem; margin: 1.25rem 0 0; padding: 0 }
    ul.tiles li { border: 1px solid var(--line); border-radius: 6px; padding: .5rem .9rem; min-width: 8rem }
    ul.tiles b { display: block; font-size: 1.3rem; font-weight: 600; font-variant-numeric: tabular-nums }
    ul.tiles span { color: var(--dim) }
    table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
    th { text-align: left; font-weight: 500; color: var(--dim); border-bottom: 1px solid var(--line) }
    th, td { padding: .28rem .9rem .28rem 0; vertical-align: top }
    td { border-bottom: 1px solid var(--line) }
    th.n, td.n { text-align: right; white-space: nowrap }
    td.c { overflow-wrap: anywhere }
    tr.group { cursor: pointer }
    tr.group:hover { background: var(--band) }
    tr.detail > td { padding: .5rem 1rem 1rem 1.6rem; background: var(--band) }
    tr.detail table { width: auto; margin-bottom: .75rem }
    button {
      font: inherit; color: inherit; background: none; border: 1px solid var(--line); border-radius: 4px;
      padding: 0 .6rem; cursor: pointer;
    }
    button.open { border: 0; padding: 0 .4rem 0 0; color: var(--dim) }
    button.open::before { content: "\\25b8" }
    button.open[aria-expanded=true]::before { content: "\\25be" }
    :focus-visible { outline: 2px solid var(--g0); outline-offset: 1px }
    pre { margin: 0; overflow-x: auto; white-space: pre; width: 0; min-width: 100% }
    .scroll { overflow-x: auto }
    .lanes { border: 1px solid var(--line); border-radius: 6px; padding: .4rem .4rem .2rem }
    canvas { display: block; width: 100%; cursor: crosshair; touch-action: pan-y }
    .bar { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; margin: .5rem 0 }
    .bar output { color: var(--dim); font-variant-numeric: tabular-nums; min-height: 1.5em; flex-basis: 100% }
    .legend span { margin-right: 1rem; white-space: nowrap }
    .legend i { display: inline-block; width: .75rem; height: .75rem; border-radius: 2px; margin-right: .35rem;
      vertical-align: -1px }
    .share { display: block; height: .5rem; margin-top: .45rem; background: var(--el2); border-radius: 2px;
      min-width: 1px }
    td.s { width: 9rem }
    details > summary { cursor: pointer; color: var(--dim); margin: .5rem 0 }
    svg text { font: 11px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: var(--ink) }
    svg text.dim { fill: var(--dim) }
    svg .x { fill: var(--g0) } svg .w { fill: var(--g4) } svg .r { fill: var(--g2) } svg .d { fill: var(--el2) }
    svg .f { fill: none; stroke: var(--fault); stroke-width: 1.5; stroke-dasharray: 3 2 }
    svg text.f { fill: var(--fault); stroke: none }
    svg path { opacity: .22 }
    footer { margin-top: 3rem; color: var(--dim) }
    @media print { .bar button { display: none } }
    """
}
