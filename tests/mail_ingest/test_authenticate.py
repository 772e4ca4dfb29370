"""Who says so: PASS, FAIL, NONE and TEMPERROR of each judge, with our own DNS, keys and signatures."""

from __future__ import annotations

import base64
import random
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import dkim
import pytest

from helpdesk.errors import BadSetting
from mail_ingest.authenticate import JUDGES, Judge, Judgement, judge, judge_from_setting
from mail_ingest.mail import Envelope, SenderVerdict
from mail_ingest.parse import parse
from mail_ingest.sender import auth_results, dmarc
from mail_ingest.sender.resolver import DnsTrouble, OneMail

PASS, FAIL, NONE, TEMPERROR = SenderVerdict.PASS, SenderVerdict.FAIL, SenderVerdict.NONE, SenderVerdict.TEMPERROR
LOCAL = Judge("local")
SES = judge_from_setting("ses")
RELAY = judge_from_setting("authserv:mx.help.test", ("192.0.2.0/28",))
BODY = "Hello,\r\n\r\nmy  printer is on fire. \r\n"
PLAIN = f"From: Alice <alice@example.com>\r\nTo: support@help.test\r\nSubject: Printer\r\n\r\n{BODY}".encode()
FROM_ALICE = Envelope("alice@example.com", ("support@help.test",), "198.51.100.7", "mx.example.com")
ELSEWHERE = replace(FROM_ALICE, client_ip="203.0.113.9")


@dataclass
class Dns:
    """A resolver whose answers are written down; names in `silent` do not answer now."""

    txts: dict[str, str] = field(default_factory=dict)
    hosts: dict[str, str] = field(default_factory=dict)
    mails: dict[str, str] = field(default_factory=dict)
    silent: frozenset[str] = frozenset()
    asked: list[str] = field(default_factory=list)

    def txt(self, name: str) -> list[bytes]:
        """One TXT record a name."""
        return [self._answer(self.txts, name).encode()] if name in self.txts or name in self.silent else self._none(name)

    def a(self, name: str) -> list[str]:
        """One address a name."""
        return [self._answer(self.hosts, name)] if name in self.hosts or name in self.silent else self._none(name)

    def aaaa(self, name: str) -> list[str]:
        """No IPv6 here."""
        return self._none(name)

    def mx(self, name: str) -> list[tuple[int, str]]:
        """One exchange a name."""
        return [(10, self._answer(self.mails, name))] if name in self.mails else self._none(name)

    def ptr(self, name: str) -> list[str]:
        """Nobody has a reverse name."""
        return self._none(name)

    def _answer(self, records: dict[str, str], name: str) -> str:
        self.asked.append(name)
        if name in self.silent:
            raise DnsTrouble(name)
        return records[name]

    def _none(self, name: str) -> list[Any]:
        self.asked.append(name)
        return []


@dataclass(frozen=True)
class Key:
    """An RSA key: the private part as dkimpy wants it, the public part as it stands in DNS."""

    private: bytes
    public: str


