"""Pages in HTML: templates of the package, one style for all."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined, Template


def page_template(name: str) -> Template:
    """Return templates/<name>: text is escaped, and a name that was not given is an error."""
    environment = Environment(
        loader=PackageLoader("sims_core.drawing", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    return environment.get_template(name)
