"""The pages in a real browser: no request, no sideways scrolling on a phone, readable in light and dark."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tasks.report.collaboration_page import render_collaboration
from tasks.report.page import render
from tests.browser import CHROMIUM, QUIET
from tests.sample_collaboration import sample_collaboration
from tests.sample_page import sample_page

pytestmark = pytest.mark.e2e
playwright = pytest.importorskip("playwright.sync_api", reason="playwright (the test extra) is not installed")

PHONE = {"width": 375, "height": 812}
DESKTOP = {"width": 1280, "height": 900}

# Every shown text against the first opaque background behind it: [contrast, text] below the WCAG AA minimum.
_LOW_CONTRAST = """() => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgb = (colours) => {
    canvas.clearRect(0, 0, 1, 1);
    for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const luminance = (c) => [0.2126, 0.7152, 0.0722].reduce((sum, weight, i) => {
    const v = c[i] / 255; return sum + weight * (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  }, 0);
  const low = [];
  for (const element of document.querySelectorAll('body *')) {
    const text = [...element.childNodes].filter(n => n.nodeType === 3).map(n => n.data.trim()).join('');
    if (!text || !element.checkVisibility() || element.closest('.bar, .visually-hidden')) continue;
    const style = getComputedStyle(element), behind = [];
    for (let e = element; e; e = e.parentElement) behind.unshift(getComputedStyle(e).backgroundColor);
    const back = rgb(behind), front = rgb([...behind, element.closest('svg') ? style.fill : style.color]);
    const [a, b] = [luminance(front), luminance(back)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
    if (ratio < (large ? 3 : 4.5)) low.push([Math.round(ratio * 100) / 100, text.slice(0, 40)]);
  }
  return low;
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator["playwright.Browser"]:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium)")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder: Path = tmp_path_factory.mktemp("report")
    pages = {
        "report": render(sample_page(synthetic=True)),
        "collaboration": render_collaboration(sample_collaboration(synthetic=True)),
    }
    for name, source in pages.items():
        (folder / f"{name}.html").write_text(source, encoding="utf-8")
    return {name: (folder / f"{name}.html").as_uri() for name in pages}


@pytest.fixture(params=["report", "collaboration"])
def address(addresses: dict[str, str], request: pytest.FixtureRequest) -> str:
    return addresses[request.param]


@pytest.fixture
def opened(browser: "playwright.Browser", address: str, request: pytest.FixtureRequest) -> Iterator["playwright.Page"]:
    """The page in a window of (size, colour scheme); it collects requests and console messages."""
    size, scheme = getattr(request, "param", (DESKTOP, "light"))
    context = browser.new_context(viewport=size, color_scheme=scheme)
    page = context.new_page()
    page.requested = []
    page.said = []
    page.on("request", lambda sent: page.requested.append(sent.url))
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    page.goto(address)
    yield page
    context.close()


def test_nothing_is_requested_and_nothing_a_model_wrote_runs(opened: "playwright.Page", address: str) -> None:
    assert opened.requested == [address]
    assert opened.said == []
    assert opened.title().startswith("SYNTHETIC")


def test_every_interval_that_a_table_draws_is_seen(opened: "playwright.Page") -> None:
    colours = opened.eval_on_selector_all(
        ".bar .ci, .bar .dot", "all => all.map(one => getComputedStyle(one).backgroundColor)"
    )
    assert len(colours) > 10
    assert "rgba(0, 0, 0, 0)" not in colours


@pytest.mark.parametrize("opened", [(PHONE, "light"), (DESKTOP, "light")], indirect=True, ids=["phone", "desktop"])
def test_the_page_never_scrolls_sideways_wide_tables_do_in_their_box(opened: "playwright.Page") -> None:
    width = opened.viewport_size["width"]
    opened.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert opened.evaluate("document.documentElement.scrollWidth") <= width
    boxes = opened.eval_on_selector_all(".scroll", "all => all.map(one => [one.scrollWidth, one.clientWidth])")
    assert boxes
    if width == PHONE["width"]:
        assert boxes[0][0] > boxes[0][1], "the leaderboard is wider than a phone and scrolls in its box"


def test_a_leaderboard_with_a_system_on_fewer_questions_fits_a_window(
    browser: "playwright.Browser", tmp_path: Path
) -> None:
    page = sample_page()
    systems = tuple(replace(one, n=1062) if one.system == "smcs-paper (select)" else one for one in page.result.systems)
    partial = replace(page, result=replace(page.result, systems=systems))
    (tmp_path / "report.html").write_text(render(partial), encoding="utf-8")
    opened = browser.new_page(viewport=DESKTOP)
    opened.goto((tmp_path / "report.html").as_uri())
    wide, there = opened.eval_on_selector(
        "[aria-label='Leaderboard table']", "one => [one.scrollWidth, one.clientWidth]"
    )
    opened.close()
    assert wide == there


@pytest.mark.parametrize("opened", [(PHONE, "light"), (DESKTOP, "light")], indirect=True, ids=["phone", "desktop"])
def test_charts_have_text_in_readable_size_and_no_label_over_another(opened: "playwright.Page") -> None:
    charts = [chart for chart in opened.query_selector_all("figure svg") if chart.is_visible()]
    assert len(charts) == (1 if "report.html" in opened.url else 2)
    boxes = charts[0].eval_on_selector_all(
        "text",
        """all => all.filter(one => one.getAttribute('opacity') !== '0').map(one => {
          const box = one.getBoundingClientRect();
          return [box.left, box.top + 2, box.right, box.bottom - 2, one.textContent];
        })""",
    )
    assert all(bottom - top + 4 >= 10 for _, top, _, bottom, _ in boxes), "letters are at least 10 px high"
    for i, (left, top, right, bottom, text) in enumerate(boxes):
        over = [
            other[4]
            for other in boxes[:i]
            if left < other[2] and other[0] < right and top < other[3] and other[1] < bottom
        ]
        assert not over, f"{text} covers {over}"


@pytest.mark.parametrize("opened", [(DESKTOP, "light"), (DESKTOP, "dark")], indirect=True, ids=["light", "dark"])
def test_every_text_has_enough_contrast(opened: "playwright.Page") -> None:
    opened.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert opened.evaluate(_LOW_CONTRAST) == []


def test_light_and_dark_differ(browser: "playwright.Browser", address: str) -> None:
    shades = []
    for scheme in ("light", "dark"):
        page = browser.new_page(color_scheme=scheme)
        page.goto(address)
        shades.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        page.close()
    assert shades[0] != shades[1]


def test_keyboard_reaches_the_tables_and_links_lead_to_sections(opened: "playwright.Page") -> None:
    opened.click("nav a[href='#examples']")
    assert opened.evaluate("location.hash") == "#examples"
    assert opened.evaluate("document.querySelector('#examples').getBoundingClientRect().top < innerHeight")
    assert opened.eval_on_selector_all(".scroll", "all => all.every(one => one.tabIndex === 0)")


def test_printed_it_shows_everything_on_light_paper(opened: "playwright.Page") -> None:
    opened.emulate_media(media="print", color_scheme="dark")
    opened.set_viewport_size({"width": 720, "height": 1000})  # A4 between margins of a centimetre
    assert opened.evaluate("document.documentElement.scrollWidth") <= 720
    assert opened.is_visible("details pre"), "what is folded on the screen is open on paper"
    assert opened.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not opened.is_visible("nav")
    assert len(opened.pdf(format="A4")) > 20_000
