"""The kinds of entity, their fields, and how an entity is named.

A field's meaning never changes; a new meaning is a new field. Fields that this table does not list
are still journalled, merged and relayed: a newer version wrote them.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import Final

from triage_app.domain import affected, attachments, certificates, corrections, impact

CREATED: Final = "_created"
"""Set once by the act that makes an entity; its value holds what is fixed at creation."""

DELETED: Final = "_deleted"
"""True once the entity is taken back. Nothing is removed."""


@dataclass(frozen=True)
class Kind:
    """One kind of entity."""

    name: str
    fields: tuple[str, ...]
    personal: tuple[str, ...] = ()
    "Fields whose values are sealed under the entity's own key, so that erasing the key erases them."
    reference_letter: str | None = None
    "Letter before the running number of its reference; '' for incidents, None for kinds without one."
    reference_data: bool = False
    "Whether every trusted device may have it (responders, devices, organisations)."


INCIDENT_TIMES: Final = ("occurred", "detected", "aware", "reported", "contained", "recovered", "closed")

KINDS: Final = {
    kind.name: kind
    for kind in (
        Kind(
            "incident",
            (
                "title", "status", "severity", "rsit", "category_proposed", "category_assessed", "category_confirmed",
                "tlp", "campaign", "determination", "handler", "closed_because", "left_open", *INCIDENT_TIMES,
                "category_reported", "first_look", "pap", "techniques", "ransomware", "phishing", "nis", "data_types",
                "left_work",
            ),
            reference_letter="",
        ),
        Kind(
            "victim",
            (
                "incident", "party", "organisation", "person", "status", "basis", "sharing", "wish", "contact",
                "roles", "language", "channel", "formats", "flags", "sharing_decision", "legal_hold", "hold_because",
                "exposure",
            ),
            personal=("contact", "language", "formats", "flags", "hold_because"),
            reference_letter="V",
        ),
        Kind("person", ("name",), personal=("name",)),
        Kind(
            "action",
            (
                "victim", "code", "status", "due", "done", "owner", "outcome", "minutes", "handoff", "due_because",
                "clock",
            ),
            personal=("outcome", "due_because"),
            reference_letter="A",
        ),
        Kind("attempt", ("words",), personal=("words",)),
        Kind("disclosure", ("what",), personal=("what",)),
        Kind("handoff", ("note", "answer", "reason"), personal=("note", "reason")),
        Kind("letter", ("text", "sent", "exposure"), personal=("text",), reference_letter="C"),
        Kind("note", ("text", "decision", "moved_to"), personal=("text", "decision"), reference_letter="L"),
        Kind(
            "affected",
            (
                "name", "owner", "ward", "priority", "state", "used_in_care", "agreed_by", "fallback", "back_by",
                "comment",
            ),
            personal=("owner", "agreed_by", "fallback", "back_by", "comment"),
        ),
        Kind(
            "attachment",
            (
                "name", "size", "sha256", "pieces", "taken_by", "role", "taken_at", "place", "source", "description",
                "tlp", "hold", "destroyed",
            ),
            personal=("name", "taken_by", "place", "source", "description"),
            reference_letter="E",
        ),
        Kind(
            "custody",
            ("at", "from", "to", "place", "seal", "reason", "outcome"),
            personal=("from", "to", "place", "seal", "reason"),
        ),
        *(
            Kind(name, fields, personal=tuple(field for field in fields if field in impact.PERSONAL))
            for name, fields in impact.FIELDS.items()
        ),
        Kind(
            "task",
            (
                "title", "phase", "owner", "due", "status", "place", "comment", "agreed_by", "fallback", "done_at",
                "done_by",
            ),
            personal=("title", "owner", "comment", "agreed_by", "fallback", "done_by"),
            reference_letter="T",
        ),
        Kind("event", ("what", "when", "lane", "source"), personal=("what", "source")),
        Kind("directory", ("name", "as_of", "number", "entries"), personal=("entries",)),
        Kind(
            "call",
            ("callee", "number", "role", "organisation", "outcome", "note", "moved_to"),
            personal=("callee", "number", "note"),
            reference_letter="K",
        ),
        Kind("alert", ("triage", *map(corrections.journalled, corrections.FIELDS))),
        Kind("link", ("linked",)),
        Kind("fold", ("linked",)),
        Kind("unfold", ("apart",)),
        Kind("rule", ("ended",), reference_letter="U"),
        Kind("same_as", ("linked",)),
        Kind("campaign", ("name", "description", "aliases", "status")),
        Kind(
            "tip",
            ("text", "reporter", "contact", "channel", "received", "organisation", "triage", "alert"),
            personal=("text", "reporter", "contact"),
            reference_letter="R",
        ),
        Kind("import", ("record", "root")),
        Kind("organisation", ("name", "nation"), reference_data=True),
        Kind("responder", ("name", "organisation"), reference_data=True),
        Kind("device", ("identity", "restored"), reference_data=True),
        Kind("unlocking", ("slot", "envelope", "recovery", "data_key", "auditor_copy")),
        Kind("trust", ("relation", "trusted", "revoked", "authority")),
        Kind("authority", ("file",), reference_data=True),
        Kind(certificates.KIND, (certificates.CERTIFICATE, certificates.REVOCATION), reference_data=True),
        Kind("handover", ("words", "page", "taken_back"), personal=("words",)),
        Kind("taking", ("page",)),
        Kind("clock", ("held", "start", "grid")),
        Kind("clock_step", ("outcome",)),
        Kind("pause", ("from", "until", "because")),
        Kind("clock_switch", ("on",)),
    )
}  # fmt: skip


def new_id() -> str:
    """Return a random entity id."""
    return secrets.token_hex(16)


def import_id(device: str, nonce: str) -> str:
    """Return the id of an import that a device makes: it shows whose the import is, once ``nonce`` is told."""
    return hashlib.sha256(f"import1\n{device}\n{nonce}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def link_id(alert_key: str, incident: str) -> str:
    """Return the id of an alert's link to an incident: the same on every laptop that makes it."""
    return f"{alert_key}:{incident}"


