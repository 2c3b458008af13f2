"""Make packaging/windows/triage.ico from resources/icons/triage.svg; run by hand when the mark changes."""

from __future__ import annotations

import os
import struct
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent.parent
SIZES: Final = (16, 20, 24, 32, 40, 48, 64, 256)
"""What Windows asks for at 100 to 200 %: title bar, task bar, desktop, and the large tile."""


def main() -> int:
    """Write the icon."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import QBuffer, QIODevice, Qt
    from PySide6.QtGui import QGuiApplication, QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    app = QGuiApplication(sys.argv[:1])
    drawing = QSvgRenderer(str(ROOT / "resources" / "icons" / "triage.svg"))
    pictures: list[bytes] = []
    for size in SIZES:
        image = QImage(size, size, QImage.Format.Format_ARGB32)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        drawing.render(painter)
        painter.end()
        if size == 256:  # the one size that every Windows since Vista takes as PNG
            buffer = QBuffer()
            buffer.open(QIODevice.OpenModeFlag.WriteOnly)
            image.save(buffer, "PNG")  # type: ignore[call-overload]
            pictures.append(bytes(buffer.data().data()))
        else:
            rows = bytes(image.constBits())
            pictures.append(
                bitmap(size, b"".join(rows[at : at + 4 * size] for at in range(len(rows) - 4 * size, -1, -4 * size)))
            )
    del app
    target = Path(__file__).with_name("triage.ico")
    target.write_bytes(icon(pictures))
    print(f"{target.name}  {target.stat().st_size} bytes")
    return 0


def bitmap(size: int, rows: bytes) -> bytes:
    """Return one picture as icons hold them: a header, rows from the bottom up, and a mask that hides nothing."""
    mask = bytes((size + 31) // 32 * 4 * size)
    header = struct.pack("<IiiHHIIiiII", 40, size, 2 * size, 1, 32, 0, len(rows) + len(mask), 0, 0, 0, 0)
    return header + rows + mask


def icon(pictures: list[bytes]) -> bytes:
    """Return the file that holds pictures of SIZES."""
    place = 6 + 16 * len(pictures)
    head = struct.pack("<HHH", 0, 1, len(pictures))
    for size, picture in zip(SIZES, pictures, strict=True):
        head += struct.pack("<BBBBHHII", size % 256, size % 256, 0, 0, 1, 32, len(picture), place)
        place += len(picture)
    return head + b"".join(pictures)


if __name__ == "__main__":
    sys.exit(main())
