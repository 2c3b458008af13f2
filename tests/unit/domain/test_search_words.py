from __future__ import annotations

from triage_app.domain.search_words import holds_token


def test_a_dot_taken_apart_before_an_address_is_no_part_of_it() -> None:
    assert holds_token("said 76= [.]201.147.153.115[- so", "201.147.153.115")
    assert not holds_token("said 5[.]201.147.153.115", "201.147.153.115")
    assert not holds_token("said 201.147.153.115.example", "201.147.153.115")