def incident_of_link(link: str) -> str:
    """Return the id of the incident that a link is to, "" for what names none."""
    return link.partition(":")[2]


def sealed_under(kind: str, entity: str) -> str:
    """Return under whose key an entity's personal fields are sealed: its own, but for the things an incident affected.

    Those share one key an incident, so that one value for six hundred of them is one batch operation; erasing it
    erases every name in that tracker. The custody of an attachment is sealed under the attachment's.
    """
    if kind == "custody":
        return attachments.attachment_of(entity) or entity
    return f"affected:{affected.incident_of(entity)}" if kind == "affected" else entity


def same_as_id(one: str, other: str) -> str:
    """Return the id of the undirected link that makes two entities one."""
    return ":".join(sorted((one, other)))


def campaign_id(name: str) -> str:
    """Return the id of a campaign: two laptops that name it alike meet in it."""
    return hashlib.sha256(f"campaign1\n{' '.join(name.casefold().split())}".encode()).hexdigest()[:32]


@dataclass(frozen=True)
class ClockName:
    """What the id of a clock says: which duty, about what, of whom, in which role."""

    policy: str
    subject_kind: str
    subject: str
    organisation: str
    role: str

    @property
    def id(self) -> str:
        """The id: two laptops that work on the same duty meet in it."""
        return "/".join((self.policy, self.subject_kind, self.subject, self.organisation, self.role))

    @property
    def incident(self) -> str:
        """The incident it belongs to, '' for one of an advisory."""
        return self.subject if self.subject_kind == "incident" else ""


_CLOCK: Final = re.compile(
    r"([a-z0-9-]{1,40})/(incident|advisory)/([0-9a-f]{32})/([a-z]{1,12}:[A-Z0-9]{1,20})/([a-z0-9-]{1,40})"
)


def clock_named(untrusted_id: str) -> ClockName | None:
    """Return what the id of a clock, or of one of its steps, says; None for a name that no clock has."""
    found = _CLOCK.match(untrusted_id)
    if found is None or untrusted_id[found.end() : found.end() + 1] not in ("", "/"):
        return None
    return ClockName(*found.groups())


def clock_step_id(clock: str, step: str) -> str:
    """Return the id of one step of a clock."""
    return f"{clock}/{step}"


def clock_switch_id(organisation: str, policy: str) -> str:
    """Return the id of what an organisation decided about a policy: whether it holds there."""
    return f"{organisation}/{policy}"


def organisation_id(scheme: str, code: str) -> str:
    """Return the id of an organisation: (scheme, code), ODS first."""
    return f"{scheme.lower()}:{code.upper()}"


def reference(organisation: str, tag: str, letter: str, number: int) -> str:
    """Return a reference such as RXX-K7M4-0042, fixed at creation and fit to be read out."""
    return f"{organisation}-{tag}-{letter}{number:04d}"
