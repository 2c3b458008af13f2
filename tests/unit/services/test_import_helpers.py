"""What an import says while it runs: an even speed, and reasons that are counted with their like."""

from __future__ import annotations

from triage_app.domain.evidence import COLUMNS
from triage_app.formats.reading_events import Ignored, Part, Reject, Rejects, Rows
from triage_app.services.import_tally import MOST_REASONS, Tally
from triage_app.services.progress import Pace


def test_a_speed_is_said_once_it_can_be_known_and_follows_what_happens_now() -> None:
    seconds = [0.0]
    pace = Pace(lambda: seconds[0])
    assert (pace.a_second, pace.left(100)) == (None, None)
    for step in range(1, 21):
        seconds[0] = step / 10
        pace.note(step * 100)
    assert pace.a_second is not None
    assert abs(pace.a_second - 1000) < 1
    left = pace.left(12_000)
    assert left is not None
    assert abs(left - 10) < 0.1
    for step in range(1, 201):
        seconds[0] = 2 + step / 10
        pace.note(2000 + step * 10)
    assert abs(pace.a_second - 100) < 10, "it has slowed down, and that is said"


def test_one_long_pause_does_not_make_the_speed_jump() -> None:
    seconds = [0.0]
    pace = Pace(lambda: seconds[0])
    for step in range(1, 51):
        seconds[0] = step / 10
        pace.note(step * 100)
    seconds[0] += 0.06
    pace.note(5000)
    assert pace.a_second is not None
    assert pace.a_second > 900


def test_a_speed_never_goes_backwards_where_the_count_does() -> None:
    seconds = [0.0]
    pace = Pace(lambda: seconds[0])
    for at, done in ((1.0, 500), (2.0, 100), (3.0, 1000)):
        seconds[0] = at
        pace.note(done)
    assert pace.a_second is not None
    assert pace.a_second > 0


def test_reasons_are_counted_with_their_like_and_bounded() -> None:
    tally = Tally()
    tally.take(Rejects(tuple(Reject(n + 2, f"the time 'never {n}' cannot be read", "x") for n in range(9))))
    tally.take(Rejects((Reject(40, "it has 4 cells of 9", "x"),)))
    assert [(reason.count, reason.line) for reason in tally.reasons] == [(9, 2), (1, 40)]
    assert tally.reasons[0].words == "the time … cannot be read"
    assert tally.reasons[1].words == "it has 4 cells of 9", "one that stands alone is said as it was"
    letters = [chr(97 + n // 26) + chr(97 + n % 26) for n in range(90)]
    tally.take(Rejects(tuple(Reject(100, f"reason {word}", "x") for word in letters)))
    assert len(tally.reasons) == MOST_REASONS + 1
    assert sum(reason.count for reason in tally.reasons) == tally.rejected == 100


def test_kinds_parts_and_what_is_left_out_are_counted() -> None:
    tally = Tally()
    row = [0] * len(COLUMNS)
    other = list(row)
    other[COLUMNS.index("kind")] = 1
    tally.take(Rows(10, [row, other, row]))
    tally.take(Ignored({"dns": 2}))
    tally.take(Ignored({"dns": 1, "flow": 1}))
    tally.take(Part("a.json", "suricata-eve", "because", ()))
    assert tally.kinds == {"alert": 2, "indicator": 1}
    assert tally.ignored == {"dns": 3, "flow": 1}
    assert tally.parts == [{"name": "a.json", "format": "suricata-eve", "why": "because"}]
    assert (tally.accepted, tally.bytes_read) == (3, 10)
