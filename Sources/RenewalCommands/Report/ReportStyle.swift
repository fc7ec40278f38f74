/// How the report looks: on a screen, on a phone, in the dark and on paper.
///
/// Text is never lighter than 4.5 to 1 on its ground (WCAG 2.2, AA).
enum ReportStyle {
  /// Over the text of the page's style, as its security policy names it; a test holds
  /// it to that.
  static let hash = "sha256-OCHRRBTxtvDP5+jBH6iaOxsqa/znZN2nqDZVlA+sm20="

  /// For a drawing that stands alone.
  static let drawing: Markup =
    "<style>\(colors)\(charts)svg{background:var(--paper)}.narrow{display:block}</style>\n"

  static let page: Markup = "\(colors)\(body)\(tables)\(charts)\(small)\(paper)"

  private static let colors: Markup = """
    :root{color-scheme:light dark;--paper:#fdfcf8;--ink:#1e1c19;--soft:#625d54;--line:#dcd6c9;
    --faint:#f3f0e8;--blue:#1d5878;--good:#2c6a45;--warn:#855300;--bad:#a5281f;--mute:#8b8578;
    --sans:"Segoe UI",Roboto,"Helvetica Neue","Noto Sans","Liberation Sans",Arial,"PingFang SC",
    "Hiragino Sans GB","Microsoft YaHei","Noto Sans CJK SC",sans-serif;
    --serif:"Iowan Old Style","Palatino Linotype",Palatino,"URW Palladio L",P052,Georgia,
    "Liberation Serif","Times New Roman","Songti SC","Noto Serif CJK SC",serif}
    @media(prefers-color-scheme:dark){:root{--paper:#17181b;--ink:#e9e6df;--soft:#aaa69c;
    --line:#37383d;--faint:#202226;--blue:#84bbdc;--good:#85c79c;--warn:#e2b25c;--bad:#f2938a;
    --mute:#8d8a83}}

    """

  private static let body: Markup = """
    *{box-sizing:border-box}
    html{font:100%/1.5 var(--sans);color:var(--ink);background:var(--paper);
    -webkit-text-size-adjust:100%;text-size-adjust:100%}
    body{max-width:78rem;margin:0 auto;padding:3.5rem 2.5rem 4rem;
    font-variant-numeric:tabular-nums lining-nums}
    h1,h2,.verdict{font-family:var(--serif);font-weight:400;line-height:1.15;margin:0;
    text-wrap:balance}
    h1{font-size:clamp(2.1rem,1.5rem + 2.6vw,3.4rem);letter-spacing:-.012em}
    h2{font-size:1.35rem}
    h3{font-size:1rem;margin:0 0 .2rem}
    p{margin:0 0 .6rem}
    a{color:var(--blue);text-underline-offset:.18em}
    small{display:block;color:var(--soft);font-size:.82em;line-height:1.35}
    code{font:.86em/1.5 ui-monospace,"SF Mono",Menlo,Consolas,"Liberation Mono",monospace;
    overflow-wrap:anywhere}
    bdi{overflow-wrap:anywhere}
    :focus-visible{outline:2px solid var(--blue);outline-offset:3px;border-radius:1px}
    main:focus{outline:none}
    .skip{position:absolute;left:-99rem}
    .skip:focus{left:1rem;top:1rem;background:var(--paper);padding:.5rem 1rem;z-index:1}
    .masthead{display:grid;grid-template-columns:1fr auto;gap:.3rem 2rem;align-items:baseline;
    border-bottom:2px solid var(--ink);padding-bottom:1rem}
    .kicker{grid-column:1/-1;color:var(--soft);font-size:.86rem;margin:0}
    .kicker span{color:var(--ink);font-weight:600;margin-right:.6rem}
    .date{margin:0;color:var(--soft)}
    nav{grid-column:1/-1;font-size:.92rem;margin-top:.4rem}
    nav ul{display:flex;flex-wrap:wrap;gap:.2rem 1.4rem;list-style:none;margin:0;padding:0}
    nav a{display:inline-block;padding:.15rem 0}
    section{display:grid;grid-template-columns:11.5rem minmax(0,1fr);gap:0 2.5rem;
    padding:2.4rem 0 2.6rem;border-top:1px solid var(--line)}
    .summary{display:block;border:0;padding:2.2rem 0 2.4rem}
    .lead{max-width:44rem;color:var(--soft);margin-bottom:1.4rem}
    .verdict{font-size:clamp(1.45rem,1.2rem + 1.1vw,2rem);line-height:1.3;max-width:46rem;
    margin-bottom:2rem;padding-left:1.1rem;border-left:4px solid var(--good)}
    .verdict.warn{border-color:var(--warn)}
    .verdict.bad{border-color:var(--bad)}
    .figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(10rem,1fr));gap:1.6rem 2rem;
    margin:0}
    .figures div{border-top:1px solid var(--ink);padding-top:.5rem;min-width:0}
    .figures dt{color:var(--soft);font-size:.86rem}
    .figures dd{margin:0}
    .figures b{display:block;font-size:1.36rem;font-weight:500;line-height:1.3;
    overflow-wrap:anywhere}
    .figures small{overflow:hidden;display:-webkit-box;-webkit-box-orient:vertical;
    -webkit-line-clamp:2}
    .alerts{list-style:none;margin:0;padding:0}
    .alerts>li{border-left:4px solid var(--warn);padding:0 0 0 1.1rem;margin-bottom:1.8rem;
    max-width:48rem}
    .alerts>li.bad{border-color:var(--bad)}
    .alerts p{margin-bottom:.35rem}
    .when{color:var(--soft);font-size:.86rem}
    .alerts>li.quiet{border-color:var(--line);color:inherit}
    .subjects{list-style:none;margin:0 0 .35rem;padding:0}
    .subjects time{color:var(--soft);font-size:.86rem}
    details .alerts{margin-top:1rem}
    .chip{font-size:.8rem;font-weight:400;color:var(--soft);margin-left:.5rem}
    .bad>h3 .chip{color:var(--bad)}
    .obstacles,.rules{margin:0;padding-left:1.1rem;max-width:48rem}
    .obstacles li,.rules li{margin-bottom:.5rem}
    .rules li::marker,.obstacles li::marker{color:var(--mute)}
    .quiet{color:var(--soft)}
    details{margin-top:1rem}
    .budgets{list-style:none;margin:.8rem 0 0;padding:0;max-width:44rem}
    .budgets li{margin-bottom:1rem}
    .level{display:block;width:100%;height:.4rem;margin-top:.3rem}
    .level .room{fill:var(--line)}
    .level .reserved{fill:var(--warn)}
    #money h3{margin-top:1.6rem}
    summary{cursor:pointer;color:var(--blue);width:max-content}
    .colophon{border-top:2px solid var(--ink);padding-top:1.2rem;color:var(--soft);font-size:.86rem}
    .colophon dl{display:grid;grid-template-columns:11.5rem minmax(0,1fr);gap:.5rem 2.5rem;margin:0 0 1rem}
    .colophon dd{margin:0}
    .colophon p{max-width:48rem}

    """

