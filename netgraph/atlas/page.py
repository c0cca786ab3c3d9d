"""A view, data and a script come in; a page of HTML goes out that shows the view and tells of what is pointed at."""

from __future__ import annotations

import json
from html import escape
from typing import Any

from netgraph.drawing.view import View

POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"      # the page asks for nothing from anywhere

STYLE = """
body { margin: 0; background: %(paper)s; font-family: Inter, 'Helvetica Neue', Arial, sans-serif; }
svg { display: block; margin: auto; width: 100vw; max-width: 1200px; height: auto; }
svg title { display: none; }
#tip { position: fixed; pointer-events: none; display: none; padding: 5px 9px; border-radius: 5px; font-size: 13px; max-width: 24em;
       overflow-wrap: anywhere; background: %(ink)s; color: %(paper)s; }
#tip small { opacity: .75; margin-left: .6em; }
"""

COMMON = """
const svg = document.querySelector('svg'), tip = document.getElementById('tip');
const data = JSON.parse(document.getElementById('data').textContent);
const place = event => { const p = svg.createSVGPoint(); p.x = event.clientX; p.y = event.clientY;
                         return p.matrixTransform(svg.getScreenCTM().inverse()); };
const tell = (words, more, event) => {
  tip.style.display = words ? 'block' : 'none';
  if (!words) return;
  tip.textContent = words;
  if (more) { const small = document.createElement('small'); small.textContent = more; tip.appendChild(small); }
  tip.style.left = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8) + 'px';
  tip.style.top = Math.min(event.clientY + 14, innerHeight - tip.offsetHeight - 8) + 'px';
};
"""


def page(view: View, data: Any, script: str, style: str = "") -> str:
    """The view as a page that needs no network. `script` may use svg, data, place(event) and tell(words, more, event).

    >>> import netgraph as ng
    >>> page(ng.draw_neurons(ng.chain(2, 1)), ["</script>"], "tell(data[0])").count("</script>")
    2
    """
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")     # no name can end the script
    colours = {"paper": view.theme.paper, "ink": view.theme.ink}
    return "\n".join([
        "<!doctype html>", '<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
        f"<title>{escape(view.title)}</title><style>{STYLE % colours}{style}</style></head><body>", view.svg(),
        f'<div id="tip"></div><script type="application/json" id="data">{text}</script><script>{COMMON}{script}</script>',
        "</body></html>", ""])
