"""What axe-core finds on a page, and whether it fits its window."""

from __future__ import annotations

from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
ASK = """async (rules) => {
  const found = await axe.run(document, { runOnly: { type: "tag", values: rules }, resultTypes: ["violations"] })
  const told = (node) => `${node.target.join(" ")} ${node.failureSummary}`
  return found.violations.map((each) => `${each.id}: ${each.nodes.map(told).join("; ")}`)
}"""


def violations(page: Page, axe: str) -> list[str]:
    """The rules of WCAG 2.0 to 2.2 (A, AA) and best practice that the page breaks as it is now, and sideways scrolling."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(axe)
    found: list[str] = page.evaluate(ASK, RULES)
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [*found, *([f"scrolls sideways by {wider} px"] if wider > 0 else [])]


def in_every_look(page: Page, axe: str, windows: dict[int, int]) -> list[str]:
    """The same in each of these windows (height by width), and once more in dark colours, the same at any width."""
    found = []
    for width, height in windows.items():
        page.set_viewport_size({"width": width, "height": height})
        found += [f"{width} px: {each}" for each in violations(page, axe)]
    page.emulate_media(color_scheme="dark")
    found += [f"dark: {each}" for each in violations(page, axe)]
    page.emulate_media(color_scheme="light")
    return found
