"""In whose name an operation stands, and who a responder is: what one laptop says cannot be put in another's mouth.

A device signs what it writes; the responder in it is its own word. A name is believed of the devices of the
organisation whose device made that responder known. In anybody else's hands it is nobody known here: the log of
an incident is read by inquiries, and names people. Nor does anybody else say what an organisation is.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace

from triage_app.domain.operations import Body
from triage_app.store.connection import Store

NOBODY = ""


class Authors:
    """Who wrote what, looked up as it is asked for; for one look at the journal."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._codes: dict[str, str] | None = None
        self._own = ""
        self._made_known: dict[str, str] = {}

    def of(self, device: str, author: str) -> str:
        """Return the responder in whose name a device wrote, ``NOBODY`` where the name is not its to use."""
        codes = self._known()
        code = codes.get(device, self._own)
        if code == self._own and self._own:
            return author
        return author if self.organisation_of(author) in ("", code) else NOBODY

    def named(self, device: str, body: Body) -> Body:
        """Return a body with the responder in whose name it stands."""
        author = self.of(device, body.author)
        return body if author == body.author else replace(body, author=author)

    def organisation_of(self, responder: str) -> str:
        """Return the code of the organisation that made a responder known, '' for none.

        Where devices of several say so, it is ours if one of them is ours, on whichever of our laptops and in
        whatever order their bundles came; else that of the device from which it came here first.
        """
        if responder not in self._made_known:
            saying = [
                self._known().get(device, "")
                for (device,) in self._store.rows(
                    "SELECT l.device FROM operation AS o JOIN link AS l USING (n) WHERE o.entity = ?"
                    " AND o.field = 'name' AND o.entity <> '' AND o.kind = 'responder' AND o.applied = 1 ORDER BY o.n",
                    (responder,),
                )
            ]
            first = saying[0] if saying else ""
            self._made_known[responder] = self._own if self._own in saying else first
        return self._made_known[responder]

    def is_ours(self, device: str) -> bool:
        """Tell whether a device is of the organisation whose store this is."""
        return self._known().get(device, self._own) == self._own

    @property
    def own_organisation(self) -> str:
        """The code of the organisation whose store this is."""
        self._known()
        return self._own

    def _known(self) -> dict[str, str]:
        if self._codes is None:
            self._codes = {}
            for device, own, code in self._store.rows(
                "SELECT device, own, json_extract(CAST(bytes AS TEXT), '$.organisation') FROM identity"
            ):
                self._codes[device] = str(code or "")
                self._own = str(code or "") if own else self._own
        return self._codes


@dataclass(frozen=True)
class Introduced:
    """A responder as made known."""

    name: str
    organisation: str


def introduced(store: Store, responder: str, name: str, organisation: str) -> Introduced:
    """Return who a responder is, by the name and organisation that were first said of them.

    They are of the organisation whose device made them known. Who is called as somebody of ours is, and is not of
    ours, is shown with its code.
    """
    known = Authors(store)
    code = known.organisation_of(responder) or organisation
    if code != known.own_organisation and _folded(name) in _names_of_ours(store, known):
        name = f"{name} ({code})"
    return Introduced(name, code)


def _names_of_ours(store: Store, known: Authors) -> set[str]:
    found = set()
    for (responder,) in store.rows("SELECT DISTINCT entity FROM head WHERE kind = 'responder' AND field = 'name'"):
        if known.organisation_of(responder) == known.own_organisation:
            said = store.rows(
                "SELECT l.device, json_extract(CAST(body.bytes AS TEXT), '$.value')"
                " FROM operation AS o JOIN link AS l USING (n) JOIN body USING (n)"
                " WHERE o.entity = ? AND o.field = 'name' AND o.entity <> '' AND o.kind = 'responder' AND o.applied = 1"
                " ORDER BY o.n",
                (responder,),
            )
            name = next((name for device, name in said if known.is_ours(device)), "")
            found.add(_folded(str(name or "")))
    return found - {""}


def _folded(name: str) -> str:
    """Return a name without what an eye passes over: case, width, accents, spaces and signs that do not show."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return "".join(sign for sign in plain if unicodedata.category(sign)[0] in "LN")


def of_itself(store: Store, organisation: str) -> dict[str, str]:
    """Return the name and nation that an organisation's own devices last said of it; nothing where they said nothing.

    Duties come from the nation: nobody else moves an organisation to another one.
    """
    found: dict[str, str] = {}
    for field, word in store.rows(
        "SELECT o.field, json_extract(CAST(body.bytes AS TEXT), '$.value') FROM operation AS o JOIN link AS l USING (n)"
        " JOIN body USING (n) JOIN identity AS i ON i.device = l.device"
        " WHERE o.entity = ? AND o.field IN ('name', 'nation') AND o.entity <> '' AND o.kind = 'organisation'"
        " AND o.applied = 1 AND body.state = 'here' AND json_extract(CAST(i.bytes AS TEXT), '$.organisation') = ?"
        " ORDER BY o.hlc, o.n",
        (organisation, organisation.partition(":")[2]),
    ):
        if isinstance(word, str) and word:
            found[field] = word
    return found


def in_the_name_of(store: Store, responders: list[str]) -> set[tuple[str, str]]:
    """Return (kind, entity) of what devices of other organisations wrote in the name of some responders."""
    known = Authors(store)
    found: set[tuple[str, str]] = set()
    marks = ",".join("?" * len(responders))
    borrowed = [
        (device, author)
        for device, author in store.rows(
            "SELECT DISTINCT l.device, o.author FROM operation AS o JOIN link AS l USING (n)"
            f" WHERE o.author IN ({marks})",
            responders,
        )
        if known.of(device, author) == NOBODY
    ]
    for device, author in borrowed:
        found.update(
            store.rows(
                "SELECT o.kind, o.entity FROM operation AS o JOIN link AS l USING (n)"
                " WHERE o.author = ?1 AND l.device = ?2 AND o.entity <> ''"
                " UNION SELECT o.kind, b.entity FROM operation AS o JOIN link AS l USING (n)"
                " JOIN batch_member AS b USING (n) WHERE o.author = ?1 AND l.device = ?2",
                (author, device),
            )
        )
    return found
