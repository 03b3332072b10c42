"""A page that is there before the page framework: its own parts stand in the HTML, and our scripts fill them.

Gradio takes a second or more to start. Until then nothing of a page could be seen, although our parts of it need Gradio
for nothing but their place. So they are mounted in a place of their own (shared/early.js), and move into Gradio's when
that is there. Gradio's script waits for their first screen, because it would take the processor from them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from gui import assets

# Begins the framework: once our script says so, and at last by itself. `%s` is the address of its script.
LATEST_MS = 4000
BEGIN = """<script>
(() => {
  let begun = false;
  window.boxloopBegin = () => {
    if (begun) return;
    begun = true;
    const script = document.createElement("script");
    Object.assign(script, { type: "module", crossOrigin: "", src: %s });
    document.head.append(script);
  };
  setTimeout(window.boxloopBegin, %d);
})();
</script>"""


@dataclass(frozen=True)
class Part:
    """One of our modules on a page, by the name of its folder, with its props.

    Its `mount` is given an element and the props only; it may give back a promise of its first screen.
    """

    name: str
    props: Mapping[str, Any]


@dataclass(frozen=True)
class AheadPage:
    """What is put into the page's HTML: at the start of the head, and at the end of the body."""

    head: bytes
    body: bytes


def ahead_page(parts: Iterable[Part], scope: str) -> AheadPage:
    """The HTML for these parts, from top to bottom.

    Args:
        scope: classes of the element round them.
    """
    parts = list(parts)
    ours = assets.library()
    names = [f"{part.name}/ahead.js" for part in parts if f"{part.name}/ahead.js" in ours.files]
    early = "shared/early.js"
    asking = [f'<script type="module" async src="{ours.url(name)}"></script>' for name in names]
    # In the order of their need: what asks for data first.
    needed = ours.needed_by([*names, early, *(f"{part.name}/main.js" for part in parts)])
    loading = [f'<link rel="modulepreload" href="{ours.url(name)}">' for name in needed]
    places = "".join(_place(part) for part in parts)
    body = (
        f'<div id="bl-ahead" class="{escape(scope)}">{places}</div>\n'
        f'<script type="module" async src="{ours.url(early)}" onerror="boxloopBegin()"></script>\n'
    )
    return AheadPage("\n".join([*asking, *loading]).encode(), body.encode())


def begin_later(source: str) -> bytes:
    """A script that begins the page framework's script at the address `source` when our first screen is there."""
    return (BEGIN % (json.dumps(source).replace("<", "\\u003c"), LATEST_MS)).encode()


def _place(part: Part) -> str:
    kind = part.name.replace("_", "-")
    props = escape(json.dumps(dict(part.props)))
    mount = f'<div class="bl-mount" data-module="{escape(part.name)}" data-props="{props}"></div>'
    return f'<div class="block bl-module bl-module-{escape(kind)}">{mount}</div>'
