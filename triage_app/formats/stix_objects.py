"""The objects of a STIX file, streamed: those that become rows, and the names of those that others point to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any, Final
from zlib import compress, decompress

from triage_app.formats.building import strings, text_of
from triage_app.formats.decoding import TextSource
from triage_app.formats.indicator_rows import strictest, tlp_of
from triage_app.formats.json_feed import sound
from triage_app.formats.json_members import members
from triage_app.formats.records import Output, compact
from triage_app.formats.secrets import mask, may_hold_secret
from triage_app.formats.stix_pattern import masked
from triage_app.formats.strict_json import loads

MOST_NAMES: Final = 200_000
_MOST_TEXT: Final = 2_000
_PACK: Final = 1_000_000
"""Characters of objects that are packed together."""

_TLP_1: Final = {
    "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9": "CLEAR",
    "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da": "GREEN",
    "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82": "AMBER",
    "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed": "RED",
    "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487": "CLEAR",
    "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb": "GREEN",
    "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421": "AMBER",
    "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003": "AMBER+STRICT",
    "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1": "RED",
}
"""The marking definitions of TLP 1 (STIX 2.1, section 7.2.1.4) and TLP 2 (OASIS' common objects)."""


class Names:
    """What objects are called and how they are marked, by id. Nothing follows more than one reference."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._texts: dict[str, str] = {}
        self._labels = dict(_TLP_1)

    def learn(self, thing: dict[str, Any]) -> None:
        """Remember an object's name, or a marking's label."""
        name = text_of(thing.get("id"))
        if not name or len(self._names) >= MOST_NAMES:
            return
        if thing.get("type") == "marking-definition":
            definition = thing.get("definition")
            word = text_of(definition.get("tlp")) if isinstance(definition, dict) else ""
            label = tlp_of(word) or tlp_of(text_of(thing.get("name"))) or _extended(thing)
            if label:
                self._labels.setdefault(name, label)
            return
        called = text_of(thing.get("name")) or text_of(thing.get("value")) or text_of(thing.get("description"))
        self._names[name] = called[:200].strip()
        pattern = text_of(thing.get("pattern"))
        if pattern:
            self._texts[name] = pattern[:_MOST_TEXT]
        elif not called:
            self._texts[name] = " ".join(strings(thing))[:_MOST_TEXT]

    def of(self, untrusted_ref: Any) -> str:
        """Return what the object behind a reference is called, "" if it is not here."""
        return self._names.get(untrusted_ref, "") if isinstance(untrusted_ref, str) else ""

    def text(self, untrusted_ref: Any) -> str:
        """Return the text of the object behind a reference: its pattern, or what it says if it has no name."""
        return self._texts.get(untrusted_ref, "") if isinstance(untrusted_ref, str) else ""

    def tlp(self, thing: dict[str, Any]) -> str:
        """Return the strictest TLP label that an object is marked with, "" for none."""
        refs = thing.get("object_marking_refs")
        return (
            strictest(self._labels.get(ref, "") for ref in refs if isinstance(ref, str))
            if isinstance(refs, list)
            else ""
        )


class _Kept:
    """The texts of objects, each with its line, packed: a bundle of a hundred megabytes is held in ten."""

    def __init__(self) -> None:
        self._packed: list[bytes] = []
        self._open: list[tuple[int, str]] = []
        self._size = 0

    def add(self, line: int, text: str) -> None:
        """Keep the text of one object, which is sound JSON and so has no NUL in it."""
        self._open.append((line, text))
        self._size += len(text)
        if self._size >= _PACK:
            self._packed.append(compress("\0".join(f"{line} {text}" for line, text in self._open).encode(), 1))
            self._open, self._size = [], 0

    def __iter__(self) -> Iterator[tuple[int, str]]:
        """Yield (line, text) of each, in the order in which they came."""
        for packed in self._packed:
            for one in decompress(packed).decode().split("\0"):
                line, _, text = one.partition(" ")
                yield int(line), text
        yield from self._open


def _extended(marking: dict[str, Any]) -> str:
    """Return the label of a marking of TLP 2, which lies in an extension."""
    extensions = marking.get("extensions")
    inner = extensions.values() if isinstance(extensions, dict) else ()
    return next((tlp_of(text_of(one.get("tlp_2_0"))) for one in inner if isinstance(one, dict)), "")


def objects(
    source: TextSource, output: Output, meant: Collection[str]
) -> tuple[Iterator[tuple[int, dict[str, Any]]], Names]:
    """Read a file; return the objects of the types ``meant``, each with its line, and the names of all of them.

    Other types are counted, what cannot be read is rejected. The kept ones are held packed and parsed again in turn.
    """
    names = Names()
    kept = _Kept()
    ignored: Counter[str] = Counter()
    source.json = True
    for line, text, thing in sound(members(source.blocks(), ("objects",)), output):
        bundled = isinstance(thing, dict) and thing.get("type") == "bundle" and isinstance(thing.get("objects"), list)
        for one in thing["objects"] if bundled else [thing]:
            own = compact(one) if bundled else text
            if not isinstance(one, dict) or not isinstance(one.get("type"), str):
                output.reject(line, "not a STIX object: it has no type", own)
                continue
            if may_hold_secret(own):
                pattern = text_of(one.get("pattern"))
                hidden = masked(pattern) if text_of(one.get("pattern_type")) in {"", "stix"} else pattern
                if hidden != pattern:
                    one = {**one, "pattern": hidden}
                    own = compact(one)
                names.learn(mask(one))
            else:
                names.learn(one)
            if one["type"] in meant:
                kept.add(line, own)
            else:
                ignored[one["type"][:60]] += 1
    for word, number in ignored.items():
        for _ in range(number):
            output.ignore(word)
    return ((line, loads(text)) for line, text in kept), names
