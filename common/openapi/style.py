"""The style of the page, inline, so that the page needs nothing else and its policy can name this very text."""

from __future__ import annotations

from typing import Final

STYLE: Final = """
:root{color-scheme:light dark;--ink:#1b2530;--soft:#5b6773;--line:#d9dfe5;--back:#fff;--side:#f4f6f8;--accent:#0b5c8a}
@media (prefers-color-scheme:dark){:root{--ink:#e3e8ed;--soft:#9aa7b4;--line:#33404c;--back:#12181e;--side:#1a222a;
--accent:#6cbbe8}}
*{box-sizing:border-box}
html{scroll-padding-top:1rem}
body{margin:0;display:grid;grid-template-columns:21rem minmax(0,1fr);color:var(--ink);background:var(--back);
font:15px/1.5 system-ui,sans-serif}
nav{position:sticky;top:0;height:100vh;overflow:auto;padding:1rem;background:var(--side);
border-right:1px solid var(--line)}
nav .brand{font-weight:700;margin:0 0 1rem}
nav h2{font-size:.8rem;letter-spacing:.06em;text-transform:uppercase;margin:1rem 0 .3rem}
nav h2 a{color:var(--soft)}
nav ul{list-style:none;margin:0;padding:0}
nav li a{display:flex;gap:.5rem;padding:.1rem 0;align-items:baseline;color:var(--ink)}
nav li span{overflow-wrap:anywhere;font:.8rem/1.4 ui-monospace,monospace}
nav li b{font-size:.62rem;width:3.8rem;padding-left:0;padding-right:0}
main{padding:1rem 2.5rem 4rem;max-width:70rem}
h1{font-size:1.7rem;margin:.5rem 0}
section>h2{margin:2.5rem 0 0;border-bottom:2px solid var(--line);padding-bottom:.3rem;text-transform:capitalize}
article{padding:1.2rem 0;border-bottom:1px solid var(--line)}
article:target{border-left:3px solid var(--accent);padding-left:1rem}
h3{margin:0;font-size:1rem;display:flex;gap:.7rem;align-items:baseline}
h3 code{font-size:1rem;font-weight:600;overflow-wrap:anywhere}
h4{margin:1rem 0 .3rem;font-size:.85rem;color:var(--soft)}
p{margin:.4rem 0}
a{color:var(--accent);text-decoration:none}
a:hover,a:focus{text-decoration:underline}
b.get,b.post,b.put,b.delete{flex:none;text-align:center;border-radius:.25rem;padding:.05rem .35rem;font-size:.72rem;
color:#fff}
b.get{background:#0b6b3a}b.post{background:#0b5c8a}b.put{background:#8a5a00}b.delete{background:#a32020}
.who,.says,i{color:var(--soft)}
code{font:.85em ui-monospace,monospace;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%;margin:.3rem 0}
th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;border:1px solid var(--line);font-size:.88rem}
td:first-child{width:30%}
th{color:var(--soft);font-weight:600;background:var(--side)}
summary{cursor:pointer;color:var(--accent);margin:.4rem 0}
@media (max-width:55rem){body{display:block}nav{position:static;height:auto;max-height:40vh}main{padding:1rem}}
@media print{nav{display:none}body{display:block}details>*{display:block}}
"""
