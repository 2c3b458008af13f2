"""The custody form as PDF: its words on the page that every other printed page is laid out by."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from triage_app.services.custody_form import BLANK_LINES, CustodyForm
from triage_app.services.printed import Printed, Table
from triage_app.ui import page_print


def as_pdf(form: CustodyForm) -> bytes:
    """Return a form as PDF, A4."""
    tr = QCoreApplication.translate
    blank = [("", "", "", "")] * BLANK_LINES
    hands = Table(
        tr("CustodyPrint", "Through whose hands it went"),
        (tr("CustodyPrint", "When"), tr("CustodyPrint", "What"), tr("CustodyPrint", "Who"), tr("CustodyPrint", "More")),
        (*form.custody, *blank),
        (22, 14, 30, 34),
    )
    looked = Table(
        tr("CustodyPrint", "Views and exports on this laptop"),
        (tr("CustodyPrint", "When"), tr("CustodyPrint", "What"), tr("CustodyPrint", "Who")),
        tuple(form.looked) or ((tr("CustodyPrint", "None noted"), "", ""),),
        (30, 30, 40),
    )
    signature = tr("CustodyPrint", "Signature of the holder, name and date:")
    return page_print.as_pdf(Printed(form.title, form.label, tuple(form.facts), (hands, looked), form.foot, signature))
