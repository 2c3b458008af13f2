"""Write the bill of materials of what ships, as CycloneDX 1.6 in JSON: ``python packaging/sbom/bill.py OUT``.

Read from the lock and from ``resources/licences/parts.json``, so the same tree gives the same bytes on any machine:
the serial number is made of the content, the time is SOURCE_DATE_EPOCH. Checked against the schema before it is
written; exit code 1 and a sentence where it does not hold.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

ROOT: Final = Path(__file__).resolve().parents[2]
LOCKED: Final = re.compile(
    r"^([A-Za-z0-9._-]+)==([^\s;\\]+)((?:[^\n]*\\\n\s+--hash=sha256:[0-9a-f]{64})+)", re.MULTILINE
)
BUILT_WITH: Final = ("pip",)
"""Locked for the build alone."""
USUAL_TIME: Final = "1704067200"


def locked() -> dict[str, tuple[str, list[str]]]:
    """Return the version of each locked package and the SHA-256 of every file it is offered as, by its name."""
    found = LOCKED.findall((ROOT / "requirements.txt").read_text(encoding="utf-8"))
    return {
        name.lower(): (version, sorted(re.findall("[0-9a-f]{64}", hashes)))
        for name, version, hashes in found
        if name not in BUILT_WITH
    }


def version() -> str:
    """Return the program's own version."""
    text = (ROOT / "triage_app" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'__version__ = "([^"]+)"', text)
    return found[1] if found else sys.exit("bill: triage_app says no version.")


def bill() -> Bom:
    """Return the bill: the program, each package of the lock, and what lies inside them."""
    told = json.loads((ROOT / "resources" / "licences" / "parts.json").read_text(encoding="utf-8"))
    lock, licence = locked(), LicenseFactory()
    named = {one["name"].lower(): one for one in told["packages"]}
    if sorted(named) != sorted(lock):
        sys.exit(f"bill: the lock and parts.json differ in {sorted(set(named) ^ set(lock))}; bring them together.")
    whole = Component(name="triage", version=version(), type=ComponentType.APPLICATION, bom_ref="triage")
    made = Bom(serial_number=_serial(told, lock))
    made.metadata.timestamp = datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", USUAL_TIME)), UTC)
    made.metadata.component = whole
    by_name: dict[str, Component] = {}
    for name, (release, hashes) in sorted(lock.items()):
        by_name[name] = Component(
            name=named[name]["name"], version=release, type=ComponentType.LIBRARY, bom_ref=name,
            purl=PackageURL("pypi", None, name, release), description=named[name]["what"],
            licenses=[_licensed(licence, named[name]["licence"])],
            properties=[Property(name="locked:sha256", value=one) for one in hashes],
        )  # fmt: skip
    for one in told["inside"]:
        inside = Component(
            name=one["name"], type=ComponentType.LIBRARY, bom_ref=f"inside-{one['name'].lower()}",
            description=one["what"], licenses=[_licensed(licence, one["licence"])],
        )  # fmt: skip
        by_name[inside.name] = inside
        carrier = by_name.get(one.get("within", "").lower())
        made.register_dependency(whole if carrier is None else carrier, [inside])
    made.components.update(by_name.values())
    made.register_dependency(whole, [by_name[name] for name in lock])
    return made


def _licensed(licence: LicenseFactory, words: str) -> Any:
    """Return a licence as the standard wants it: an SPDX expression, or a name where there is none."""
    if words == "Public domain":
        return licence.make_with_name(words)
    return licence.make_from_string(words, license_text=None)


def _serial(told: Any, lock: Any) -> uuid.UUID:
    content = json.dumps([version(), told, lock], sort_keys=True).encode()
    return uuid.UUID(bytes=hashlib.sha256(content).digest()[:16], version=4)


def main() -> int:
    """Write the bill to the file that is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    out = parser.parse_args().out
    text = JsonV1Dot6(bill()).output_as_string(indent=1)
    told = json.loads(text)
    told.get("metadata", {}).pop("tools", None)  # which release of the writer it was is no part of what ships
    text = json.dumps(told, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    fault = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if fault is not None:
        print(f"bill: it does not hold to CycloneDX 1.6: {fault}", file=sys.stderr)
        return 1
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text, encoding="utf-8", newline="\n")
    print(f"bill: {out}, {len(told['components'])} components")
    return 0


if __name__ == "__main__":
    sys.exit(main())
