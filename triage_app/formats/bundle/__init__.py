"""The bundle: the file by which two stores exchange journal entries and evidence, sealed and signed.

One part is age( strict ZIP( manifest, signature, links, bodies, evidence, keys, blobs by hash ) ).
"""

from __future__ import annotations

from triage_app.formats.bundle.contents import BundleContents, OpenedBundle, StreamedContents
from triage_app.formats.bundle.reading import (
    SignerCheck,
    VerifiedBundle,
    file_bytes,
    ordered_set,
    peek_bundle,
    read_bundle,
)
from triage_app.formats.bundle.sealing import OnceOpened
from triage_app.formats.bundle.spool import Spool
from triage_app.formats.bundle.writing import iter_parts, pack_bundle, write_bundle, write_bundle_files, write_packed

__all__ = [
    "BundleContents",
    "OnceOpened",
    "OpenedBundle",
    "SignerCheck",
    "Spool",
    "StreamedContents",
    "VerifiedBundle",
    "file_bytes",
    "iter_parts",
    "ordered_set",
    "pack_bundle",
    "peek_bundle",
    "read_bundle",
    "write_bundle",
    "write_bundle_files",
    "write_packed",
]
