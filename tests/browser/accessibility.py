"""What axe-core finds on a page, and whether it fits its window."""

from __future__ import annotations

from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
ASK = """async (rules) => {
  const found = await axe.run(document, { runOnly: { type: "tag", values: rules }, resultTypes: ["violations"] })
  return found.violations.map((each) => `${each.id}: ${each.nodes.map((node) => node.target.join(" ") + " " + node.failureSummary).join("; ")}`)
}"""


def violations(page: Page, axe: str) -> list[str]:
    """The rules of WCAG 2.0 to 2.2 (A, AA) and of good practice that the page breaks as it is now, and sideways scrolling."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(axe)
    found: list[str] = page.evaluate(ASK, RULES)
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [*found, *([f"scrolls sideways by {wider} px"] if wider > 0 else [])]


def in_every_look(page: Page, axe: str, widths: dict[int, int]) -> list[str]:
    """The same in each of these windows (height by width), light and dark."""
    found = []
    for width, height in widths.items():
        page.set_viewport_size({"width": width, "height": height})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            found += [f"{width} px, {scheme}: {each}" for each in violations(page, axe)]
    return found