@cache
def key(bits: int = 1024) -> Key:
    """A key made here and now, the same in each run: good for nothing but these tests."""
    dice = random.Random(bits)
    e = 65537
    while True:
        p, q = _prime(bits // 2, dice), _prime(bits // 2, dice)
        if p != q and (p * q).bit_length() == bits and (p - 1) % e and (q - 1) % e:
            break
    d = pow(e, -1, (p - 1) * (q - 1))
    private = _der(0x30, b"".join(_integer(n) for n in (0, p * q, e, d, p, q, d % (p - 1), d % (q - 1), pow(q, -1, p))))
    bits_of_key = _der(0x03, b"\0" + _der(0x30, _integer(p * q) + _integer(e)))
    public = _der(0x30, _der(0x30, bytes.fromhex("06092a864886f70d0101010500")) + bits_of_key)
    pem = b"-----BEGIN RSA PRIVATE KEY-----\n" + base64.encodebytes(private) + b"-----END RSA PRIVATE KEY-----\n"
    return Key(pem, base64.b64encode(public).decode())


def _prime(bits: int, dice: random.Random) -> int:
    while True:
        n = dice.getrandbits(bits) | (0b11 << (bits - 2)) | 1
        if all(n % small for small in (3, 5, 7, 11, 13, 17, 19, 23, 29, 31)) and all(pow(b, n - 1, n) == 1 for b in (2, 3, 5, 7)):
            return n


def _integer(n: int) -> bytes:
    return _der(0x02, n.to_bytes(n.bit_length() // 8 + 1, "big"))


def _der(tag: int, content: bytes) -> bytes:
    length = len(content)
    size = (
        bytes([length])
        if length < 128
        else bytes([0x80 | ((length.bit_length() + 7) // 8)]) + length.to_bytes((length.bit_length() + 7) // 8, "big")
    )
    return bytes([tag]) + size + content


def signed(
    raw: bytes = PLAIN,
    domain: str = "example.com",
    *,
    bits: int = 1024,
    length: bool = False,
    canonical: str = "relaxed",
    algorithm: bytes = b"rsa-sha256",
) -> bytes:
    """The mail with a DKIM signature of that domain on top."""
    way = canonical.encode()
    field_ = dkim.sign(
        raw, b"s1", domain.encode(), key(bits).private, canonicalize=(way, way), length=length, signature_algorithm=algorithm
    )
    return bytes(field_) + raw


def dns(*, dmarc: str = "", spf: str = "", key_of: str = "example.com", bits: int = 1024, silent: tuple[str, ...] = ()) -> Dns:
    """DNS of example.com: its key, and where given its SPF record and DMARC policy."""
    txts = {f"s1._domainkey.{key_of}": f"v=DKIM1; k=rsa; p={key(bits).public}"}
    if dmarc:
        txts["_dmarc.example.com"] = f"v=DMARC1; {dmarc}"
    if spf:
        txts["example.com"] = f"v=spf1 {spf}"
    return Dns(txts, {"mx.example.com": "198.51.100.7"}, {"example.com": "mx.example.com"}, frozenset(silent))


def ask(raw: bytes, envelope: Envelope = ELSEWHERE, by: Judge = LOCAL, resolver: Dns | None = None) -> Judgement:
    """The judgement on these bytes."""
    return judge(parse(raw), raw, envelope, by, resolver if resolver is not None else dns())


REJECT = dns(dmarc="p=reject", spf="ip4:198.51.100.7 -all")
RSA_SHA1 = signed().replace(b"a=rsa-sha256", b"a=rsa-sha1")

DKIM = [
    ("a signature of the domain", signed(), dns(), PASS),
    ("a DMARC record or not", signed(), REJECT, PASS),
    ("simple canonicalization", signed(canonical="simple"), dns(), PASS),
    ("a signature of a subdomain is aligned", signed(domain="mail.example.com"), dns(key_of="mail.example.com"), PASS),
    ("unless alignment is strict", signed(domain="mail.example.com"), dns(key_of="mail.example.com", dmarc="p=reject; adkim=s"), FAIL),
    ("a foreign signature proves nothing", signed(domain="evil.test"), dns(key_of="evil.test"), NONE),
    ("nor against a policy", signed(domain="evil.test"), dns(key_of="evil.test", dmarc="p=reject"), FAIL),
    ("a neighbour below a public suffix is a stranger", signed(PLAIN.replace(b"example.com", b"a.co.uk"), "b.co.uk"), dns(key_of="b.co.uk"), NONE),
    ("no signature", PLAIN, dns(), NONE),
    ("no signature, p=none", PLAIN, dns(dmarc="p=none"), NONE),
    ("no signature, p=quarantine", PLAIN, dns(dmarc="p=quarantine"), FAIL),
    ("no signature, p=reject", PLAIN, dns(dmarc="p=reject"), FAIL),
    ("p=quarantine for no mail is no policy yet", PLAIN, dns(dmarc="p=quarantine; pct=0"), NONE),
    ("a changed body", signed().replace(b"fire", b"ice"), dns(dmarc="p=reject"), FAIL),
    ("white space changed on the way", signed().replace(b"my  printer", b"my printer"), dns(), PASS),
    ("l= counts for nothing", signed(length=True), dns(dmarc="p=reject"), FAIL),
    ("l= with an appended command", signed(length=True) + b"#close\r\n", dns(), NONE),
    ("a key under 1,024 bits", signed(bits=768), dns(bits=768, dmarc="p=reject"), FAIL),
    ("SHA-1", RSA_SHA1, dns(), NONE),
    ("a revoked key", signed(), Dns({"s1._domainkey.example.com": "v=DKIM1; p="}), NONE),
    ("no key", signed(), Dns(), NONE),
    ("the key does not answer now", signed(), dns(silent=("s1._domainkey.example.com",)), TEMPERROR),
    ("the policy does not answer, the domain itself signed", signed(), dns(silent=("_dmarc.example.com",)), PASS),
    ("the policy does not answer, a subdomain signed", signed(domain="mail.example.com"), dns(key_of="mail.example.com", silent=("_dmarc.example.com",)), TEMPERROR),
    ("the policy does not answer, nothing signed", PLAIN, dns(silent=("_dmarc.example.com",)), TEMPERROR),
    ("a second signature counts", b"DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=x; h=from; bh=AAAA; b=AAAA\r\n" + signed(), dns(), PASS),
    ("a signature field without sense", b"DKIM-Signature: ;;;=\r\n" + PLAIN, dns(), NONE),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "resolver", "verdict"), [case[1:] for case in DKIM], ids=[case[0] for case in DKIM])
def test_dkim_and_policy(raw: bytes, resolver: Dns, verdict: SenderVerdict) -> None:
    judgement = ask(raw, resolver=resolver)
    assert judgement.verdict is verdict, judgement.detail
    assert judgement.mechanism == ("dkim" if verdict is PASS else "")


WORTHLESS = [
    ("l=", signed(length=True), "l= leaves the end of the mail unsigned"),
    ("SHA-1", RSA_SHA1, "algorithm rsa-sha1"),
    ("From unsigned", b"DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=s1; h=to:subject; bh=AAAA; b=AAAA\r\n" + PLAIN, "From is not signed"),
    ("a short key", signed(bits=768), "public key too small"),
    ("a huge field", b"DKIM-Signature: d=example.com; x=" + b"x" * 5000 + b"\r\n" + PLAIN, "longer than 4 KiB"),
    ("a changed body", signed().replace(b"fire", b"ice"), "body hash mismatch"),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "reason"), [case[1:] for case in WORTHLESS], ids=[case[0] for case in WORTHLESS])
def test_the_trace_says_why_a_signature_counts_for_nothing(raw: bytes, reason: str) -> None:
    assert reason in ask(raw, resolver=dns(bits=768) if "small" in reason else dns()).detail


def test_questions_about_one_mail_end_when_their_time_is_used_up() -> None:
    resolver = dns()
    assert OneMail(resolver).a("mx.example.com") == ["198.51.100.7"]
    with pytest.raises(DnsTrouble, match="used up"):
        OneMail(resolver, seconds=0).txt("example.com")


SPF = [
    ("the listed address", "ip4:198.51.100.7 -all", FROM_ALICE, PASS),
    ("the mail exchange", "mx -all", FROM_ALICE, PASS),
    ("an included record", "include:other.test -all", FROM_ALICE, PASS),
    ("another address", "ip4:198.51.100.7 -all", ELSEWHERE, FAIL),
    ("softfail is no pass", "ip4:198.51.100.7 ~all", ELSEWHERE, FAIL),
    ("the null path asks for HELO", "-all", replace(FROM_ALICE, mail_from=""), PASS),
    ("a subdomain of From is aligned", "-all", replace(FROM_ALICE, mail_from="bounce@news.example.com"), PASS),
    ("a foreign return path proves nothing", "-all", replace(FROM_ALICE, mail_from="x@other.test"), FAIL),
    ("no client, no SPF", "ip4:198.51.100.7 -all", replace(FROM_ALICE, client_ip=None), FAIL),
    ("a record without sense", "ip4:nonsense frog -all", FROM_ALICE, FAIL),
    ("a record that does not answer", "include:silent.test -all", FROM_ALICE, TEMPERROR),
    ("a chain of empty answers is an error", "a:n1.test a:n2.test a:n3.test a:n4.test ip4:198.51.100.7 -all", FROM_ALICE, FAIL),
    ("a record that includes itself is an error", "include:example.com", FROM_ALICE, FAIL),
]  # fmt: skip


@pytest.mark.parametrize(("record", "envelope", "verdict"), [case[1:] for case in SPF], ids=[case[0] for case in SPF])
def test_spf_counts_when_its_domain_is_aligned(record: str, envelope: Envelope, verdict: SenderVerdict) -> None:
    resolver = dns(dmarc="p=reject", spf=record, silent=("silent.test",))
    for name in ("other.test", "mx.example.com", "news.example.com"):
        resolver.txts[name] = "v=spf1 ip4:198.51.100.7 -all"
    judgement = ask(PLAIN, envelope, resolver=resolver)
    assert judgement.verdict is verdict, judgement.detail
    assert judgement.mechanism == ("spf" if verdict is PASS else "")
    assert len(resolver.asked) < 25


def test_strict_spf_alignment_is_kept() -> None:
    resolver = dns(dmarc="p=reject; aspf=s")
    resolver.txts["news.example.com"] = "v=spf1 ip4:198.51.100.7 -all"
    assert ask(PLAIN, replace(FROM_ALICE, mail_from="x@news.example.com"), resolver=resolver).verdict is FAIL


@pytest.mark.parametrize(
    "head",
    [
        b"From: Alice <alice@example.com>\r\nFrom: Bob <bob@example.com>\r\n",
        b"From: Alice <alice@example.com>, Bob <bob@example.com>\r\n",
        b"From: bob@help.test <alice@example.com>\r\n",
        b"From: alice@example.com (bob@help.test)\r\n",
        b"From: team: alice@example.com;\r\n",
        b"From: <bob@help.test>alice@example.com\r\n",
        b"To: support@help.test\r\n",
    ],
    ids=[
        "two fields",
        "two mailboxes",
        "an address as name",
        "an address as comment",
        "a group",
        "text after the mailbox",
        "no From",
    ],
)
def test_only_one_mailbox_without_defects_passes(head: bytes) -> None:
    raw = signed(head + b"Subject: Printer\r\n\r\n" + BODY.encode()) if b"From:" in head else head + b"\r\n" + BODY.encode()
    judgement = ask(raw, FROM_ALICE, resolver=dns(spf="ip4:198.51.100.7 -all"))
    assert judgement.verdict is not PASS, judgement.detail


def results(*words: str, name: str = "mx.help.test", raw: bytes = PLAIN) -> bytes:
    """The mail with one Authentication-Results field on top."""
    return f"Authentication-Results: {name}; {'; '.join(words)}\r\n".encode() + raw


AT_RELAY = replace(FROM_ALICE, client_ip="192.0.2.5")
DKIM_PASS = "dkim=pass header.d=example.com"
FORGED = results(DKIM_PASS, "dmarc=pass header.from=example.com")

TOLD = [
    ("an aligned DKIM pass", results(DKIM_PASS), AT_RELAY, PASS, "dkim"),
    ("told by header.i", results("dkim=pass header.i=@mail.example.com"), AT_RELAY, PASS, "dkim"),
    ("an aligned SPF pass", results("spf=pass (mx: ok) smtp.mailfrom=alice@example.com"), AT_RELAY, PASS, "spf"),
    ("a DMARC pass of that From", results("dmarc=pass (p=none dis=none) header.from=example.com"), AT_RELAY, PASS, "dmarc"),
    ("a pass of another domain", results("dkim=pass header.d=evil.test", "spf=pass smtp.mailfrom=x@evil.test"), AT_RELAY, NONE, ""),
    ("fail and the policy told", results("dkim=none", "dmarc=fail (p=reject dis=none) header.from=example.com"), AT_RELAY, FAIL, ""),
    ("fail and p=none told", results("dmarc=fail (p=none dis=none) header.from=example.com"), AT_RELAY, NONE, ""),
    ("strict alignment that the relay minded", results("dkim=pass header.d=m.example.com", "dmarc=fail (p=reject)"), AT_RELAY, FAIL, ""),
    ("temperror", results("dkim=temperror header.d=example.com"), AT_RELAY, TEMPERROR, ""),
    ("the case of the id does not matter", results(DKIM_PASS, name="MX.Help.Test"), AT_RELAY, PASS, "dkim"),
    ("a dual-stack relay", results(DKIM_PASS), replace(AT_RELAY, client_ip="::ffff:192.0.2.5"), PASS, "dkim"),
    ("the field of somebody else", results(DKIM_PASS, name="mx.evil.test"), AT_RELAY, NONE, ""),
    ("the relay's word above a forged one", results("dkim=none", raw=FORGED), AT_RELAY, NONE, ""),
    ("a forged field straight from a stranger", FORGED, FROM_ALICE, NONE, ""),
    ("a forged field by a pipe without a client", FORGED, replace(FROM_ALICE, client_ip=None), NONE, ""),
    ("a forged ARC set", b"ARC-Authentication-Results: i=1; mx.help.test; dkim=pass header.d=example.com\r\n" + PLAIN, AT_RELAY, NONE, ""),
    ("a pass in a comment", results("dkim=none (dkim=pass header.d=example.com)"), AT_RELAY, NONE, ""),
    ("a pass in a quoted reason", results('dkim=fail reason="x; dkim=pass header.d=example.com"'), AT_RELAY, NONE, ""),
    ("the relay did not mind l=", results(DKIM_PASS, "dmarc=pass header.from=example.com", raw=signed(length=True)), AT_RELAY, NONE, ""),
    ("l= does not touch SPF", results("spf=pass smtp.mailfrom=example.com", raw=signed(length=True)), AT_RELAY, PASS, "spf"),
    ("nothing said", results("none"), AT_RELAY, NONE, ""),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "envelope", "verdict", "mechanism"), [case[1:] for case in TOLD], ids=[case[0] for case in TOLD])
def test_the_word_of_a_trusted_relay(raw: bytes, envelope: Envelope, verdict: SenderVerdict, mechanism: str) -> None:
    judgement = ask(raw, envelope, RELAY, dns(dmarc="p=none"))
    assert (judgement.verdict, judgement.mechanism) == (verdict, mechanism), judgement.detail


def test_a_relay_that_does_not_tell_the_policy_leaves_the_question_to_dns() -> None:
    raw = results("dkim=none", "spf=none")
    assert ask(raw, AT_RELAY, RELAY, dns(dmarc="p=reject")).verdict is FAIL
    assert ask(raw, AT_RELAY, RELAY, dns(silent=("_dmarc.example.com",))).verdict is TEMPERROR


def test_without_a_judge_nothing_is_known_and_nobody_is_asked() -> None:
    resolver = dns(dmarc="p=reject")
    assert ask(signed(), FROM_ALICE, Judge("off"), resolver).verdict is NONE
    assert resolver.asked == []


def by_ses(*words: str, raw: bytes = PLAIN, receipt: bool = True) -> bytes:
    """A mail as SES hands it on: its own fields on top, the sender's below."""
    head = b"Received: from mx.example.com by inbound-smtp.us-east-1.amazonaws.com with SMTP id abc\r\nX-SES-Spam-Verdict: PASS\r\n"
    own = "".join(f";\r\n {word}" for word in words).encode()
    own = b"Authentication-Results: amazonses.com" + own + b";\r\n" if words else b""
    return head + own + (b"X-SES-RECEIPT: AEFB\r\n" if receipt else b"") + raw


def verdicts(spf: str = "GRAY", dkim: str = "GRAY", dmarc: str = "GRAY", policy: str = "") -> dict[str, str]:
    """The words of a receipt object."""
    told = {"dmarcPolicy": policy} if policy else {}
    return {"spf": spf, "dkim": dkim, "dmarc": dmarc, "spam": "PASS", "virus": "PASS", **told}


SES_SPF = "spf=pass (spfCheck: domain of example.com designates 198.51.100.7 as permitted sender) client-ip=198.51.100.7; envelope-from=alice@example.com; helo=mx.example.com"
ALICE_SIGNED = by_ses(SES_SPF, "dkim=pass header.i=@example.com", "dmarc=none header.from=example.com")
OTHER_SIGNED = by_ses("dkim=pass header.i=@evil.test")
FORGED_SES = (
    b"Authentication-Results: amazonses.com; dkim=pass header.i=@example.com; dmarc=pass header.from=example.com\r\n" + PLAIN
)
FORGED_WITH_RECEIPT = FORGED_SES.replace(b"\r\nFrom", b"\r\nX-SES-RECEIPT: forged\r\nFrom")
STRANGER = replace(FROM_ALICE, mail_from="mallory@evil.test")
NO_PATH = replace(FROM_ALICE, mail_from="")

BY_SES = [
    ("an aligned signature", ALICE_SIGNED, STRANGER, verdicts(dkim="PASS"), PASS, "dkim"),
    ("a signature of a subdomain", by_ses("dkim=pass header.i=@mail.example.com"), STRANGER, verdicts(dkim="PASS"), PASS, "dkim"),
    ("told by header.d", by_ses("dkim=pass header.d=example.com"), STRANGER, verdicts(dkim="PASS"), PASS, "dkim"),
    ("a second signature", by_ses("dkim=pass header.i=@amazonses.com", "dkim=pass header.i=@example.com"), STRANGER, verdicts(dkim="PASS"), PASS, "dkim"),
    ("a mail without SES's receipt field", by_ses("dkim=pass header.i=@example.com", receipt=False), STRANGER, verdicts(dkim="PASS"), PASS, "dkim"),
    ("small letters in the verdict", ALICE_SIGNED, STRANGER, verdicts(dkim="pass"), PASS, "dkim"),
    ("a pass that is somebody else's", OTHER_SIGNED, STRANGER, verdicts(spf="PASS", dkim="PASS"), NONE, ""),
    ("somebody else's against a policy", OTHER_SIGNED, STRANGER, verdicts("PASS", "PASS", "FAIL", "reject"), FAIL, ""),
    ("the mail says pass, the receipt does not", ALICE_SIGNED, STRANGER, verdicts(dkim="FAIL"), NONE, ""),
    ("the receipt says pass, the mail does not whose", by_ses(SES_SPF), STRANGER, verdicts(dkim="PASS"), NONE, ""),
    ("no results of SES at all", PLAIN, STRANGER, verdicts(dkim="PASS"), NONE, ""),
    ("a forged copy below SES's own", by_ses("dkim=pass header.i=@evil.test", raw=FORGED_SES), STRANGER, verdicts(dkim="PASS"), NONE, ""),
    ("a forged copy where SES wrote none", by_ses(raw=FORGED_SES), STRANGER, verdicts(dkim="PASS"), NONE, ""),
    ("a forged copy with a forged receipt", by_ses(raw=FORGED_WITH_RECEIPT), STRANGER, verdicts(dkim="PASS"), NONE, ""),
    ("results of another on top", results("x=y", name="mx.evil.test", raw=FORGED_SES), STRANGER, verdicts(dkim="PASS"), NONE, ""),
    ("an aligned return path", PLAIN, FROM_ALICE, verdicts(spf="PASS"), PASS, "spf"),
    ("a return path of a subdomain", PLAIN, replace(FROM_ALICE, mail_from="x@news.example.com"), verdicts(spf="PASS"), PASS, "spf"),
    ("a foreign return path", PLAIN, STRANGER, verdicts(spf="PASS"), NONE, ""),
    ("the null return path", PLAIN, NO_PATH, verdicts(spf="PASS"), NONE, ""),
    ("an aligned return path that fails", PLAIN, FROM_ALICE, verdicts(spf="FAIL"), NONE, ""),
    ("DMARC passed, SES does not say by what", PLAIN, NO_PATH, verdicts(dmarc="PASS"), PASS, "dmarc"),
    ("DMARC passed by the signature", ALICE_SIGNED, FROM_ALICE, verdicts("PASS", "PASS", "PASS"), PASS, "dkim"),
    ("DMARC failed in spite of relaxed alignment", ALICE_SIGNED, FROM_ALICE, verdicts("PASS", "PASS", "FAIL", "quarantine"), FAIL, ""),
    ("nothing passed, p=none", PLAIN, STRANGER, verdicts("FAIL", "FAIL", "FAIL", "none"), NONE, ""),
    ("nothing passed, p=quarantine", PLAIN, STRANGER, verdicts("FAIL", "FAIL", "FAIL", "quarantine"), FAIL, ""),
    ("nothing passed, p=reject", PLAIN, STRANGER, verdicts("FAIL", "FAIL", "FAIL", "REJECT"), FAIL, ""),
    ("nothing passed, DNS tells what SES does not", PLAIN, STRANGER, verdicts("FAIL", "FAIL", "FAIL"), FAIL, ""),
    ("gray is nothing", PLAIN, STRANGER, verdicts(), NONE, ""),
    ("a check that SES could not do", PLAIN, STRANGER, verdicts(dkim="PROCESSING_FAILED"), TEMPERROR, ""),
    ("a policy that SES could not read", PLAIN, STRANGER, verdicts(dmarc="PROCESSING_FAILED"), TEMPERROR, ""),
    ("an SPF check that would have mattered", PLAIN, FROM_ALICE, verdicts(spf="PROCESSING_FAILED"), TEMPERROR, ""),
    ("an SPF check of a foreign return path", PLAIN, STRANGER, verdicts(spf="PROCESSING_FAILED"), NONE, ""),
    ("a signature although DMARC was not checked", ALICE_SIGNED, STRANGER, verdicts(dkim="PASS", dmarc="PROCESSING_FAILED"), PASS, "dkim"),
    ("a subdomain's although DMARC was not checked", by_ses("dkim=pass header.i=@m.example.com"), STRANGER, verdicts(dkim="PASS", dmarc="PROCESSING_FAILED"), TEMPERROR, ""),
    ("l= is nothing", by_ses("dkim=pass header.i=@example.com", raw=signed(length=True)), STRANGER, verdicts(dkim="PASS", dmarc="PASS"), NONE, ""),
    ("l= does not touch SPF", by_ses("dkim=pass header.i=@example.com", raw=signed(length=True)), FROM_ALICE, verdicts("PASS", "PASS", "PASS"), PASS, "spf"),
    ("words nobody knows", PLAIN, FROM_ALICE, {"spf": "MAYBE", "x": "PASS"}, NONE, ""),
    ("no words", ALICE_SIGNED, FROM_ALICE, {}, NONE, ""),
    ("a mail that came by another way", ALICE_SIGNED, FROM_ALICE, None, NONE, ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "envelope", "said", "verdict", "mechanism"), [case[1:] for case in BY_SES], ids=[case[0] for case in BY_SES]
)
def test_the_word_of_ses(
    raw: bytes, envelope: Envelope, said: dict[str, str] | None, verdict: SenderVerdict, mechanism: str
) -> None:
    judgement = ask(raw, replace(envelope, verdicts=said), SES, dns(dmarc="p=reject"))
    assert (judgement.verdict, judgement.mechanism) == (verdict, mechanism), judgement.detail


def test_ses_vouches_for_no_mail_with_two_senders() -> None:
    two = b"From: Alice <alice@example.com>\r\nFrom: Bob <bob@example.com>\r\n\r\n" + BODY.encode()
    named = b"From: bob@help.test <alice@example.com>\r\n\r\n" + BODY.encode()
    for raw in (two, named):
        judgement = ask(
            by_ses("dkim=pass header.i=@example.com", raw=raw), replace(FROM_ALICE, verdicts=verdicts("PASS", "PASS", "PASS")), SES
        )
        assert judgement.verdict is NONE, judgement.detail


def test_forged_results_are_nothing_to_the_local_judge() -> None:
    assert ask(FORGED, AT_RELAY, resolver=dns(dmarc="p=reject")).verdict is FAIL


@pytest.mark.parametrize("setting", ["", "on", "authserv", "authserv:", "local:x", "off:x", "ses:x"])
def test_a_setting_that_names_no_judge_stops_the_start(setting: str) -> None:
    with pytest.raises(BadSetting):
        judge_from_setting(setting, ("192.0.2.1",))


def test_an_authserv_judge_needs_its_relays() -> None:
    with pytest.raises(BadSetting, match="trusted relays"):
        judge_from_setting("authserv:mx.help.test")
    with pytest.raises(BadSetting, match="a network"):
        judge_from_setting("local", ("relay.help.test",))
    assert {judge_from_setting(name).name for name in ("off", " local ", "ses")} | {RELAY.name} == set(JUDGES)


@pytest.mark.parametrize(
    ("records", "domain", "expected"),
    [
        ({"_dmarc.example.com": "v=DMARC1; p=reject"}, "example.com", dmarc.Policy("reject")),
        ({"_dmarc.example.com": "v=DMARC1;p=reject;sp=none"}, "a.b.example.com", dmarc.Policy("none")),
        ({"_dmarc.example.com": "v=DMARC1; p=quarantine"}, "a.b.example.com", dmarc.Policy("quarantine")),
        ({"_dmarc.example.com": "v=DMARC1; p=reject; adkim=s; aspf=r"}, "example.com", dmarc.Policy("reject", strict_dkim=True)),
        ({"_dmarc.example.com": "v=DMARC2; p=reject"}, "example.com", None),
        ({"_dmarc.example.com": "p=reject"}, "example.com", None),
        ({"_dmarc.co.uk": "v=DMARC1; p=reject"}, "example.co.uk", None),
        ({}, "example.com", None),
    ],
)
def test_the_policy_is_the_domains_own_or_its_organizations(
    records: dict[str, str], domain: str, expected: dmarc.Policy | None
) -> None:
    assert dmarc.policy(domain, Dns(records)) == expected


def test_authentication_results_are_read_with_comments_quotes_and_versions() -> None:
    read = auth_results.read('mx.help.test 1 (by us); spf/1 = pass (a (nested) ; b) smtp.mailfrom="a b"@x; ;dmarc=fail (p=reject)')
    assert read is not None
    assert (read.authserv_id, [(one.method, one.result) for one in read.results]) == (
        "mx.help.test",
        [("spf", "pass"), ("dmarc", "fail")],
    )
    assert read.results[1].comment == "p=reject"
    assert auth_results.read("dkim=pass header.d=x") is None
    assert auth_results.read("") is None


@pytest.mark.parametrize(
    "raw",
    [
        signed() + b" " * 2_000_000,
        b"DKIM-Signature: d=example.com; b=" + b" \r\n " * 15_000 + b";\r\n" + PLAIN,
        b"DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=s1; h=from; bh=A; b=A\r\n" * 900 + PLAIN,
        b"Authentication-Results: mx.help.test" + b"(" * 60_000 + b"\r\n" + PLAIN,
        b"Authentication-Results: mx.help.test; " + b"a" * 60_000 + b"\r\n" + PLAIN,
    ],
    ids=["a run of spaces", "a folded signature", "many signatures", "nested comments", "one long word"],
)
def test_hostile_fields_get_an_answer_too(raw: bytes) -> None:
    for by in (LOCAL, RELAY):
        resolver = dns(dmarc="p=reject")
        assert ask(raw, AT_RELAY, by, resolver).verdict in {FAIL, NONE}
        assert len(resolver.asked) < 20
