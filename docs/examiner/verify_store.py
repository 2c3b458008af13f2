#!/usr/bin/env python3
"""Verify a store of Triage without any code of Triage.

Needs Python 3.11 and three packages: sqlcipher3 (opens the file), argon2-cffi (derives the key from the passphrase) and
cryptography (checks signatures). It reads; it writes nothing but the statement it is asked for. Work on a copy: the
store file, its -wal file if there is one, and store.keys. What the formats are is in README.md beside this file.

    python verify_store.py COPY/store.db COPY/store.keys --passphrase-file secret.txt --statement statement.txt

Exit code 0: nothing was found wrong. 1: something was, and each finding is named. 2: it could not be examined.
"""

from __future__ import annotations

import argparse
import getpass
import hashlib
import json
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlcipher3.dbapi2 as sqlcipher
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
GROUP, ID_BYTES = 16, 32
ABSENT = "\0absent"


def canonical(value: Any) -> bytes:
    """Return JSON with sorted keys, no spaces, UTF-8: the form in which everything is hashed and signed."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def named(word: str, data: bytes) -> str:
    """Return the SHA-256 of data under a word that says what it is of."""
    return hashlib.sha256(word.encode() + b"\0" + data).hexdigest()


def signature_fits(key: str, signed: bytes, signature: bytes) -> bool:
    """Tell whether an Ed25519 signature is that of a public key (hex)."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(signature, signed)
    except (InvalidSignature, ValueError):
        return False
    return True


# ---- opening ----------------------------------------------------------------------------------------------------


def data_key(key_file: Path, secret: bytes, kinds: tuple[str, ...]) -> bytes:
    """Return the key of the store, out of the slot that the secret opens."""
    content = json.loads(key_file.read_bytes())
    for slot in content["slots"]:
        if slot["kind"] not in kinds:
            continue
        bound = {name: value for name, value in slot.items() if name != "ct"}
        bound |= {"store": content["store"], "version": content["version"]}
        derived = hash_secret_raw(
            secret, bytes.fromhex(slot["salt"]), slot["t"], slot["m"], slot["p"], hash_len=32, type=Type.ID
        )
        try:
            return ChaCha20Poly1305(derived).decrypt(
                bytes.fromhex(slot["nonce"]), bytes.fromhex(slot["ct"]), canonical(bound)
            )
        except InvalidTag:
            continue
    raise SystemExit("The secret opens no slot of that key file.")


def recovery_bytes(text: str) -> bytes:
    """Return the 32 bytes of a printed recovery key: eight groups of eight, seven symbols of data and a check each."""
    lines = [line.replace("-", " ").split() for line in text.splitlines()]
    groups = [part for line in lines if all(len(part) == 8 and part.isalnum() for part in line) for part in line]
    if len(groups) == 8:  # a page with words around the key
        text = " ".join(groups)
    symbols = [ALPHABET.index(sign) for sign in text.upper().translate(str.maketrans("OIL", "011")) if sign.isalnum()]
    if len(symbols) != 64:
        raise SystemExit("A recovery key has 64 characters.")
    parts = []
    for start in range(0, 64, 8):
        bits = 0
        for symbol in symbols[start : start + 7]:
            bits = bits << 5 | symbol
        parts.append((bits >> 3).to_bytes(4, "big"))
    return b"".join(parts)


def opened(store: Path, key: bytes) -> Any:
    """Return a read-only connection to the encrypted file."""
    connection = sqlcipher.connect(f"file:{store}?mode=ro", uri=True)
    connection.execute("PRAGMA cipher_log_level = NONE")
    connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
    connection.execute("PRAGMA query_only = ON")
    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return connection


# ---- examining --------------------------------------------------------------------------------------------------


