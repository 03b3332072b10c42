"""Rewriting the head of a page."""

from __future__ import annotations

from gui.page_head import rewrite_head

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
