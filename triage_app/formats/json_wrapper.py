"""Whether a JSON object that no format knows is a record, or only wraps a list of them; nothing around it is lost.

An object wraps its records if what else it says is about the answer and not about them: how many there are, where the
next page is, what the list is called. ``{"host": "pc1", "events": [{…}, {…}]}`` is a record that has a list, for its
events would no longer say where they happened.
"""

from __future__ import annotations

import re
from typing import Any, Final

_LOOKED: Final = 50
"""Elements of a list that tell whether it holds records."""

_NOT_SAID = re.compile(r"[^a-z0-9]+")

_ABOUT_PAGES: Final = frozenset(
    (
        *("count", "counts", "total", "totals", "totalcount", "totalresults", "totalitems", "totalhits"),
        *("resultcount", "resultsperpage", "itemsperpage", "perpage", "pagesize", "pagecount", "pagenumber"),
        *("totalpages", "size", "limit", "offset", "skip", "top", "start", "startindex", "end", "of", "page", "pages"),
        *("paging", "pagination", "first", "last", "next", "nextpage", "nextlink", "nexturl", "nexttoken", "prev"),
        *("previous", "previouspage", "self", "link", "links", "href", "cursor", "cursors", "hasmore", "hasnext"),
        *("more", "truncated", "done", "meta", "metadata", "header", "headers", "info", "response", "jsonapi"),
        *("responsemetadata", "took", "timedout", "elapsed", "duration", "requestid", "apiversion", "version"),
        *("schema", "schemaversion", "formatversion", "dataversion", "catalogversion", "specversion"),
        *("odatacontext", "odatacount", "odatanextlink", "odatadeltalink", "odatatype"),
    )
)
"""Names of what is only about the answer, in lower case without signs."""

_LABELS: Final = frozenset(
    (
        *("name", "title", "description", "type", "kind", "source", "feed", "author", "copyright", "license"),
        *("licence", "status", "statuscode", "code", "success", "ok", "message", "error", "errors", "warning"),
        *("warnings", "query", "generated", "generatedat", "generatedon", "generatedby", "generator", "exported"),
        *("exportedat", "exportedby", "updated", "updatedat", "lastupdated", "lastmodified", "published"),
        *("datereleased", "released"),
    )
)
"""Names of what says something of the list as a whole: not kept, and counted."""


def list_of_records(whole: dict[str, Any], *, goes_on: bool = False) -> str:
    """Return the member whose list holds the records of a single object, "" if the object is a record itself.

    An object that ``goes_on`` beyond what was looked at is no record of a person's making: its list is cut, and
    ``lost`` says behind it what its records do not carry.
    """
    lists = [
        name
        for name, value in whole.items()
        if isinstance(value, list) and sum(isinstance(one, dict) for one in value[:_LOOKED]) * 2 > len(value[:_LOOKED])
    ]
    if len(lists) != 1:
        return ""
    return lists[0] if goes_on or not _others(whole, lists[0]) else ""


def lost(outer: dict[str, Any], where: str) -> str:
    """Return a reason naming what stands around the list ``where`` and would be lost without it, "" for nothing."""
    names = _others(outer, where)
    if not names:
        return ""
    said = ", ".join(repr(name[:40]) for name in names[:5]) + (", …" if len(names) > 5 else "")
    return f"the records in its list were read, and do not carry what stands around them: {said}"


def labels(outer: dict[str, Any]) -> list[str]:
    """Return the names of what says something of the list as a whole."""
    return [name for name, value in outer.items() if _plain(name) in _LABELS and _says(value)]


def _others(whole: dict[str, Any], where: str) -> list[str]:
    """Return the members beside the list that are neither about pages nor labels."""
    return [
        name
        for name, value in whole.items()
        if name != where and not _is_about_pages(name, value) and not (_plain(name) in _LABELS and _is_flat(value))
    ]


def _is_about_pages(name: str, value: Any) -> bool:
    if not _says(value):
        return True
    if _plain(name) not in _ABOUT_PAGES:
        return False
    if isinstance(value, dict):
        return all(_is_about_pages(inner, one) for inner, one in value.items())
    return _is_flat(value)


def _is_flat(value: Any) -> bool:
    parts = value if isinstance(value, list) else [value]
    return not any(isinstance(one, dict | list) for one in parts)


def _says(value: Any) -> bool:
    return value is not None and value not in ("", [], {})


def _plain(name: str) -> str:
    return _NOT_SAID.sub("", name[:100].lower())
