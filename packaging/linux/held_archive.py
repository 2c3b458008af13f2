"""Runs first in both programs on Linux: keeps hold of the file of their modules, so that an upgrade does no harm.

A package puts a new file in the place of the old one, while somebody may be at work. PyInstaller opens that file by its
name each time a module is wanted, and would read the new one's bytes at the old one's places, or end the program where
there is none. What a process has open stays what it was, under whatever name.
"""

import os

import pyimod02_importers  # type: ignore[import-not-found]

_archive = pyimod02_importers.pyz_archive
_held = f"/proc/self/fd/{os.open(_archive._filename, os.O_RDONLY)}"
if os.path.exists(_held):  # a system without /proc goes on by the name
    _archive._filename = _held
