"""Which incident an alert belongs to, on the command line: the likely first, and none taken without being named."""

from __future__ import annotations

from tests.scenarios.laptop import Laptop, eve


def test_the_likely_incidents_come_first_and_linking_without_one_names_them(laptop: Laptop) -> None:
    lines = [
        eve(1, signature="LOCAL beacon", src_ip="10.20.7.14", dest_ip="203.0.113.45"),
        eve(2, signature="LOCAL stager", src_ip="10.20.7.14", dest_ip="203.0.113.45"),
        eve(3, signature="LOCAL scan", src_ip="10.20.9.9", dest_ip="198.51.100.7"),
    ]
    laptop.take(laptop.write("eve.json", "\n".join(lines) + "\n"))
    by_title = {row["title"]: row["id"] for row in laptop.alerts()}
    likely = laptop.ask("alert", "promote", by_title["LOCAL stager"])["ref"]
    other = laptop.ask("alert", "promote", by_title["LOCAL scan"])["ref"]
    found = laptop.ask("alert", "related", by_title["LOCAL beacon"])
    assert [(one["ref"], one["likely"]) for one in found["offers"]] == [(likely, True), (other, False)]
    assert "same address 203[.]0[.]113[.]45" in found["offers"][0]["reasons"]
    values = {one["value"]: one["alerts"] for one in found["alerts"][0]["values"]}
    assert (values["203.0.113.45"], values["10.20.7.14"]) == (2, 2)
    refusal = laptop.refused("alert", "link", by_title["LOCAL beacon"])
    assert refusal["what"] == "Nothing was merged: no incident is named."
    assert f"{likely} (same address" in refusal["do"]
    assert other not in refusal["do"]
    words = laptop.run("alert", "related", by_title["LOCAL beacon"]).out
    assert "address      203[.]0[.]113[.]45  in 2 alerts" in words
    assert words.index(likely) < words.index(other)
    assert "nothing shared" in words
