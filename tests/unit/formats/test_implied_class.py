from __future__ import annotations

import json

from triage_app import paths
from triage_app.formats.implied_class import implied, of_type


def test_every_implied_class_is_one_of_the_taxonomy() -> None:
    folder = paths.resources() / "vocabularies"
    taxonomy = json.loads((folder / "rsit.json").read_text("utf-8"))["classes"]
    known = {f"{entry['code']}/{kind['code']}" for entry in taxonomy for kind in entry["types"]}
    data = json.loads((folder / "implied_classes.json").read_text("utf-8"))
    assert data["version"]
    assert data["source"]
    for words in data["formats"].values():
        assert set(words.values()) <= known
        assert all(word == word.lower() for word in words)


def test_a_word_is_looked_up_in_any_case_and_an_unknown_one_implies_nothing() -> None:
    assert implied("cert-eu", " Malware  URL") == "malicious-code/malware-distribution"
    assert implied("cert-eu", "surprise") == ""
    assert implied("no-such-format", "x") == ""


def test_a_type_of_the_taxonomy_finds_its_class() -> None:
    assert of_type("Infected-System ") == "malicious-code/infected-system"
    assert of_type("surprise") == ""
