"""Rewriting the head of a page."""

from __future__ import annotations

from gui.page_ahead import AheadPage, Part, ahead_page
from gui.page_head import put_ahead, rewrite_head

PAGE = (
    b'<html><head><meta property="og:title" content="Other" /><link rel="manifest" href="/manifest.json" />'
    b'<link rel="stylesheet" crossorigin href="./assets/index-ab.css"><script src="own.js"></script></head>'
    b"<body><head></body></html>"
)


def rewritten() -> bytes:
    return rewrite_head(PAGE, b"<link href='ours.css'>", b"Boxloop")


def test_our_head_comes_first_with_the_title() -> None:
    start = rewritten().partition(b"<script")[0]
    assert start.index(b"<meta charset") < start.index(b"<title>Boxloop</title>") < start.index(b"ours.css")


def test_the_characters_are_named_where_browsers_look_for_it() -> None:
    assert rewritten().index(b"charset") < 1024


def test_tags_that_speak_for_another_site_are_gone() -> None:
    assert b"og:" not in rewritten()
    assert b"manifest" not in rewritten()


def test_the_framework_sheet_goes_into_a_layer_and_its_link_stays_switched_off() -> None:
    page = rewritten()
    assert b"@import url('./assets/index-ab.css') layer(framework)" in page
    assert b"media='not all' href='./assets/index-ab.css'" in page
    assert page.count(b"index-ab.css") == 2


def test_scripts_and_body_stay_as_they_are() -> None:
    assert b'<script src="own.js"></script></head><body><head></body></html>' in rewritten()


def test_a_page_without_a_head_passes_unchanged() -> None:
    assert rewrite_head(b"<p>gone</p>", b"ours", b"Boxloop") == b"<p>gone</p>"


FRAMED = (
    b'<head><script type="module" crossorigin src="./assets/index-a1.js"></script></head>'
    b"<body><gradio-app></gradio-app></body>"
)


def test_a_page_ahead_stands_behind_the_framework_whose_script_waits() -> None:
    page = put_ahead(FRAMED, AheadPage(b"", b"<div>ours</div>"))
    assert page.endswith(b"</gradio-app><div>ours</div></body>")
    assert b'src="./assets/index-a1.js"' not in page
    assert b'src: "./assets/index-a1.js"' in page


def test_a_framework_whose_script_is_not_known_is_left_to_begin_by_itself() -> None:
    page = FRAMED.replace(b"crossorigin", b"async")
    assert put_ahead(page, AheadPage(b"", b"")) == page


def test_props_of_a_part_are_no_markup() -> None:
    body = ahead_page([Part("top_bar", {"page": '"><b>'})], "scope").body
    assert b"<b>" not in body
