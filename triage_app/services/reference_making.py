"""Making a pack of reference data from files as their publishers hand them out, and signing it.

Each file is read by the same loader that will read it where the pack is taken, so what cannot be taken is not packed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from triage_app.domain.reference import KEV, LIST, ODS, Described, SetKind
from triage_app.errors import BadFile, BadInput, NotFound
from triage_app.formats import reference_pack
from triage_app.language import say
from triage_app.paths import write_whole
from triage_app.services import reference_sets
from triage_app.services.reference_sets import Unfit

_KEV_NAMES: Final = ("kev.json", "known_exploited_vulnerabilities.json")
_ODS_NAMES: Final = ("ods.csv", "etr.csv")
_SAID: Final = {
    KEV: ("CISA, catalogue of known exploited vulnerabilities", "CC0-1.0"),
    ODS: (
        "NHS England, Organisation Data Service",
        "Contains NHS England Organisation Data Service data, under the Open Government Licence v3.0",
    ),
}
_MOST_KEY: Final = 64 * 1024


@dataclass(frozen=True)
class Made:
    """A pack that was written."""

    path: Path
    size: int
    sets: tuple[Described, ...]
    left: tuple[str, ...]
    "Names of files in the folder that are no set."
    key: str
    "The public half of the key that signed it, in hexadecimal: what keys.json has to name."


def make(
    folder: Path, key: Path, made: date, *, out: Path | None = None, name: str = "", as_of: Mapping[str, date]
) -> Made:
    """Pack and sign every set in a folder. ``as_of`` is the day of sets whose files do not say it, by set.

    Raises ``NotFound`` for a folder without any, ``BadFile`` for a file that its loader does not take, and
    ``BadInput`` for a key that is none, a day that is missing, or one that the file contradicts.
    """
    private = _key(key)
    sets: list[tuple[Described, bytes]] = []
    left = []
    try:
        paths = sorted(one for one in folder.iterdir() if one.is_file())
    except OSError:
        raise NotFound(say("{0} is no folder that can be read.", folder), "Name the folder with the files.") from None
    for path in paths:
        kind = _kind_of(path.name)
        if kind is None:
            left.append(path.name)
            continue
        if any(said.code == kind.code for said, _ in sets):
            raise BadInput(say("Two files in the folder are the set “{0}”.", kind.code), "Leave one of them.")
        sets.append(_packed(kind, path, as_of))
        if sets[-1][0].as_of > made:
            raise BadInput(say("{0} is of {1}, which is after today.", path.name, sets[-1][0].as_of),
                           "Check the day, and this computer's clock.")  # fmt: skip
    if not sets:
        raise NotFound(
            say("No file in {0} is a set of reference data.", folder),
            "Call them known_exploited_vulnerabilities.json, etr.csv, or as the code lists are called.",
        )
    target = out if out is not None else Path(f"triage-reference-{made.isoformat()}{reference_pack.SUFFIX}")
    data = reference_pack.write(name or say("Reference data of {0}", made), made, sets, private.sign)
    if len(data) > reference_pack.MOST_BYTES:
        raise BadInput("The pack would be larger than any that is taken.", "Make two of it.")
    write_whole(target, data)
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
    return Made(target, len(data), tuple(said for said, _ in sets), tuple(left), public)


def _kind_of(name: str) -> SetKind | None:
    kinds = reference_sets.kinds()
    if name in _KEV_NAMES:
        return kinds["kev"]
    if name in _ODS_NAMES:
        return kinds["ods"]
    found = kinds.get(name.removesuffix(".json")) if name.endswith(".json") else None
    return found if found is not None and found.kind == LIST else None


def _packed(kind: SetKind, path: Path, as_of: Mapping[str, date]) -> tuple[Described, bytes]:
    data = _read(path, reference_sets.MOST_BYTES)
    try:
        own = reference_sets.own_day(kind, data)
        day = own if own is not None else as_of.get(kind.code)
        if day is None:
            raise BadInput(
                say("{0} does not say of which day it is.", path.name),
                say("Give the day on which it was published: --as-of {0}=2026-11-28.", kind.code),
            )
        if as_of.get(kind.code, day) != day:
            raise BadInput(say("{0} says that it is of {1}.", path.name, day), "Leave --as-of out for it.")
        if kind.kind == LIST:
            told = json.loads(data)
            source, licence = told["source"], told.get("licence") or "Own work of its publisher"
        else:
            source, licence = _SAID[kind.kind]
        said = Described(kind.code, source, licence, day)
        reference_sets.load(kind, said, data)
    except Unfit as error:
        raise BadFile(say("{0} cannot be packed: {1}.", path.name, error), "Mend the file, or leave it out.") from None
    return said, data


def _read(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError:
        raise NotFound(
            say("{0} cannot be read.", path.name), "Check that it is there and that you may read it."
        ) from None
    if len(data) > most:
        raise BadFile(say("{0} is larger than {1} bytes.", path.name, f"{most:,}"), "Check which file that is.")
    return data


def _key(path: Path) -> Ed25519PrivateKey:
    try:
        found = load_pem_private_key(_read(path, _MOST_KEY), password=None)
    except (ValueError, TypeError):
        found = None  # no PEM, or one under a passphrase
    if not isinstance(found, Ed25519PrivateKey):
        raise BadInput(
            say("{0} is no Ed25519 key in PEM without a passphrase.", path.name),
            "Make one with “openssl genpkey -algorithm ed25519”, and keep it off the network.",
        )
    return found