  private static let tables: Markup = """
    .scroll{overflow-x:auto}
    table{border-collapse:collapse;width:100%;font-size:.92rem;line-height:1.4}
    caption{text-align:left;color:var(--soft);font-size:.86rem;padding-bottom:.6rem}
    th,td{text-align:left;vertical-align:top;padding:.5rem 1.2rem .5rem 0;
    border-bottom:1px solid var(--line);font-weight:400}
    th:last-child,td:last-child{padding-right:0}
    thead th{color:var(--soft);font-size:.86rem;vertical-align:bottom;white-space:nowrap;
    border-bottom:1px solid var(--ink)}
    thead button{all:unset;cursor:pointer;padding:.1rem 0}
    thead button:focus-visible{outline:2px solid var(--blue);outline-offset:3px}
    thead button:hover{color:var(--blue)}
    thead button::after{content:"↕";opacity:.45;margin-left:.35em}
    [aria-sort] button{color:var(--ink);font-weight:600}
    [aria-sort=ascending] button::after{content:"↑";opacity:1}
    [aria-sort=descending] button::after{content:"↓";opacity:1}
    tbody th bdi{font-weight:600}
    tbody th{max-width:19rem;min-width:9rem}
    tbody tr:hover{background:var(--faint)}
    tr[hidden]{display:none}
    .n{text-align:right}
    td.n,time{white-space:nowrap}
    .r{max-width:10rem}
    .s{white-space:nowrap}
    .s::before{content:"●";font-size:.7em;margin-right:.45em;vertical-align:.12em}
    .s.warn::before{content:"▲"}
    .s.bad::before{content:"◆"}
    .s.quiet::before{content:"○"}
    .s.good{color:var(--good)}
    .s.warn{color:var(--warn)}
    .s.bad{color:var(--bad)}
    .months{max-width:34rem}
    .tools{display:flex;flex-wrap:wrap;gap:.6rem 1.4rem;align-items:end;margin-bottom:1.2rem}
    .tools[hidden]{display:none}
    .tools label{display:grid;font-size:.86rem;color:var(--soft);gap:.15rem}
    .tools .phone{display:none}
    .tools p{margin:0 0 .45rem;color:var(--soft);font-size:.92rem}
    input,select,.more button{font:inherit;font-size:1rem;color:var(--ink);background:var(--paper);
    border:1px solid var(--mute);border-radius:2px;padding:.35rem .6rem;min-height:2.4rem}
    input{width:17rem;max-width:100%}
    .more{margin-top:1.2rem}
    .more button{cursor:pointer;padding:.35rem 1.2rem}

    """

