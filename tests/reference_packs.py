"""Packs of reference data for tests, signed by a key of the tests' own."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from triage_app.domain.reference import Described
from triage_app.formats import reference_pack
from triage_app.services import reference_sets

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
STRANGER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
ZEROLOGON = "CVE-2020-1472"
Set = tuple[Described, bytes]


def public(key: Ed25519PrivateKey = KEY) -> str:
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def kev(day: str = "2026-11-26", *cves: str, **more: Any) -> Set:
    """The catalogue of exploited vulnerabilities as of a day."""
    entries = [
        {
            "cveID": cve, "vendorProject": "Microsoft", "product": "Netlogon", "dateAdded": "2021-11-03",
            "vulnerabilityName": "Privilege Escalation", "shortDescription": "", "requiredAction": "",
            "dueDate": "2021-11-17", "knownRansomwareCampaignUse": "Known",
        }
        for cve in cves or (ZEROLOGON,)
    ]  # fmt: skip
    told = {"title": "KEV", "dateReleased": f"{day}T17:04:19.9796Z", "count": len(entries), "vulnerabilities": entries}
    return Described("kev", "CISA", "CC0-1.0", date.fromisoformat(day)), json.dumps(told | more).encode()


def code_list(name: str, day: str, change: Callable[[dict[str, Any]], Any] = lambda _: None) -> Set:
    """A shipped code list, of another day and changed."""
    told = copy.deepcopy(reference_sets.shipped(name))
    told["date"] = day
    change(told)
    return Described(name, "Ours", "Own work", date.fromisoformat(day)), json.dumps(told).encode()


def known_good(day: str = "2026-12-01") -> Set:
    """The known-good values, with one more."""
    more = {"kind": "domain", "value": "updates.ward.example", "because": "the ward's updates"}
    return code_list("known_good", day, lambda told: told["values"].append(more))


def ods(day: str, *rows: tuple[str, str]) -> Set:
    """A file of the ODS with some codes and names."""
    lines = [",".join(f'"{cell}"' for cell in [code, name, "Y56", "QMJ", *[""] * 6, "20200401", *[""] * 16])
             for code, name in rows]  # fmt: skip
    return Described("ods", "NHS England", "OGL", date.fromisoformat(day)), "\r\n".join(lines).encode()


def packed(*sets: Set, made: str = "2026-12-02", key: Ed25519PrivateKey = KEY, name: str = "December 2026") -> bytes:
    """A pack of some sets."""
    return reference_pack.write(name, date.fromisoformat(made), list(sets), key.sign)


def signed(table: bytes, content: bytes = b"", key: Ed25519PrivateKey = KEY) -> bytes:
    """A pack with any bytes as its table."""
    head = reference_pack.MAGIC + b"%d\n" % len(table) + table
    return head + key.sign(head) + content


def laid(folder: Path, data: bytes, name: str = "triage-reference-2026-12.pack") -> Path:
    """A pack as a file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(data)
    return path


def codes(sets: Sequence[Any]) -> list[str]:
    return [one.said.code for one in sets]
