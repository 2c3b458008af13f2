"""How names of sealed files end: by their content they are known, by these a desktop knows what opens them.

A further part of a bundle is called as its first, with a number behind: ``NAME.bundle.2``.
"""

from __future__ import annotations

from typing import Final

BUNDLE: Final = ".bundle"
CARRIED: Final = ".ctb"
"A bundle whose name tells nothing, as one is kept aside."
RECEIPT: Final = ".receipt"

ALL: Final = (BUNDLE, CARRIED, RECEIPT)
