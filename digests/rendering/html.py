"""The HTML part of a letter: an MJML template, compiled and inlined once per process, then filled for each letter.

templates/letter.mjml contains its loops and conditions as Jinja blocks in HTML comments, which the MJML compiler and
the CSS inliner leave alone. Third-party text is inserted only afterwards, with Jinja's autoescape.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import css_inline
from jinja2 import Environment, StrictUndefined, Template
from mjml import mjml2html

from digests.rendering.letter_view import LetterView
from presentation.i18n import Phrases

_TEMPLATES = Path(__file__).parents[1] / "templates"
BLOCKS = {
    "block_start_string": "<!--%",
    "block_end_string": "%-->",
    "comment_start_string": "<!--#",
    "comment_end_string": "#-->",
}
"""Jinja's delimiters in the template: HTML comments, which are allowed between the rows of a table."""


def render_page(view: LetterView) -> str:
    """The letter as one HTML page with inline styles and no external resources."""
    phrases = Phrases(view.language)
    return _template().render(letter=view, translate=phrases.translate, translate_plural=phrases.translate_plural)


@cache
def _template() -> Template:
    compiled = mjml2html(_read("letter.mjml"))
    inliner = css_inline.CSSInliner(
        inline_style_tags=False,
        keep_style_tags=True,
        extra_css=_read("letter.css"),
        load_remote_stylesheets=False,
        minify_css=True,
    )
    inlined = inliner.inline(compiled.replace("</head>", f"<style>{_read('head.css')}</style></head>", 1))
    page = re.sub(r">\s*\n\s*<", "><", inlined)
    return Environment(
        autoescape=True,
        undefined=StrictUndefined,
        block_start_string=BLOCKS["block_start_string"],
        block_end_string=BLOCKS["block_end_string"],
        comment_start_string=BLOCKS["comment_start_string"],
        comment_end_string=BLOCKS["comment_end_string"],
    ).from_string(page)


def _read(name: str) -> str:
    written = (_TEMPLATES / name).read_text(encoding="utf-8")
    return re.sub(r"/\*.*?\*/|(?<=[{};])\s+", "", written, flags=re.DOTALL) if name.endswith(".css") else written
