"""A receipt by the command line: written after a merge, read by the sender, and the next bundle is smaller."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.scenarios.exchange_group import Group, device
from tests.scenarios.laptop import assert_plain


def test_the_sender_reads_what_arrived_and_sends_less_the_next_time(busy: tuple[Group, str, str]) -> None:
    group, ref, _ = busy
    asha, ben = group.asha, group.ben
    sent = group.send(asha, ben, "one.ctb")
    ben.ask("merge", *sent["paths"])
    path = str(ben.folder / "back.receipt")
    written = ben.ask("receipt", "write", *sent["paths"], "--out", path)
    assert (written["device"], written["bundles"]) == (device(asha), len(sent["paths"]))
    preview = asha.ask("receipt", "read", "--dry-run", path)
    taken = asha.ask("receipt", "read", path)
    assert taken == preview
    assert (taken["state"], taken["received"]) == ("new", written["held"])
    row = next(one for one in asha.ask("device", "list") if one["id"] == device(ben))
    assert row["has_of_ours"] == written["held"]
    assert datetime.fromisoformat(row["sent_at"]).tzinfo is not None
    asha.ask("incident", "note", ref, "Since then")
    again = group.send(asha, ben, "two.ctb")
    assert again["links"] < sent["links"]
    assert again["evidence"] == 0
    assert ben.ask("merge", *again["paths"])["pending"] == 0


def test_a_receipt_given_to_merge_is_taken_and_what_is_no_receipt_is_refused(busy: tuple[Group, str, str]) -> None:
    group, _, _ = busy
    asha, ben = group.asha, group.ben
    sent = group.send(asha, ben, "one.ctb")
    ben.ask("merge", *sent["paths"])
    path = str(ben.folder / "back.receipt")
    ben.ask("receipt", "write", "--last", "--out", path)
    answer = asha.run("merge", path)
    assert answer.code == 0
    assert "has received this laptop's operations up to" in answer.err
    assert asha.ask("receipt", "read", path)["state"] == "known"
    refusal = asha.refused("receipt", "read", *sent["paths"])
    assert_plain(refusal)
    assert refusal["code"] == "not-for-this-device"


@pytest.mark.parametrize("words", [(), ("--last", "x.ctb")])
def test_a_receipt_is_for_named_files_or_for_the_last_merge(
    busy: tuple[Group, str, str], words: tuple[str, ...]
) -> None:
    group, _, _ = busy
    refusal = group.ben.refused("receipt", "write", *words, "--out", str(group.ben.folder / "r.receipt"))
    assert "which bundles" in refusal["what"]
