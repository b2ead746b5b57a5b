"""What raters read before they begin: a Markdown file -> pages of HTML."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from sims_core.base.errors import SimsError
from sims_core.base.text_files import read_text

_MOST_BYTES = 2**18


@dataclass(frozen=True)
class RatersText:
    """Pages of HTML; raters agree to the first one.

    Attributes:
        title: The first heading, as text.
        pages: HTML by page: a page begins at each heading of the first rank.
        sha256: Of the Markdown text.
    """

    title: str
    pages: list[str]
    sha256: str


def read_raters_text(path: Path | None) -> RatersText:
    """Read a Markdown file, or the text that comes with the package.

    Raises:
        SimsError: The file is missing, no text, or has not two headings of the first rank. HTML in it is shown as text.
    """
    if path is None:
        text, where = (files("sims_core.study") / "page/raters.md").read_text(encoding="utf-8"), "raters.md"
    elif path.is_file():
        text, where = read_text(path, _MOST_BYTES), str(path)
    else:
        raise SimsError(path, "not found", expected="a Markdown file for raters")
    markdown = MarkdownIt("commonmark", {"html": False})
    tokens = markdown.parse(text)
    starts = [index for index, token in enumerate(tokens) if token.type == "heading_open" and token.tag == "h1"]
    if len(starts) < 2 or starts[0] != 0:
        raise SimsError(
            where,
            "is no text for raters",
            expected="two pages or more, each with a '# Heading': what raters agree to, and what they do",
            found=f"{len(starts)} headings",
        )
    pages: list[list[Token]] = [tokens[i:j] for i, j in zip(starts, [*starts[1:], len(tokens)], strict=True)]
    html = [str(markdown.renderer.render(page, markdown.options, {})) for page in pages]
    return RatersText(tokens[1].content, html, hashlib.sha256(text.encode()).hexdigest())
