"""The demonstration: one night in two trusts, told through this command line on invented data."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import click

from triage_app.cli import story
from triage_app.cli.context import Context, json_option, pass_context
from triage_app.cli.tables import table
from triage_app.errors import BadInput, TriageError
from triage_app.paths import Profile, file_errors, resources, write_whole
from triage_app.services import places, set_by_it
from triage_app.services.times import LONDON
from triage_app.store import lock

PASSPHRASE: Final = "northmoor night shift"  # noqa: S105 - it protects invented data and is printed on the page
FOLDER: Final = "demo-out"
MARKER: Final = ".made-by-triage-demo"
WINDOW_HOME: Final = "northmoor"
_WIDTH: Final = 100
_NAMES: Final = {
    "northmoor": "Northmoor",
    "eastvale": "Eastvale",
    "csoc": "National desk",
    "eastvale-theatres": "Theatres",
}


def register(group: click.Group) -> None:
    """Add this command."""
    group.add_command(demo)


@click.command()
@click.option("--out", type=click.Path(path_type=Path), default=Path(FOLDER), help="Folder to make it in.")
@click.option("--run", "show", is_flag=True, help="Then open the window on it; without a screen, leave pictures.")
@click.option("--headless", is_flag=True, help="With --run: leave pictures even where there is a screen.")
@click.option(
    "--exchange", "five", is_flag=True, help="Play the five-laptop exercise instead: weeks of files, counted."
)
@click.option("--seed", type=int, default=1, show_default=True, help="Of the exercise: another one, other luck.")
@json_option
@pass_context
def demo(context: Context, out: Path, show: bool, headless: bool, five: bool, seed: int) -> None:
    """Build the demonstration stores from scratch and tell what happened in them."""
    say: Callable[[str], None] = context.say if context.as_json else click.echo
    folder = out.absolute()
    set_by_it.refuse_practising()
    places.refuse_new(folder)
    if five:
        _exercise(context, folder, seed, say)
        return
    told, at = tell(folder, say, out)
    context.done(told, _closing(told, out, at, called_as(sys.argv[0], shutil.which("triage"))))
    if not show:
        return
    if _has_screen() and not headless:
        say("\nThe window opens on Northmoor's night desk. Close it to end the demonstration.")
        context.exit_code = 2 if _start(folder, at, []) else 0  # whatever ended it: there are three exit codes
        return
    say("\nNo screen here: drawing every screen instead …")
    pictures = folder / "screens"
    if _start(folder, at, ["--screens", str(pictures)], offscreen=True):
        raise TriageError("The pictures could not be drawn.", "The stores are whole; run it where Qt can start.")
    say(f"{len(list(pictures.glob('*.png')))} pictures lie in {out / 'screens'}/.")


def _exercise(context: Context, folder: Path, seed: int, say: Callable[[str], None]) -> None:
    from triage_app.cli import exercise

    make_folder(folder)
    found = exercise.play(folder, seed, say)
    if not found["converged"]:
        context.exit_code = 1
    lost = f"{found['words']} log lines were written, and each stands on every laptop."
    if found["missing"]:
        lost = "Lost: " + "; ".join(found["missing"])
    alike = "All four hold the same truth." if found["converged"] else "THE LAPTOPS DIFFER."
    columns = ("laptop", "name", "operations", "incidents", "conflicts", "pending", "uncounted", "verified", "state")
    rows = [{**row, "state": row["state"][:16]} for row in found["table"]]
    context.done(found, "\n".join(["", table(rows, columns), "", alike, lost]))


def tell(folder: Path, say: Callable[[str], None], shown: Path) -> tuple[dict[str, Any], str]:
    """Play the whole story in ``folder``, saying each scene; return its figures and the last clock time.

    Raises ``TriageError`` when the folder is not ours to replace, or a command of the story is refused.
    """
    make_folder(folder)
    passphrase_file = folder / "passphrase.txt"
    write_whole(passphrase_file, (PASSPHRASE + "\n").encode())
    values = {"out": str(folder), "samples": str(resources() / "samples"), "demo": str(resources() / "demo")}
    telling = story.Telling(folder, passphrase_file, _command_line(), values)
    scenes = story.read((resources() / "demo" / "story.txt").read_text(encoding="utf-8"))
    say("One night in two trusts")
    say(f"A demonstration on invented data. Everything it makes lies in {shown}/, made anew each time.")
    try:
        day = ""
        for scene in scenes:
            words = telling.play(scene)
            day = _say_scene(scene, words, day, say)
        figures = _figures(telling, scenes)
        _date_backups(folder, scenes[-1].at)
    finally:
        telling.close()
    lines = [
        line.replace(str(folder), ".").replace(values["samples"], "samples").replace(values["demo"], "demo")
        for line in telling.transcript
    ]
    write_whole(folder / "commands.txt", ("\n".join(lines) + "\n").encode())
    return {**figures, "folder": str(folder)}, scenes[-1].at


def make_folder(folder: Path) -> None:
    """Make the folder empty; one that this program did not make itself is refused and left alone."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise BadInput(f"{folder} is not a folder.", "Name another with --out.")
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARKER).is_file():
            raise BadInput(
                f"{folder} holds files that the demonstration did not make.", "Name another folder with --out."
            )
        for home in sorted(path.parent for path in folder.glob("*/store.lock")):
            lock.take(Profile(home)).release()
        with file_errors(folder):
            shutil.rmtree(folder)
    with file_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MARKER).write_text("Made by “triage demo”, which may delete this folder.\n", encoding="utf-8")


def _date_backups(folder: Path, at: str) -> None:
    """Give the copies that the story made the time that the story has, so that their age can be read."""
    written = datetime.fromisoformat(at).timestamp()
    for copy in folder.glob("*/backups/*"):
        os.utime(copy, (written, written))


