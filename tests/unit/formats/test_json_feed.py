from __future__ import annotations

from triage_app.formats.json_feed import words


def test_what_is_said_is_joined_by_commas_and_behind_a_sentence_by_a_space() -> None:
    assert words("Two trusts reported it.", "Ransomware", "", "CVE-2026-10001") == (
        "Two trusts reported it. Ransomware, CVE-2026-10001"
    )
    assert words("", "") == ""
