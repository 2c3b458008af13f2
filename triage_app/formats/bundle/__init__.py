"""The bundle: the file by which two stores exchange journal entries and evidence, sealed and signed.

One part is age( strict ZIP( manifest, signature, links, bodies, evidence, keys, blobs by hash ) ).
"""

from __future__ import annotations

from triage_app.formats.bundle.contents import BundleContents, OpenedBundle
from triage_app.formats.bundle.reading import SignerCheck, file_bytes, ordered_set, peek_bundle, read_bundle
from triage_app.formats.bundle.writing import iter_parts, write_bundle, write_bundle_files

__all__ = [
    "BundleContents",
    "OpenedBundle",
    "SignerCheck",
    "file_bytes",
    "iter_parts",
    "ordered_set",
    "peek_bundle",
    "read_bundle",
    "write_bundle",
    "write_bundle_files",
]