class Examination:
    """What was looked at in one store, and what was found wrong."""

    def __init__(self, connection: Any) -> None:
        self.db = connection
        self.findings: list[str] = []
        self.counts: dict[str, int] = {}
        self.tails: dict[str, dict[str, Any]] = {}
        self.state = ""

    def rows(self, sql: str, *values: Any) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query."""
        yield from self.db.execute(sql, values)

    def wrong(self, words: str) -> None:
        """Note a finding."""
        self.findings.append(words)

    def run(self) -> None:
        """Examine everything."""
        for (answer,) in self.rows("PRAGMA cipher_integrity_check"):
            self.wrong(f"The file itself: {answer}")
        for (answer,) in self.rows("PRAGMA integrity_check"):
            if answer != "ok":
                self.wrong(f"The database itself: {answer}")
        keys = self.identities()
        self.chains()
        self.bodies()
        self.checkpoints(keys)
        self.heads()
        self.evidence()
        self.blobs()
        self.state = self.state_hash()

    def identities(self) -> dict[str, str]:
        """Return each device's public key: the id is its hash, and the identity is signed by it."""
        found = {}
        for device, data in self.rows("SELECT device, bytes FROM identity"):
            said = json.loads(bytes(data))
            signature = bytes.fromhex(said.pop("sig"))
            key = said["ed25519"]
            if hashlib.sha256(bytes.fromhex(key)).hexdigest()[:32] != device or said["device"] != device:
                self.wrong(f"The identity of device {device} has another key than its name says.")
            elif not signature_fits(key, b"identity1\0" + canonical(said), signature):
                self.wrong(f"The identity of device {device} is not signed by its key.")
            else:
                found[device] = key
        self.counts["devices"] = len(found)
        return found

    def chains(self) -> None:
        """Each link names the one before it; numbers run from 1 without a gap; each hash is that of its link."""
        last: dict[tuple[str, str], tuple[int, str]] = {}
        count = 0
        for chain, device, seq, prev, body, v, link_hash in self.rows(
            "SELECT chain, device, seq, prev, body_hash, v, hash FROM link ORDER BY chain, device, seq"
        ):
            count += 1
            at, before = last.get((chain, device), (0, ""))
            if seq != at + 1 or prev != before:
                self.wrong(f"The chain {chain} of {device} is broken before {seq}.")
            link = {"body": body, "chain": chain, "device": device, "prev": prev, "seq": seq, "v": v}
            if named("link1", canonical(link)) != link_hash:
                self.wrong(f"Link {seq} of {chain} of {device} is not what its hash says.")
            last[(chain, device)] = (seq, link_hash)
        self.counts["links"] = count
        for (chain, device), (seq, link_hash) in last.items():
            self.tails[f"{chain} {device}"] = {"seq": seq, "hash": link_hash, "signed": 0}
        noted = {(row[0], row[1]): (row[2], row[3]) for row in self.rows("SELECT chain, device, seq, hash FROM tail")}
        for chain, device in sorted(noted.keys() ^ last.keys() | {end for end in last if noted.get(end) != last[end]}):
            self.wrong(f"The end of chain {chain} of {device} is not where the store notes it.")

    def bodies(self) -> None:
        """Each body that is here is the one that its link names."""
        counts: dict[str, int] = defaultdict(int)
        for device, seq, wanted, state, data in self.rows(
            "SELECT device, seq, body_hash, state, bytes FROM link LEFT JOIN body USING (n)"
        ):
            counts[f"bodies {state}"] += 1
            if state is None:
                self.wrong(f"Operation {seq} of {device} has lost its body.")
            elif state == "here" and named("body1", bytes(data)) != wanted:
                self.wrong(f"The body of operation {seq} of {device} is not the one that its link names.")
        self.counts |= counts

    def checkpoints(self, keys: dict[str, str]) -> None:
        """Each signature is that of its own device, over a link that is here; what no signature covers is counted."""
        forks = {row[0] for row in self.rows("SELECT DISTINCT device FROM pending WHERE reason = 'fork'")}
        for device in sorted(forks):
            self.wrong(f"Device {device} has signed two histories: a copy of its disk is in use, or its key is lost.")
        held = {(row[0], row[1], row[2]): row[3] for row in self.rows("SELECT chain, device, seq, hash FROM link")}
        count = 0
        for chain, device, seq, link_hash, signature in self.rows(
            "SELECT chain, device, seq, hash, sig FROM checkpoint"
        ):
            count += 1
            said = b"checkpoint1\0" + canonical([chain, device, seq, link_hash])
            if device not in keys:
                self.wrong(f"A signature over {chain} {device} {seq} is of a device whose key is not here.")
            elif not signature_fits(keys[device], said, bytes(signature)):
                self.wrong(f"The signature over {chain} {device} {seq} does not fit.")
            elif held.get((chain, device, seq)) == link_hash:
                tail = self.tails[f"{chain} {device}"]
                tail["signed"] = max(tail["signed"], seq)
        self.counts["signatures"] = count
        own = next((row[0] for row in self.rows("SELECT device FROM identity WHERE own = 1")), "")
        for name, tail in self.tails.items():
            chain, _, device = name.partition(" ")
            if chain == "journal" and device != own and tail["signed"] < tail["seq"]:
                self.wrong(f"No signature covers what {device} wrote after {tail['signed']}.")
        self.counts["operations not yet signed"] = sum(
            tail["seq"] - tail["signed"] for name, tail in self.tails.items() if name.startswith("journal ")
        )

    def heads(self) -> None:
        """What stands is what no operation that counts has replaced: made again here from the bodies alone."""
        named_by: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        there: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        uncounted = 0
        blobs = dict(self.rows("SELECT sha256, bytes FROM blob"))
        for link_hash, data, counts in self.rows(
            "SELECT link.hash, body.bytes, operation.applied FROM link JOIN body USING (n) JOIN operation USING (n)"
            " WHERE chain = 'journal' AND state = 'here'"
        ):
            if not counts:
                uncounted += 1
                continue
            body = json.loads(bytes(data))
            members = [[body["entity"], body["parents"]]]
            if body["batch"]:
                members = json.loads(bytes(blobs[body["batch"]]))
            for entity, parents in members:
                key = (body["kind"], entity, body["field"])
                there[key].add(link_hash)
                named_by[key].update(parents)
        computed = {(*key, one) for key, ones in there.items() for one in ones - named_by[key]}
        stored = set(self.rows("SELECT kind, entity, field, link.hash FROM head JOIN link USING (n)"))
        for kind, entity, field, _ in sorted(computed ^ stored)[:100]:
            self.wrong(f"What stands in {field} of {kind} {entity} is not what the journal says.")
        self.counts["values that stand"] = len(computed)
        self.counts["operations kept that do not count"] = uncounted

    def evidence(self) -> None:
        """Each row's name is the hash of the raw record that it came from; each import's rows are those signed for."""
        layouts = {row[0]: json.loads(row[1]) for row in self.rows("SELECT id, json FROM layout")}
        cursor = self.db.execute("SELECT * FROM evidence_row")
        names = [column[0] for column in cursor.description]
        count = 0
        for values in cursor:
            row = dict(zip(names, values, strict=True))
            count += 1
            if self.evidence_name(layouts.get(row["layout"]), row) != bytes(row["evidence_id"]).hex():
                self.wrong(f"Evidence row {row['id']} is not the record that its name says.")
        self.counts["evidence rows"] = count
        signed = defaultdict(set)
        fitting = defaultdict(set)
        for entity, device, data in self.rows(
            "SELECT entity, device, body.bytes FROM operation JOIN link USING (n) JOIN body USING (n)"
            " WHERE kind = 'import' AND field = 'root' AND entity <> '' AND applied = 1 AND body.state = 'here'"
        ):
            value = json.loads(bytes(data))["value"]
            if not isinstance(value, dict) or not {"root", "leaves"} <= value.keys():
                continue  # another laptop wrote it: no import of ours is signed so
            said = (str(value["root"]), str(value["leaves"]))
            signed[entity].add(said)
            made_by = f"import1\n{device}\n{value.get('nonce')}".encode("utf-8", "surrogatepass")
            if hashlib.sha256(made_by).hexdigest()[:32] == entity:
                fitting[entity].add(said)  # the id is that of an import of this device: nobody else's word counts
        signed.update(fitting)
        for number, entity in list(self.rows("SELECT id, entity FROM import WHERE state = 'done'")):
            places = {}
            for first, last, leaf in list(
                self.rows("SELECT first, last, leaf FROM import_range WHERE import = ?", number)
            ):
                rows = self.rows("SELECT id, evidence_id FROM evidence_row WHERE id BETWEEN ? AND ?", first, last)
                places |= {leaf + row - first: bytes(name) for row, name in rows}
            for leaf, name in self.rows(
                "SELECT leaf, evidence_id FROM import_repeat AS p JOIN evidence_row AS r ON r.id = p.row"
                " WHERE import = ? AND leaf >= 0",
                number,
            ):
                places[leaf] = bytes(name)
            ids = [places[place] for place in sorted(places)]
            if sorted(places) != list(range(len(ids))) or (self.root(ids), str(len(ids))) not in signed[entity]:
                self.wrong(f"The rows of import {number} are not those that its journal entry names.")
        self.counts["imports"] = len(signed)

    @staticmethod
    def evidence_name(layout: Any, row: dict[str, Any]) -> str:
        """Return the name of the raw record behind a row: put together from its columns and the rest."""
        if layout is None:
            return ""
        record = json.loads(row["rest"])
        absent = record.pop(ABSENT, ())
        for column, path in layout["verbatim"].items():
            if row[column] not in (None, "") and column not in absent:
                node = record
                for key in path[:-1]:
                    node = node.setdefault(key, {})
                node.setdefault(path[-1], row[column])
        if layout.get("moment") and row["seen_at"] is not None:
            node = record
            for key in layout["moment"][:-1]:
                node = node.setdefault(key, {})
            when = datetime.fromtimestamp(row["seen_at"] // 1000, UTC)
            node.setdefault(layout["moment"][-1], f"{when:%Y-%m-%dT%H:%M:%SZ}")
        for header in layout["headers"]:
            record.setdefault(header, "")
        keys = sorted(record)
        prefix = f"evidence1\n{layout['format']}\n".encode() + canonical(keys) + b"\n"
        text = json.dumps([record[key] for key in keys], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(prefix + text.encode("utf-8", "surrogatepass")).hexdigest()

    @staticmethod
    def root(ids: list[bytes]) -> str:
        """Return the Merkle root over names, sixteen to a leaf."""
        groups = [b"".join(ids[start : start + GROUP]) for start in range(0, len(ids), GROUP)] or [b""]
        level = [hashlib.sha256(b"\0" + group).digest() for group in groups]
        while len(level) > 1:
            pairs = [level[place : place + 2] for place in range(0, len(level), 2)]
            level = [one[0] if len(one) == 1 else hashlib.sha256(b"\1" + one[0] + one[1]).digest() for one in pairs]
        return level[0].hex()

    def blobs(self) -> None:
        """Each piece of a file, and each list of a batch, is what its name says."""
        count = 0
        for sha256, data in self.rows("SELECT sha256, bytes FROM blob"):
            count += 1
            if hashlib.sha256(bytes(data)).hexdigest() != sha256:
                self.wrong(f"The blob {sha256} is not what its name says.")
        self.counts["blobs"] = count

    def state_hash(self) -> str:
        """Return the hash of what stands, which “triage verify” prints too: equal on laptops that may see the same."""
        values = defaultdict(set)
        for kind, entity, field, data in self.rows(
            "SELECT kind, entity, field, body.bytes FROM head JOIN body USING (n) WHERE kind <> 'trust'"
        ):
            values[(kind, entity, field)].add(canonical(json.loads(bytes(data))["value"]).decode())
        found = hashlib.sha256(b"state1\0")
        for key in sorted(values):
            found.update(canonical([*key, sorted(values[key])]) + b"\n")
        shown = set()
        for first, last in self.rows(
            "SELECT first, last FROM import_range AS g JOIN import AS i ON i.id = g.import"
            " WHERE undone = 0 AND state <> 'loading'"
        ):
            shown.update(range(first, last + 1))
        shown.update(
            row[0]
            for row in self.rows(
                "SELECT row FROM import_repeat AS p JOIN import AS i ON i.id = p.import"
                " WHERE undone = 0 AND state <> 'loading'"
            )
        )
        for name in sorted(bytes(name) for row, name in self.rows("SELECT id, evidence_id FROM evidence_row")
                           if row in shown):  # fmt: skip
            found.update(name)
        return found.hexdigest()


def compared(examination: Examination, other: dict[str, Any]) -> None:
    """Hold the ends of the chains against an earlier statement, or that of another laptop: nothing may be rewritten."""
    held = {(f"{row[0]} {row[1]}", row[2]): row[3]
            for row in examination.rows("SELECT chain, device, seq, hash FROM link")}  # fmt: skip
    for name, tail in other["tails"].items():
        mine = held.get((name, tail["seq"]))
        if mine is not None and mine != tail["hash"]:
            examination.wrong(f"Link {tail['seq']} of {name} is another than in the statement compared with.")
        elif mine is None and name in examination.tails:
            words = f"{name} had {tail['seq']} links in the statement compared with, and has fewer here."
            print(words, file=sys.stderr)


def statement(examination: Examination, store: Path) -> str:
    """Return the page that an examiner signs."""
    lines = [
        "STATEMENT OF EXAMINATION",
        "",
        f"File           {store.name}, {store.stat().st_size} bytes",
        f"SHA-256        {hashlib.sha256(store.read_bytes()).hexdigest()}",
        f"State          {examination.state}",
        "",
        *(f"{count:>12}  {name}" for name, count in sorted(examination.counts.items())),
        "",
        "Ends of the chains (number, of which signed, hash of the last link):",
        *(f"  {name}\n    {tail['seq']}, {tail['signed']} signed, {tail['hash']}"
          for name, tail in sorted(examination.tails.items())),
        "",
        "Nothing was found wrong." if not examination.findings else f"{len(examination.findings)} findings:",
        *(f"  - {words}" for words in examination.findings),
        "",
        "What this cannot show: whoever holds an unlocked laptop can rewrite operations that nobody else has yet seen.",
        "What others hold, or what stands on a printed statement, cannot be rewritten unnoticed: compare with both.",
        "",
        "Examined by ______________________________   Date and time ______________________   Signature ______________",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def main() -> int:
    """Examine a store by the words of the command line."""
    parser = argparse.ArgumentParser(description="Verify a store of Triage without any code of Triage.")
    parser.add_argument("store", type=Path)
    parser.add_argument("keys", type=Path)
    parser.add_argument("--passphrase-file", type=Path, help="its first line is the passphrase; asked for without")
    parser.add_argument("--recovery-key-file", type=Path, help="holds the printed recovery key")
    parser.add_argument("--statement", type=Path, help="write the page to be signed here")
    parser.add_argument("--json", type=Path, help="write the same for a machine, to be compared with later")
    parser.add_argument("--compare", type=Path, action="append", default=[], help="a file that --json wrote before")
    words = parser.parse_args()
    try:
        if words.recovery_key_file:
            key = data_key(words.keys, recovery_bytes(words.recovery_key_file.read_text()), ("recovery", "break-glass"))
        else:
            typed = (
                words.passphrase_file.read_text().splitlines()[0]
                if words.passphrase_file
                else getpass.getpass("Passphrase: ")
            )
            secret = unicodedata.normalize("NFKC", typed).encode("utf-8", "surrogatepass")
            key = data_key(words.keys, secret, ("responder", "auditor"))
        examination = Examination(opened(words.store, key))
        examination.run()
        for path in words.compare:
            compared(examination, json.loads(path.read_text()))
    except (OSError, sqlcipher.Error, ValueError, LookupError, TypeError) as error:
        print(f"It could not be examined: {error}", file=sys.stderr)
        return 2
    page = statement(examination, words.store)
    print(page)
    if words.statement:
        words.statement.write_text(page, encoding="utf-8")
    if words.json:
        found = {"state": examination.state, "counts": examination.counts, "tails": examination.tails,
                 "findings": examination.findings}  # fmt: skip
        words.json.write_text(json.dumps(found, indent=1, sort_keys=True), encoding="utf-8")
    return 1 if examination.findings else 0


if __name__ == "__main__":
    sys.exit(main())
