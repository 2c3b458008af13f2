"""The mappings that were confirmed before, packed so that a reader process can be started with them.

They travel in its command line, of which Windows takes 32,767 characters and Linux 131,072 an argument.
"""

from __future__ import annotations

import json
import sys
import zlib
from base64 import b64decode, b64encode
from collections.abc import Mapping as AnyMapping
from typing import Final

from triage_app.domain.mapping import Mapping

MAX_PACKED: Final = 24_000 if sys.platform == "win32" else 100_000
"""Characters: some hundred tables on Windows, four times as many elsewhere."""


def packed(mappings: AnyMapping[str, Mapping]) -> str:
    """Return mappings as one word of ASCII; where not all fit, as many of the first as do."""
    chosen = [(name, known.as_data()) for name, known in mappings.items()]
    while chosen:
        data = json.dumps(dict(chosen), ensure_ascii=False, separators=(",", ":")).encode()
        word = b64encode(zlib.compress(data)).decode("ascii")
        if len(word) <= MAX_PACKED:
            return word
        chosen = chosen[: min(len(chosen) * MAX_PACKED // len(word), len(chosen) - 1)]
    return ""


def unpacked(word: str) -> dict[str, Mapping]:
    """Return the mappings that our own program packed; raise ``ValueError`` for what it did not."""
    if not word:
        return {}
    try:
        data = json.loads(zlib.decompress(b64decode(word, validate=True)))
    except zlib.error as error:
        raise ValueError("no packed mappings") from error
    return {name: Mapping.from_data(known) for name, known in data.items()}
