"""What a table may say of an alert, and how it may write a time, in words."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication


def field_words() -> dict[str, tuple[str, str]]:
    """Return each of our fields in words: its name, and what it is for."""
    tr = QCoreApplication.translate
    return {
        "title": (tr("Mapping", "Title"), tr("Mapping", "What is wrong, in a few words")),
        "severity": (tr("Mapping", "Severity"), tr("Mapping", "How bad its source says it is")),
        "time": (tr("Mapping", "Time"), tr("Mapping", "When it was seen")),
        "reference": (tr("Mapping", "Reference"), tr("Mapping", "The source's own id: rows with the same one fold")),
        "organisation": (tr("Mapping", "Organisation"), tr("Mapping", "Code of the organisation it is about")),
        "category": (tr("Mapping", "Category"), ""),
        "host": (tr("Mapping", "Host"), ""),
        "user": (tr("Mapping", "User"), ""),
        "src": (tr("Mapping", "From address"), ""),
        "dst": (tr("Mapping", "To address"), ""),
        "url": (tr("Mapping", "URL"), ""),
        "hash": (tr("Mapping", "Hash"), ""),
        "detail": (tr("Mapping", "Detail"), ""),
    }


def time_words() -> dict[str, str]:
    """Return the ways of writing a time, in words."""
    tr = QCoreApplication.translate
    return {
        "auto": tr("Mapping", "As it is, where it can be read one way only"),
        "iso": tr("Mapping", "2026-11-22 03:12:00 (ISO 8601)"),
        "dmy": tr("Mapping", "22/11/2026: day first"),
        "mdy": tr("Mapping", "11/22/2026: month first"),
        "ymd": tr("Mapping", "2026/11/22: year first"),
        "english": tr("Mapping", "22 November 2026"),
        "epoch_s": tr("Mapping", "Seconds since 1970"),
        "epoch_ms": tr("Mapping", "Milliseconds since 1970"),
        "filetime": tr("Mapping", "Windows file time"),
    }
