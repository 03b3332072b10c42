"""A piece of a page that our own ES module draws: an empty element, filled by gui/components/<name>/main.js."""

from __future__ import annotations

from typing import Any

import gradio as gr

from gui import assets

# The whole address, since browsers reuse the compiled code of equal scripts, and with it the server that it came from,
# where somebody goes from one Boxloop to another one on the next port.
LOAD = """
import(location.origin + '%s')
  .then((early) => early.settle('%s', element, props, trigger, server, watch))
  .catch((error) => {
    console.error(error);
    document.getElementById('bl-ahead')?.remove();
    element.textContent = 'This part of the page did not load. Reload the page to try again.';
  });
"""


class UiModule:
    """Mounts gui/components/<name>/main.js, whose `mount(element, props, trigger, server, watch)` fills the element.

    Where the page was shown ahead of the framework, what was mounted then moves in here (shared/early.js).

    It holds its gr.HTML instead of deriving from it, because Gradio writes a stub file beside the source of every
    class derived from its components, at each start, which type checkers would then read in place of the source.

    Args:
        name: folder of the module below gui/components.
        props: plain JSON values for `props` in the module.
    """

    def __init__(self, name: str, *, elem_id: str | None = None, **props: Any) -> None:
        self.html = gr.HTML(
            None,
            html_template=f'<div class="bl-mount" data-module="{name}"></div>',
            js_on_load=LOAD % (assets.library().url("shared/early.js"), name),
            apply_default_css=False,
            container=False,
            padding=False,
            elem_id=elem_id,
            elem_classes=["bl-module", f"bl-module-{name.replace('_', '-')}"],
            **props,
        )
