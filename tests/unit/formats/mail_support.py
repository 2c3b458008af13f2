"""What the tests of mails share: mails put together part by part, and Outlook messages written byte by byte."""

from __future__ import annotations

import struct
from collections.abc import Mapping

Tree = Mapping[str, "bytes | Tree"]

HEADERS = (
    "Received: from mx.example.org (mx.example.org [192.0.2.25]) by mx.trust.example with ESMTP; "
    "Tue, 3 Nov 2026 09:00:05 +0000\r\n"
    "Authentication-Results: mx.trust.example; spf=fail smtp.mailfrom=bank.example; dkim=none; dmarc=fail\r\n"
    "From: IT Help Desk <help@bank.example>\r\n"
    "To: a.jones@trust.example\r\n"
    "Subject: Your mailbox is full\r\n"
    "Date: Tue, 3 Nov 2026 09:00:00 +0000\r\n"
    "Message-ID: <1@bank.example>\r\n"
    "MIME-Version: 1.0\r\n"
)


def mail(body: str | bytes = "Hello.\r\n", content: str = "text/plain; charset=utf-8", headers: str = HEADERS) -> bytes:
    """A mail of our own."""
    raw = body.encode() if isinstance(body, str) else body
    return f"{headers}Content-Type: {content}\r\n\r\n".encode() + raw


def multipart(*parts: tuple[str, str | bytes], boundary: str = "cut", kind: str = "mixed") -> bytes:
    """A mail with parts, each (its headers, its content)."""
    body = b""
    for headers, content in parts:
        raw = content.encode() if isinstance(content, str) else content
        body += f"--{boundary}\r\n{headers}\r\n\r\n".encode() + raw + b"\r\n"
    return mail(body + f"--{boundary}--\r\n".encode(), f'multipart/{kind}; boundary="{boundary}"')


def compound(tree: Tree) -> bytes:
    """A compound file (OLE) with these streams and folders."""
    entries: list[bytes] = [b""]
    mini = bytearray()
    mini_fat: list[int] = []
    large: list[tuple[int, bytes]] = []

    def add(name: str, value: bytes | Tree, after: int) -> int:
        number = len(entries)
        entries.append(b"")
        if isinstance(value, bytes):
            start = 0xFFFFFFFE
            if len(value) >= 4096:
                large.append((number, value))
            elif value:
                start, count = len(mini_fat), -(-len(value) // 64)
                mini.extend(value.ljust(count * 64, b"\0"))
                mini_fat.extend([*range(start + 1, start + count), 0xFFFFFFFE])
            entries[number] = _entry(name, 2, after, 0xFFFFFFFF, start, len(value))
        else:
            entries[number] = _entry(name, 1, after, _add_all(value), 0, 0)
        return number

    def _add_all(children: Tree) -> int:
        after = 0xFFFFFFFF
        for name in reversed(list(children)):
            after = add(name, children[name], after)
        return after

    first = _add_all(tree)
    fat: list[int] = []
    sectors = bytearray()

    def store(data: bytes) -> int:
        if not data:
            return 0xFFFFFFFE
        start, count = len(fat), -(-len(data) // 512)
        sectors.extend(data.ljust(count * 512, b"\0"))
        fat.extend([*range(start + 1, start + count), 0xFFFFFFFE])
        return start

    for number, value in large:
        at = store(value)
        entries[number] = entries[number][:116] + struct.pack("<I", at) + entries[number][120:]
    mini_at = store(bytes(mini))
    table_at = store(struct.pack(f"<{len(mini_fat)}I", *mini_fat))
    entries[0] = _entry("Root Entry", 5, 0xFFFFFFFF, first, mini_at, len(mini))
    while len(entries) % 4:
        entries.append(b"\0" * 128)
    directory_at = store(b"".join(entries))
    fat_sectors, difats = 1, 0
    while (len(fat) + fat_sectors + difats) * 4 > fat_sectors * 512:
        fat_sectors += 1
        difats = max(0, -(-(fat_sectors - 109) // 127))
    places = [len(fat) + number for number in range(fat_sectors)]
    difat_at = len(fat) + fat_sectors
    table = [*fat, *([0xFFFFFFFD] * fat_sectors), *([0xFFFFFFFC] * difats)]
    table += [0xFFFFFFFF] * (fat_sectors * 128 - len(table))
    header = struct.pack(
        "<8s16s5H6x9I", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", 0x3E, 3, 0xFFFE, 9, 6, 0, fat_sectors, directory_at,
        0, 4096, table_at, -(-len(mini_fat) * 4 // 512), difat_at if difats else 0xFFFFFFFE, difats,
    )  # fmt: skip
    header += struct.pack("<109I", *places[:109], *([0xFFFFFFFF] * (109 - fat_sectors)))
    more = b""
    for number in range(difats):
        chosen = places[109 + number * 127 :][:127]
        following = 0xFFFFFFFE if number == difats - 1 else difat_at + number + 1
        more += struct.pack("<128I", *chosen, *([0xFFFFFFFF] * (127 - len(chosen))), following)
    return (header + bytes(sectors) + struct.pack(f"<{len(table)}I", *table) + more).ljust(1536, b"\0")


def _entry(name: str, kind: int, right: int, child: int, start: int, size: int) -> bytes:
    written = name.encode("utf-16-le")
    return struct.pack(
        "<64sHBBIII16sIQQIQ", written, len(written) + 2, kind, 1, 0xFFFFFFFF, right, child, b"", 0, 0, 0, start, size
    )


def message(texts: Mapping[int, str], more: Tree | None = None, *, inside: bool = False) -> dict[str, bytes | Tree]:
    """The streams of an Outlook message with these text properties; ``more`` are streams and folders by name."""
    properties = b"\0" * (24 if inside else 32)
    tree: dict[str, bytes | Tree] = {}
    for number, text in texts.items():
        written = text.encode("utf-16-le")
        tree[f"__substg1.0_{number:04X}001F"] = written
        properties += struct.pack("<HHIII", 0x001F, number, 6, len(written) + 2, 0)
    more = more or {}
    if "__substg1.0_10130102" in more:
        properties += struct.pack("<HHIII", 0x0102, 0x1013, 6, 0, 0) + struct.pack("<HHIII", 3, 0x3FDE, 6, 65001, 0)
    return {"__properties_version1.0": properties, **tree, **more}


def attachment(name: str, data: bytes = b"", embedded: Tree | None = None) -> dict[str, bytes | Tree]:
    """The streams of an attachment: bytes, or a message."""
    written = name.encode("utf-16-le")
    properties = b"\0" * 8 + struct.pack("<HHIII", 0x001F, 0x3707, 6, len(written) + 2, 0)
    properties += struct.pack("<HHIII", 0x0003, 0x3705, 6, 5 if embedded is not None else 1, 0)
    tree: dict[str, bytes | Tree] = {"__properties_version1.0": properties, "__substg1.0_3707001F": written}
    if embedded is not None:
        tree["__substg1.0_3701000D"] = embedded
    else:
        tree["__substg1.0_37010102"] = data
    return tree
