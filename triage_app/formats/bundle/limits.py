"""The bounds that every bundle keeps to, whoever wrote it (trust.md, section 2, unless a line says otherwise)."""

from __future__ import annotations

from typing import Final

MIB: Final = 1024 * 1024

PART_BYTES: Final = 64 * MIB
"Largest sealed part that is written by default: fits FAT32 sticks and most mail gateways' upload pages."

SEALED_BYTES: Final = 512 * MIB
"Largest sealed part that is read. age does not compress, so this bounds the opened archive too."

KEPT_BYTES: Final = 8 * MIB
"An opened archive that is kept in memory until it has been merged; a larger one is opened again for it."

ENTRIES: Final = 20_000
"Entries in one archive."

ENTRY_BYTES: Final = 256 * MIB
"Content of one entry."

TOTAL_BYTES: Final = 2048 * MIB
"Content of all entries of one archive together, as declared."

RATIO: Final = 400
"Content of an entry over its packed size. DEFLATE can reach 1,032; honest records stay under 60."

MANIFEST_BYTES: Final = 8 * MIB
"Content of the manifest. 20,000 entries take some 3 MB of it; it is parsed before its signer is known."

LINES: Final = 4_000_000
"Lines of all kinds in one archive: a line costs memory however short it is."

LINE_BYTES: Final = 32 * MIB
"One line: a record of 16 MB may double when its characters are escaped."

HEADER_BYTES: Final = 32 * 1024
"The age header of a sealed part. pyrage 1.4 reads headers in quadratic time: 2,400 stanzas take a minute."

RECIPIENTS: Final = 128
"Keys that one part is sealed to; as many stanzas are read."

WRITE_ENTRIES: Final = 10_000
WRITE_CONTENT_BYTES: Final = 256 * MIB
WRITE_LINES: Final = 500_000
"What the writer puts into one part at most, well inside what the reader takes, to spare the reader's memory."

LINES_ENTRY_BYTES: Final = 4 * MIB
"Content at which the writer begins the next entry of lines, or a quarter of the part where that is less."
