"""Draw the project's mark at the sizes of the hicolor theme: ``icons.py TARGET`` fills TARGET/SIZExSIZE/apps."""

from __future__ import annotations

import os
import sys
from pathlib import Path

SIZES = (16, 24, 32, 48, 64, 128, 256)
ROOT = Path(__file__).resolve().parents[2]


def main(target: Path) -> None:
    """Write a PNG of each size, and the drawing itself as the scalable one."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QGuiApplication, QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    application = QGuiApplication([])
    drawing = ROOT / "resources" / "icons" / "triage.svg"
    renderer = QSvgRenderer(str(drawing))
    for size in SIZES:
        image = QImage(size, size, QImage.Format.Format_ARGB32)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        renderer.render(painter)
        painter.end()
        folder = target / f"{size}x{size}" / "apps"
        folder.mkdir(parents=True)
        if not image.save(str(folder / "triage.png")):
            sys.exit(f"icons: {folder} cannot be written to")
    scalable = target / "scalable" / "apps"
    scalable.mkdir(parents=True)
    (scalable / "triage.svg").write_bytes(drawing.read_bytes())
    application.quit()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
