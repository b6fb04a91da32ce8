/** The style of the report and of the live page. Colours meet 4.5:1 on their ground in both themes. */
export const pageStyle = `
:root{color-scheme:light dark;--ground:#ffffff;--panel:#f5f7f9;--ink:#22272e;--quiet:#59636e;--grid:#d5d9de;--focus:#0b5cad;
--kpti-pcid:#1f6fb2;--kpti-nopcid:#b3410e;--kpti-pcid-hugepages:#2f7d32;--belljar:#7a3fb0}
@media (prefers-color-scheme:dark){:root{--ground:#14181d;--panel:#1d232a;--ink:#e6eaee;--quiet:#a3adb8;--grid:#38414b;--focus:#7cc0ff;
--kpti-pcid:#6cb6f5;--kpti-nopcid:#f59a6c;--kpti-pcid-hugepages:#7fcf83;--belljar:#c79bf2}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:940px;padding:1rem;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,"DejaVu Sans",sans-serif}
h1{font-size:1.6rem;line-height:1.2;margin:.5rem 0}h2{font-size:1.2rem;margin:0 0 .5rem}
.target{font-weight:600;overflow-wrap:anywhere}
section{background:var(--panel);border-radius:8px;padding:1rem;margin:1rem 0}
table{border-collapse:collapse;width:100%;margin:.5rem 0}caption{text-align:left;color:var(--quiet);font-size:.9rem}
th,td{padding:.3rem .6rem;border-bottom:1px solid var(--grid);text-align:right;font-variant-numeric:tabular-nums}
th:first-child,td.word{text-align:left}th[scope=row]{font-weight:400}.likely{font-weight:700}
.scroll{overflow-x:auto}figure{margin:0}figcaption,.quiet,footer{color:var(--quiet);font-size:.9rem}
svg{width:100%;height:auto;display:block;font-family:inherit}.narrow{display:none}
dl{margin:0;columns:2;column-gap:2rem}dl div{break-inside:avoid;display:flex;justify-content:space-between;gap:1rem;border-bottom:1px solid var(--grid);padding:.2rem 0}
dt{color:var(--quiet)}dd{margin:0;text-align:right;overflow-wrap:anywhere}
.dot{display:inline-block;width:.75em;height:.75em;border-radius:50%;margin-right:.5em;background:currentColor}
.dot.kpti-pcid{background:var(--kpti-pcid)}.dot.kpti-nopcid{background:var(--kpti-nopcid)}.dot.kpti-pcid-hugepages{background:var(--kpti-pcid-hugepages)}.dot.belljar{background:var(--belljar)}
code{font-size:.9em;overflow-wrap:anywhere}summary{cursor:pointer;padding:.3rem 0}
:focus-visible{outline:3px solid var(--focus);outline-offset:2px}
@media (max-width:600px){.wide{display:none}.narrow{display:block}dl{columns:1}body{padding:.5rem}section{padding:.7rem}th,td{padding:.3rem .4rem}}
@media print{section{break-inside:avoid;background:none;border:1px solid #ccc}}
`.trim();
