"""Parameters and file names: RFC 2231 and its abuses."""

from __future__ import annotations

from email import message_from_bytes

import pytest

from mail_ingest.parsing import part_fields


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        (b'attachment; filename="a.txt"', "a.txt"),
        (b"attachment; filename=a.txt", "a.txt"),
        (b"attachment; filename=two words.txt", "two words.txt"),
        (b"attachment; filename*=utf-8''Gr%C3%BC%C3%9Fe.txt", "Grüße.txt"),
        (b"attachment; filename*=iso-8859-1'de'Gr%FC%DFe.txt", "Grüße.txt"),
        (b'attachment; filename*0="a"; filename*1="b.txt"', "ab.txt"),
        (b"attachment; filename*1*=%9Fe.txt; filename*0*=utf-8''Gr%C3%BC%C3", "Grüße.txt"),
        (b"attachment; filename=\"old.txt\"; filename*=utf-8''new.txt", "new.txt"),
        (b'attachment; filename="=?utf-8?q?Gr=C3=BC=C3=9Fe.txt?="', "Grüße.txt"),
        ('attachment; filename="Grüße.txt"'.encode(), "Grüße.txt"),
        (b'attachment; filename="semi;colon.txt"', "semi;colon.txt"),
        (b'attachment; filename="a\\"b.txt"', 'a"b.txt'),
        (b'attachment; filename="C:\\dir\\a.txt"', "C:\\dir\\a.txt"),
        (b"attachment; filename*=utf-99''a%FF.txt", "aÿ.txt"),
        (b"attachment", ""),
    ],
)
def test_a_file_name_is_decoded(disposition: bytes, name: str) -> None:
    part = message_from_bytes(b"Content-Disposition: " + disposition + b"\r\n\r\nx")
    part_fields.decode_raw(part)
    assert part_fields.file_name(part) == name


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\a.exe", "a.exe"),
        ("a\x00b\r\nSet-Cookie: x.txt", "ab Set-Cookie_ x.txt"),
        ("\u202etxt.exe", "txt.exe"),
        ("\u200b.htaccess", "htaccess"),
        ("..", ""),
        ("...", ""),
        ("/", ""),
        ("", ""),
        ("  spaced  name.txt ", "spaced name.txt"),
        ('a<b>"c|d?.txt', "a_b__c_d_.txt"),
        ("日本語.txt", "日本語.txt"),
    ],
)
def test_a_file_name_is_safe_to_show_and_to_offer(name: str, safe: str) -> None:
    assert part_fields.safe_filename(name) == safe


@pytest.mark.parametrize("name", ["a" * 5_000 + ".pdf", "ü" * 5_000 + ".pdf", "." + "a" * 5_000, "a." + "b" * 5_000])
def test_a_long_file_name_is_cut_and_keeps_its_extension(name: str) -> None:
    safe = part_fields.safe_filename(name)
    assert 100 < len(safe.encode()) <= 180
    assert name.endswith(".pdf") == safe.endswith(".pdf")
