"""Results as people read them and as machines do: the only place that makes either.

A result is a frozen dataclass with a `status`. To show a new kind of result,
register it with `text_of` and `json_of` in this package.
"""

from __future__ import annotations

from uncork.render.json import as_json, json_of
from uncork.render.result import Result
from uncork.render.text import as_text, text_of

__all__ = ["Result", "as_json", "as_text", "json_of", "text_of"]
