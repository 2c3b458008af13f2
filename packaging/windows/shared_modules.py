"""Runs first in both programs of Windows: has them read their modules from one archive beside them, not one in each.

PyInstaller puts the archive of all modules into every executable. Twice is a sixth of the installer, for an MSI
compresses each file by itself. What it set up a moment ago is empty (``build.spec``); here it is given the common one.
"""

import os
import sys

import pyimod01_archive  # type: ignore[import-not-found]
import pyimod02_importers  # type: ignore[import-not-found]
import pyimod03_ctypes  # type: ignore[import-not-found]

pyimod02_importers.pyz_archive = pyimod01_archive.ZlibArchiveReader(
    os.path.join(sys._MEIPASS, "modules.pyz"),  # type: ignore[attr-defined]
    check_pymagic=True,
)
pyimod02_importers._pyz_tree = None
sys.path_importer_cache.clear()  # finders that remember the empty one
pyimod03_ctypes.install()  # it found no ctypes before
