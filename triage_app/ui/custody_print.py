"""The custody form as PDF: laid out from plain words by Qt, no markup anywhere, the label on every page."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QTextCursor, QTextDocument

from triage_app.services.custody_form import BLANK_LINES, CustodyForm
from triage_app.ui.page_print import BODY, HEAD, SMALL, add_heading, add_table, laid_out, spaced, text_format


def as_pdf(form: CustodyForm) -> bytes:
    """Return a form as PDF, A4."""
    return laid_out(form.title, form.label, lambda document: _fill(document, form))


def _fill(document: QTextDocument, form: CustodyForm) -> None:
    tr = QCoreApplication.translate
    cursor = QTextCursor(document)
    cursor.insertText(form.title, text_format(HEAD, bold=True))
    add_table(cursor, [], [(name, words) for name, words in form.facts], (21, 79))
    add_heading(cursor, tr("CustodyPrint", "Through whose hands it went"))
    head = [
        tr("CustodyPrint", "When"),
        tr("CustodyPrint", "What"),
        tr("CustodyPrint", "Who"),
        tr("CustodyPrint", "More"),
    ]
    blank = [("", "", "", "")] * BLANK_LINES
    add_table(cursor, head, [*form.custody, *blank], (22, 14, 30, 34))
    add_heading(cursor, tr("CustodyPrint", "Views and exports on this laptop"))
    none = (tr("CustodyPrint", "None noted"), "", "")
    head = [tr("CustodyPrint", "When"), tr("CustodyPrint", "What"), tr("CustodyPrint", "Who")]
    add_table(cursor, head, form.looked or [none], (30, 30, 40))
    signed = tr("CustodyPrint", "Signature of the holder, name and date:")
    cursor.insertBlock(spaced(24), text_format(BODY))
    cursor.insertText(f"{signed} {'_' * 60}", text_format(BODY))
    cursor.insertBlock(spaced(12), text_format(SMALL))
    cursor.insertText(form.foot, text_format(SMALL))
