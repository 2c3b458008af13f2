"""The sentences with which a bundle is refused: each says one thing, and what to do about it.

No text from the bundle is repeated in them: a name inside an archive is an attacker's to choose.
"""

from __future__ import annotations

from triage_app.errors import BadBundle

_AGAIN = "Ask the sender for a fresh copy; nothing of this one was used."
_SUSPECT = "Do not use it. Tell the sender by telephone that it was not made by this program; nothing of it was used."


def hostile(what: str) -> BadBundle:
    """Return the refusal of something that no writer of bundles produces."""
    return BadBundle(what, _SUSPECT)


def damaged(what: str) -> BadBundle:
    """Return the refusal of something that a bad stick or a cut download may produce."""
    return BadBundle(what, _AGAIN)


def not_a_bundle() -> BadBundle:
    """Return the refusal of some other kind of file."""
    return BadBundle(
        "This file is not a bundle.", "Choose the file that “triage export” wrote, unchanged and not unpacked."
    )


def empty() -> BadBundle:
    """Return the refusal of a file with nothing in it."""
    return damaged("The file is empty.")


def too_large() -> BadBundle:
    """Return the refusal of a file larger than any bundle."""
    return hostile("The file is larger than a bundle may be (512 MB).")


def cut_short() -> BadBundle:
    """Return the refusal of a file that ends within its first lines."""
    return damaged("The bundle is cut short: it ends before its content begins.")


def broken_seal() -> BadBundle:
    """Return the refusal of a file whose sealed content does not verify."""
    return damaged("The bundle was cut short or changed on its way: its seal is broken.")


def broken_header() -> BadBundle:
    """Return the refusal of a file whose first lines are not those of a sealed file."""
    return damaged("The first lines of the bundle are damaged, so it cannot be opened.")


def not_for_this_device() -> BadBundle:
    """Return the refusal of a file that none of our keys opens."""
    return BadBundle(
        "The bundle is not sealed for this device, or its first lines were changed.",
        "Give the sender this device's identity file and ask for a bundle made for it.",
        "not-for-this-device",
    )


def not_addressed() -> BadBundle:
    """Return the refusal of a bundle that opens here but was made for somebody else."""
    return BadBundle(
        "The bundle opens here, but its signed list of addressees does not name this device.",
        "Tell the sender: somebody may have passed it on. Ask for a bundle made for this device.",
        "not-for-this-device",
    )


def passphrase_needed() -> BadBundle:
    """Return the refusal of a bundle sealed with a passphrase when none was given."""
    return BadBundle(
        "The bundle is sealed with a passphrase.",
        "Ask the sender for it by telephone and give it.",
        "passphrase-needed",
    )


def passphrase_unwanted() -> BadBundle:
    """Return the refusal of a passphrase for a bundle that is sealed to devices."""
    return BadBundle(
        "The bundle is sealed to devices, so a passphrase does not open it.",
        "Open it on a device that it was made for.",
        "not-for-this-device",
    )


def wrong_passphrase() -> BadBundle:
    """Return the refusal of a passphrase that does not fit."""
    return BadBundle(
        "The passphrase does not open this bundle.",
        "Check it with the sender, letter by letter; nothing of the bundle was used.",
        "wrong-passphrase",
    )


def excessive_work() -> BadBundle:
    """Return the refusal of a passphrase seal that would take this computer, as busy as it is, far too long."""
    return BadBundle(
        "Opening this bundle would keep this computer busy for too long: it is at other work, or slow, or the bundle was"
        " made to hold it up.",
        "Let its other work end and try again. If this comes back, ask the sender for one sealed to this laptop's key;"
        " nothing of it was used.",
        "too-much-work",
    )


def newer() -> BadBundle:
    """Return the refusal of a format that this version does not know."""
    return BadBundle(
        "The bundle was written by a newer version of the program.",
        "Keep the file, update the program and merge it then; nothing of it was used.",
        "newer-format",
    )
