"""Five laptops that know one another, to tell stories of exchange with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.scenarios.laptop import NOW, PASSPHRASE, Laptop, eve


def made(folder: Path, organisation: str, responder: str, *words: str) -> Laptop:
    laptop = Laptop(folder / "profile", folder)
    folder.mkdir(parents=True)
    laptop.write("passphrase.txt", PASSPHRASE + "\n")
    laptop.ask("--now", NOW, "init", "--org", organisation, "--responder", responder, *words)
    laptop.ask("device", "identity", str(folder / "identity.json"))
    return laptop


def trust(one: Laptop, other: Laptop, *words: str) -> None:
    answer = one.run("device", "trust", str(other.folder / "identity.json"), *words)
    assert answer.code == 0, answer


def device(laptop: Laptop) -> str:
    return str(laptop.ask("device", "show")["id"])


@dataclass(frozen=True)
class Group:
    """Three laptops of one trust, one of a linked trust, one of another nation that is only a peer."""

    asha: Laptop
    ben: Laptop
    carys: Laptop
    linked: Laptop
    peer: Laptop

    def send(self, sender: Laptop, to: Laptop, name: str, *words: str) -> dict[str, Any]:
        """Export from one to another; the answer of the export, with the path."""
        path = sender.folder / name
        return dict(sender.ask("export", "--to", device(to), *words, str(path)))

    def pass_on(self, sender: Laptop, to: Laptop, name: str, *words: str) -> dict[str, Any]:
        """Export from one to another, merge there, and return what merging came to."""
        paths = self.send(sender, to, name, *words)["paths"]
        return dict(to.ask("merge", *paths))


def found_group(base: Path) -> None:
    """Make the five under one folder, each trusting the others."""
    found = [
        made(base / "asha", "RXX", "Asha Rahman", "--device-name", "Asha's laptop"),
        made(base / "ben", "RXX", "Ben Okafor", "--device-name", "Ben's laptop"),
        made(base / "carys", "RXX", "Carys Vaughan", "--device-name", "Carys's laptop"),
        made(base / "linked", "RYY", "Dai Morgan"),
        made(base / "peer", "SZZ", "Eilidh Fraser", "--nation", "Scotland"),
    ]
    relations = {"linked": ("--relation", "parent"), "peer": ("--relation", "peer")}
    for one in found:
        for other in found:
            if one is not other:
                mine, theirs = relations.get(one.folder.name, ()), relations.get(other.folder.name, ())
                trust(one, other, *(mine or theirs))


def scope(laptop: Laptop, ref: str) -> str:
    found = laptop.ask("verify", "--scope", ref)
    assert found["ok"]
    return str(found["state"])


def state(laptop: Laptop) -> str:
    found = laptop.verified()
    assert found["ok"], found
    return str(found["state"])


def refs(laptop: Laptop) -> set[str]:
    return {item["ref"] for item in laptop.ask("incidents", "list")}


def busy_day(asha: Laptop) -> tuple[str, str]:
    """Give a laptop an open matter with alerts, a victim, an action and a note, and another that is RED."""
    asha.take(asha.write("eve.json", "\n".join(eve(number) for number in range(6)) + "\n"))
    ids = [item["id"] for item in asha.alerts()]
    ref = asha.ask("alert", "promote", *ids[:2], "--title", "Loader on the wards")["ref"]
    victim = asha.ask("victim", "add", ref, "--person", "Morag Sinclair", "--contact", "bleep 2231")["ref"]
    asha.ask("victim", "set", victim, "sharing", "Neighbouring trusts, agreed with her")
    asha.ask("action", "add", victim, "--kind", "VS05", "--due", "4h", "--outcome", "Called her back")
    asha.ask("incident", "note", ref, "Switchboard says the fax still works")
    red = asha.ask("incident", "new", "--title", "Named by a source")["ref"]
    asha.ask("incident", "classify", red, "--tlp", "RED")
    asha.ask("incident", "note", red, "Only for Ben's eyes")
    return str(ref), str(red)