  private static let charts: Markup = """
    figure{margin:0}
    .chart{display:block;width:100%;height:auto;overflow:visible;font:12px var(--sans);
    font-variant-numeric:tabular-nums}
    .chart.narrow{display:none}
    .chart text{fill:var(--soft);stroke:var(--paper);stroke-width:3px;paint-order:stroke;
    stroke-linejoin:round}
    .chart .label{fill:var(--ink);font-size:12.5px}
    .chart .count{font-size:11px}
    .chart .now{fill:var(--ink);font-weight:700}
    .grid{stroke:var(--line);stroke-width:1}
    .axis{stroke:var(--ink);stroke-width:1}
    .today{stroke:var(--ink);stroke-width:1;stroke-dasharray:2 3}
    .chart .today-text{fill:var(--ink);font-size:11px}
    .life{stroke:var(--mute);stroke-width:1}
    .o-renews{color:var(--blue)}.o-elsewhere{color:var(--good)}
    .o-ends{color:var(--mute)}.o-person{color:var(--bad)}
    rect.o-renews,rect.o-elsewhere,rect.o-ends,rect.o-person{fill:currentColor}
    .window{fill:currentColor;opacity:.32}
    .renewed{stroke:currentColor;stroke-width:1.5;stroke-dasharray:1 4;stroke-linecap:round}
    .floor,.stop{stroke:currentColor;stroke-width:2}
    .floor{stroke-width:1.5}
    .mark{fill:currentColor}
    .mark.hollow{fill:var(--paper);stroke:currentColor;stroke-width:2}
    .row:hover .life{stroke:var(--ink)}
    .paid{fill:var(--blue)}
    .planned{fill:var(--blue);fill-opacity:.14;stroke:var(--blue);stroke-width:1;stroke-dasharray:3 2}

    """

  private static let small: Markup = """
    @media(max-width:60rem){
    body{padding:2rem 1.4rem 3rem}
    section{display:block;padding:1.8rem 0 2rem}
    h2{margin-bottom:.7rem}
    .colophon dl{grid-template-columns:8rem minmax(0,1fr);gap:.4rem 1rem}
    }
    @media(max-width:46rem){
    body{padding:1.3rem 1rem 2.5rem}
    .masthead{grid-template-columns:1fr}
    .chart.wide{display:none}
    .chart.narrow{display:block}
    .figures{grid-template-columns:1fr 1fr;gap:1.2rem 1.2rem}
    .figures b{font-size:1.15rem}
    nav a{padding:.4rem 0}
    .colophon dl{display:block}
    .colophon dd{margin-bottom:.6rem}
    .tools label,.tools input,.tools select{width:100%}
    .tools .phone{display:grid}
    .scroll{overflow:visible}
    .fleet thead,.ledger thead{position:absolute;width:1px;height:1px;overflow:hidden;
    clip-path:inset(50%)}
    .fleet,.fleet tbody,.ledger,.ledger tbody,.fleet caption,.ledger caption{display:block}
    .fleet tr,.ledger tr{display:grid;grid-template-columns:minmax(0,1fr) auto;gap:.15rem 1rem;
    border-bottom:1px solid var(--line);padding:.75rem 0}
    .fleet tr[hidden]{display:none}
    .fleet th,.fleet td,.ledger th,.ledger td{padding:0;border:0;max-width:none;min-width:0}
    .fleet tr>:nth-child(1){order:1}
    .fleet tr>:nth-child(6){order:2;text-align:right}
    .fleet tr>:nth-child(2){order:3}
    .fleet tr>:nth-child(5){order:4}
    .fleet tr>:nth-child(3){order:5;grid-column:1/-1}
    .fleet tr>:nth-child(4){display:none}
    .ledger tr>:nth-child(2){order:1}
    .ledger tr>:nth-child(5){order:2}
    .ledger tr>:nth-child(4){order:3}
    .ledger tr>:nth-child(6){order:4;text-align:right}
    .ledger tr>:nth-child(1){order:5;color:var(--soft)}
    .ledger tr>:nth-child(3){order:6;text-align:right}
    }

    """

  private static let paper: Markup = """
    @media print{
    @page{margin:16mm 15mm}
    :root{color-scheme:light;--paper:#fff;--ink:#000;--soft:#444;--line:#bbb;--faint:#fff;
    --blue:#1d5878;--good:#2c6a45;--warn:#855300;--bad:#a5281f;--mute:#777}
    html{font-size:9.5pt}
    body{max-width:none;padding:0}
    nav,.skip,.tools,.more,thead button::after{display:none}
    section{display:block;padding:1.1rem 0}
    h2{margin-bottom:.5rem;break-after:avoid}
    .chart.wide{display:block}
    .chart.narrow{display:none}
    figure,tr,.alerts>li,.figures div,#time,#money,#policy{break-inside:avoid}
    .figures{grid-template-columns:repeat(3,1fr)}
    thead{display:table-header-group}
    details{display:block}
    .scroll{overflow:visible}
    th,td{padding-top:.3rem;padding-bottom:.3rem}
    *{-webkit-print-color-adjust:exact;print-color-adjust:exact}
    }

    """
}
