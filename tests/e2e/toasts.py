"""Messages that stay until a test has dealt with them, however slow the machine is."""

from __future__ import annotations

from playwright.sync_api import Page

# A message goes when nobody points at it for some seconds; each new one is pointed at before that time begins to run.
KEEP = """() => new MutationObserver((changes) => {
  for (const node of changes.flatMap(({ addedNodes }) => [...addedNodes])) {
    const toasts = node.matches?.(".bl-toast") ? [node] : [...(node.querySelectorAll?.(".bl-toast") ?? [])];
    for (const toast of toasts) toast.dispatchEvent(new PointerEvent("pointerenter"));
  }
}).observe(document.body, { childList: true, subtree: true })"""


def keep_toasts(page: Page) -> None:
    """From now on, until another page is opened."""
    page.evaluate(KEEP)
