"""Draw every screen in every theme and size: ``python -m tests.gui.screens [FOLDER] [--only light-100 …]``."""

from __future__ import annotations

import argparse
import html
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from triage_app.cli.commands_demo import PASSPHRASE, WINDOW_HOME, tell
from triage_app.paths import resources

ALL_THEMES = ("light", "dark", "high-contrast")


@dataclass(frozen=True)
class Pass:
    """One start of the program: Qt reads the scale once, and the language is chosen once."""

    scale: int
    themes: Sequence[str]
    size: str = "1440x900"
    language: str = ""

    def tags(self) -> list[str]:
        """Return how its pictures' names end."""
        end = "-".join(part for part in (str(self.scale * 100), self.language) if part)
        return [f"{theme}-{end}" for theme in self.themes]


PASSES = (
    Pass(1, ALL_THEMES), Pass(2, ALL_THEMES), Pass(3, ("light",), "1920x1080"), Pass(1, ("light",), language="cy"),
    Pass(2, ("dark",), language="cy"),
)  # fmt: skip


def speaks(language: str) -> bool:
    """Tell whether the program has a catalogue of a language."""
    return not language or (resources() / "languages" / f"{language}.json").exists()


def draw(folder: Path, only: Sequence[str] = ()) -> int:
    """Tell the demonstration in a folder of its own and draw its screens; return the exit code."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        demo = Path(scratch) / "demo-out"
        _, at = tell(demo, lambda _: None, demo)
        for each in PASSES:
            themes = [theme for theme, tag in zip(each.themes, each.tags(), strict=True) if not only or tag in only]
            if not themes or not speaks(each.language):
                continue
            command = [sys.executable, "-m", "triage_app", "--screens", str(folder)]
            command += ["--home", str(demo / WINDOW_HOME), "--now", at, "--size", each.size, "--themes", *themes]
            command += ["--language", each.language] if each.language else []
            environment = {
                **os.environ, "TRIAGE_PASSPHRASE": PASSPHRASE, "QT_QPA_PLATFORM": "offscreen",
                "QT_SCALE_FACTOR": str(each.scale),
            }  # fmt: skip
            code = subprocess.run(command, env=environment, check=False).returncode
            if code:
                return code
    write_index(folder)
    print(f"{len(list(folder.glob('*.png')))} pictures lie in {folder}/; index.html shows them by screen.")
    return 0


def write_index(folder: Path) -> None:
    """Write a page that shows every screen with its pictures side by side; it loads nothing from elsewhere."""
    tags = [tag for each in PASSES for tag in each.tags()]
    by_screen: dict[str, dict[str, str]] = defaultdict(dict)
    for picture in sorted(folder.glob("*.png")):
        tag = next((tag for tag in sorted(tags, key=len, reverse=True) if picture.stem.endswith(f"-{tag}")), "")
        if tag:
            by_screen[picture.stem.removesuffix(f"-{tag}")][tag] = picture.name
    rows = []
    for screen, pictures in by_screen.items():
        shown = "".join(
            f'<figure><a href="{html.escape(pictures[tag])}"><img loading="lazy" src="{html.escape(pictures[tag])}" '
            f'alt="{html.escape(f"{screen}, {tag}")}"></a><figcaption>{tag}</figcaption></figure>'
            for tag in tags
            if tag in pictures
        )
        rows.append(f'<section id="{html.escape(screen)}"><h2>{html.escape(screen)}</h2>{shown}</section>')
    style = (
        "body{font:14px sans-serif;margin:20px;background:#eef2f4;color:#16212a}nav{columns:6}section{clear:both}"
        "figure{display:inline-block;margin:0 12px 12px 0}img{width:460px;border:1px solid #7b8b95}"
    )
    contents = "<br>".join(f'<a href="#{html.escape(each)}">{html.escape(each)}</a>' for each in by_screen)
    page = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Every screen</title><style>{style}</style>'
        f"<h1>Every screen</h1><nav>{contents}</nav>{''.join(rows)}</html>\n"
    )
    (folder / "index.html").write_text(page, encoding="utf-8")


def main(argv: Sequence[str]) -> int:
    """Read the arguments and draw."""
    parser = argparse.ArgumentParser(prog="python -m tests.gui.screens")
    parser.add_argument("folder", nargs="?", type=Path, default=Path("screens-out"))
    tags = [tag for each in PASSES for tag in each.tags()]
    parser.add_argument("--only", nargs="+", choices=tags, default=[], help="how the names of the pictures end")
    options = parser.parse_args(list(argv))
    return draw(options.folder, options.only)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