def _command_line() -> story.Runner:
    from triage_app.cli.main import run

    return run


def _say_scene(scene: story.Scene, words: Sequence[str], day: str, say: Callable[[str], None]) -> str:
    """Say a scene; its day only where it is another than ``day``, and return it."""
    local = datetime.fromisoformat(scene.at).astimezone(LONDON)
    today = f"{local.strftime('%A')} {local.day} {local.strftime('%B %Y')}"
    if scene.heading:
        say(f"\n{scene.heading}" + (f" · {today}" if today != day else ""))
    for number, paragraph in enumerate(words):
        lead = f"{_clock(scene.at)}  {_NAMES.get(scene.laptop, scene.laptop):<9}" if number == 0 else ""
        say(textwrap.fill(paragraph, _WIDTH, initial_indent=f"  {lead:<22}", subsequent_indent=" " * 24))
    return today if scene.heading else day


def _clock(at: str) -> str:
    return datetime.fromisoformat(at).astimezone(LONDON).strftime("%H:%M %Z")


def _figures(telling: story.Telling, scenes: Sequence[story.Scene]) -> dict[str, Any]:
    """Return what stands in the two trusts' stores at the end, as their own lists say it."""
    figures: dict[str, Any] = {"stores": {}}
    for name in ("northmoor", "eastvale"):
        at = next(scene.at for scene in reversed(scenes) if scene.laptop == name)

        def count(noun: str, *more: str, laptop: str = name, then: str = at) -> int:
            return len(telling.ask(laptop, then, [noun, "list", *more]))

        whole = telling.ask(name, at, ["verify"])
        figures["stores"][name] = {
            "alerts": count("alerts"),
            "to_decide": count("alerts", "--filter", "is:open"),
            "dismissed": count("alerts", "--filter", "is:dismissed"),
            "incidents": count("incidents"),
            "victims": count("victims"),
            "actions": count("actions"),
            "conflicts": count("conflicts"),
            "operations": whole["operations"],
            "ok": whole["ok"],
        }
    values = telling.answers.values
    figures["incident"] = values["ransom"]["ref"]
    figures["state"] = {"northmoor": values["n2"]["state"], "eastvale": values["e2"]["state"]}
    return figures


_ROWS: Final = (
    ("alerts", "Alerts"), ("to_decide", "  still to decide"), ("dismissed", "  dismissed"), ("incidents", "Incidents"),
    ("victims", "Victims"), ("actions", "Support actions"), ("conflicts", "Conflicts left"),
    ("operations", "Operations in the journal"),
)  # fmt: skip


def called_as(program: str, on_path: str | None) -> str:
    """Return the words that start this program again from the folder where it was started.

    ``program`` is how it was called (``sys.argv[0]``), ``on_path`` what the bare name would start, None for nothing: in
    a fresh clone that is nothing, or another installation.
    """
    if Path(program).name == "__main__.py":
        return f"{_quoted(sys.executable)} -m triage_app"
    if not any(part in program for part in ("/", "\\")):
        return _quoted(program)
    if on_path is not None and Path(on_path).resolve() == Path(program).resolve():
        return "triage"
    return _quoted(program)


def _quoted(word: str) -> str:
    return f'"{word}"' if " " in word else word


def _closing(told: dict[str, Any], out: Path, at: str, triage: str) -> str:
    """Return the page's end; ``triage`` is what starts this program."""
    stores = told["stores"]
    lines = ["", f"At the end{'':<20}{'Northmoor':>14}{'Eastvale':>14}"]
    for key, name in _ROWS:
        lines.append(f"  {name:<28}" + "".join(f"{stores[store][key]:>14,}" for store in stores))
    journals = ["whole" if one["ok"] else "DAMAGED" for one in stores.values()]
    states = [one[:12] for one in told["state"].values()]
    for name, words in (("Journal", journals), (f"State of {told['incident']}", states)):
        lines.append(f"  {name:<28}" + "".join(f"{word:>14}" for word in words))
    home, passphrase = out / WINDOW_HOME, out / "passphrase.txt"
    lines += [
        "",
        "What to open next",
        f"  {home}/ and {out / 'eastvale'}/ are the two stores; the passphrase of both is “{PASSPHRASE}”.",
        f"  The window:    {triage} --home {home} --now {at}",
        "                 In the Exchange one conflict waits to be settled, and one bundle to be merged:",
        f"                 {out / 'eastvale-to-northmoor-2.bundle'}. Undo is U.",
        f"  A command:     {triage} --home {home} --passphrase-file {passphrase} incident show {told['incident']}",
        f"  The bundle:    {triage} --home {out / 'eastvale'} --passphrase-file {passphrase}"
        f" inspect {out / 'northmoor-to-eastvale.bundle'}",
        f"  Every command of this story: {out / 'commands.txt'}",
    ]
    return "\n".join(lines)


def _has_screen() -> bool:
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _start(folder: Path, at: str, words: Sequence[str], *, offscreen: bool = False) -> int:
    """Run the window, or the pictures of it, in a process of its own; return its exit code."""
    program = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "triage_app"]
    environment = {**os.environ, "TRIAGE_PASSPHRASE": PASSPHRASE}
    if offscreen:
        environment["QT_QPA_PLATFORM"] = "offscreen"
    command = [*program, *words, "--home", str(folder / WINDOW_HOME), "--now", at]
    if not offscreen:
        return subprocess.run(command, env=environment, check=False).returncode
    done = subprocess.run(command, env=environment, stderr=subprocess.PIPE, text=True, errors="replace", check=False)
    told = [line for line in done.stderr.splitlines() if "propagateSizeHints" not in line]  # said at every window
    if told:
        click.echo("\n".join(told), err=True)
    return done.returncode
