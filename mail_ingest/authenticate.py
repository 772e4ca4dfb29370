"""Is the From address authenticated? Stage 4: the word of one configured judge.

`JUDGES` is the table of judges. A judge never believes a header field that a stranger could have written. Not here: the
mechanisms themselves (spf_check, dkim_check, dmarc, auth_results), and what follows from the verdict (route).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv4Network, IPv6Network, ip_network

from helpdesk.errors import BadSetting
from mail_ingest.mail import Envelope, ParsedMail, SenderVerdict
from mail_ingest.sender import auth_results, dkim_check, dmarc, spf_check
from mail_ingest.sender.resolver import DnsTrouble, OneMail, Resolver
from mail_ingest.sender.rewritten import is_trusted

SES = "amazonses.com"
_TOLD_POLICY = re.compile(r"\b(?:p|policy|policy\.dmarc|published-domain-policy)\s*=\s*(none|quarantine|reject)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Judge:
    """Who judges: `name` is off, local, ses or authserv; for authserv, whose fields count and which clients are believed."""

    name: str
    authserv_id: str = ""
    trusted_relays: tuple[IPv4Network | IPv6Network, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict, a sentence for the trace, and what a PASS rests on: dkim, spf, or dmarc (a relay's word on both)."""

    verdict: SenderVerdict
    detail: str
    mechanism: str = ""


NOT_ASKED = Judgement(SenderVerdict.NONE, "not asked")


def judge_from_setting(setting: str, trusted_relays: tuple[str, ...] = ()) -> Judge:
    """`off`, `local`, `ses`, or `authserv:ID`; trusted relays are addresses or networks. Raises BadSetting."""
    name, _, authserv_id = setting.strip().partition(":")
    if name not in JUDGES or (name == "authserv") != bool(authserv_id.strip()):
        raise BadSetting(f"the sender judge is off, local, ses or authserv:ID, not {setting!r}")
    try:
        networks = tuple(ip_network(relay.strip(), strict=False) for relay in trusted_relays)
    except ValueError as error:
        raise BadSetting(f"a trusted relay is an address or a network: {error}") from error
    if name == "authserv" and not networks:
        raise BadSetting("the sender judge authserv needs the addresses of the trusted relays")
    return Judge(name, authserv_id.strip().lower(), networks)


def judge(mail: ParsedMail, raw: bytes, envelope: Envelope, judge: Judge, resolver: Resolver) -> Judgement:
    """PASS: one From mailbox without defects and an aligned DKIM or SPF pass. FAIL: none, and DMARC asks for quarantine or reject.

    NONE is all else. TEMPERROR: nothing passed and DNS did not answer, so that it may pass later. Never raises; takes 20 s of
    questions at most. Sources: RFC 7489, RFC 7208, RFC 6376, RFC 8601.
    """
    domain = _from_domain(mail)
    if domain is None:
        return Judgement(SenderVerdict.NONE, "no single From mailbox to judge")
    judgement = JUDGES[judge.name](Case(mail, raw, envelope, judge, OneMail(resolver), domain))
    defects = from_defects(mail)
    if judgement.verdict is SenderVerdict.PASS and defects:
        return Judgement(SenderVerdict.NONE, f"{judgement.detail}, but From is defective: {', '.join(defects)}")
    return judgement


def from_defects(mail: ParsedMail) -> list[str]:
    """Why nobody's word on From counts: it has defects, or names no mailbox or several."""
    found = [defect for defect in mail.defects if defect.startswith("from-") or defect == "two-from-fields"]
    return found if mail.sender is not None or found else ["no single mailbox"]


@dataclass(frozen=True, slots=True)
class Case:
    """What a judge is given: the mail, its bytes and envelope, the configuration, DNS, and the domain of From."""

    mail: ParsedMail
    raw: bytes
    envelope: Envelope
    judge: Judge
    resolver: Resolver
    domain: str


def off(case: Case) -> Judgement:
    """No judge is configured: nothing is known about any sender."""
    return Judgement(SenderVerdict.NONE, "no judge is configured")


def local(case: Case) -> Judgement:
    """We check DKIM, then SPF, then ask for the DMARC policy ourselves."""
    notes: list[str] = []
    trouble = False
    try:
        policy = dmarc.policy(case.domain, case.resolver)
        notes.append(f"dmarc={policy.action if policy else 'no record'}")
    except DnsTrouble as error:
        trouble = True
        # A record that cannot be read now may ask for strict alignment.
        policy = dmarc.Policy("none", strict_dkim=True, strict_spf=True)
        notes.append(f"dmarc=temperror ({error})")
    strict_dkim, strict_spf = (policy.strict_dkim, policy.strict_spf) if policy else (False, False)
    for signature in dkim_check.verify(case.raw, case.resolver, partial(dmarc.aligned, domain=case.domain, strict=strict_dkim)):
        notes.append(f"dkim={signature.result} d={signature.domain}" + (f" ({signature.reason})" if signature.reason else ""))
        trouble = trouble or signature.result == "temperror"
        if signature.result == "pass":
            return Judgement(SenderVerdict.PASS, "; ".join(notes), "dkim")
    spf = spf_check.check(case.envelope, case.resolver)
    notes.append(f"spf={spf.result} {spf.domain}".rstrip())
    if dmarc.aligned(spf.domain, case.domain, strict=strict_spf):
        if spf.result == "pass":
            return Judgement(SenderVerdict.PASS, "; ".join(notes), "spf")
        trouble = trouble or spf.result == "temperror"
    return _without_pass(trouble, policy, notes)


def authserv(case: Case) -> Judgement:
    """The topmost Authentication-Results of our own authserv-id speaks, if a trusted relay brought the mail; no other copy does.

    The relay must remove fields with its own id from what it receives (RFC 8601 section 5), and write one field for all methods.
    """
    if not is_trusted(case.envelope.client_ip, case.judge.trusted_relays):
        return Judgement(SenderVerdict.NONE, "the client is no trusted relay")
    read = (auth_results.read(value) for value in case.mail.all("authentication-results"))
    own = next((found for found in read if found and found.authserv_id == case.judge.authserv_id), None)
    if own is None:
        return Judgement(SenderVerdict.NONE, f"no Authentication-Results of {case.judge.authserv_id}")
    matters = partial(dmarc.aligned, domain=case.domain)
    notes = [f"{own.authserv_id} says", *(f"{result.method}={result.result}" for result in own.results)]
    cut = dkim_check.carries_length(case.raw, matters)
    # A relay that knows of strict alignment says fail where a relaxed reading of its other words would pass.
    if not any(result.method == "dmarc" and result.result == "fail" for result in own.results):
        mechanism = next(filter(None, (_aligned_pass(result, matters, cut) for result in own.results)), "")
        if mechanism:
            return Judgement(SenderVerdict.PASS, " ".join(notes), mechanism)
    if cut:
        notes.append("(a signature with l= does not count)")
    trouble = any(result.result == "temperror" for result in own.results)
    return _by_policy(case, _told_policy(own), trouble, notes)


def ses(case: Case) -> Judgement:
    """The words of Amazon SES in the envelope speak; they do not tell whose signature passed, its topmost field in the mail does.

    `envelope.verdicts` holds what the receipt object says: spf, dkim, dmarc, spam, virus (PASS, FAIL, GRAY: nothing to check,
    PROCESSING_FAILED) and, where DMARC failed, dmarcPolicy (none, quarantine, reject). A mail without them came by another way.
    """
    said = {name: word.strip().upper() for name, word in (case.envelope.verdicts or {}).items()}
    if not said:
        return Judgement(SenderVerdict.NONE, "the mail did not come by SES")
    # A record that could not be read may ask for strict alignment.
    matters = partial(dmarc.aligned, domain=case.domain, strict=said.get("dmarc") == "PROCESSING_FAILED")
    notes = ["SES says", *(f"{name}={said.get(name, 'nothing').lower()}" for name in ("spf", "dkim", "dmarc"))]
    cut = dkim_check.carries_length(case.raw, matters)
    spf_is_aligned = matters(case.envelope.mail_from.rpartition("@")[2])
    # Where DMARC failed in spite of an aligned pass, the domain asks for strict alignment.
    if said.get("dmarc") != "FAIL":
        signed = said.get("dkim") == "PASS" and any(
            _aligned_pass(one, matters, cut) == "dkim" for one in _written_by_ses(case.mail)
        )
        mechanism = "dkim" if signed else "spf" if said.get("spf") == "PASS" and spf_is_aligned else ""
        if mechanism or (said.get("dmarc") == "PASS" and not cut):
            return Judgement(SenderVerdict.PASS, " ".join(notes), mechanism or "dmarc")
    if cut:
        notes.append("(a signature with l= does not count)")
    trouble = "PROCESSING_FAILED" in (said.get("dkim"), said.get("dmarc"), said.get("spf") if spf_is_aligned else None)
    if said.get("dmarc") == "FAIL":
        told = said.get("dmarcPolicy", "").lower()
        return _by_policy(case, dmarc.Policy(told) if told else None, trouble, notes)
    return _without_pass(trouble, None, notes)


JUDGES: dict[str, Callable[[Case], Judgement]] = {"off": off, "authserv": authserv, "local": local, "ses": ses}


def _by_policy(case: Case, policy: dmarc.Policy | None, trouble: bool, notes: list[str]) -> Judgement:
    """Nothing passed: what the domain asks for then, by the judge's word, else by DNS."""
    if policy is None and not trouble:
        try:
            policy = dmarc.policy(case.domain, case.resolver)
        except DnsTrouble:
            trouble = True
    return _without_pass(trouble, policy, notes)


def _without_pass(trouble: bool, policy: dmarc.Policy | None, notes: list[str]) -> Judgement:
    if trouble:
        return Judgement(SenderVerdict.TEMPERROR, "; ".join(notes))
    asks = policy is not None and policy.action in {"quarantine", "reject"}
    return Judgement(SenderVerdict.FAIL if asks else SenderVerdict.NONE, "; ".join(notes))


def _from_domain(mail: ParsedMail) -> str | None:
    domain = mail.sender.address.rpartition("@")[2].rstrip(".") if mail.sender else ""
    try:
        return domain.encode("idna").decode("ascii").lower() or None
    except UnicodeError:
        return None


def _written_by_ses(mail: ParsedMail) -> tuple[auth_results.MethodResult, ...]:
    """What the topmost Authentication-Results says, if SES wrote it: it puts its own on top, and its receipt field right below.

    A sender's own copy stands below that receipt, also where SES wrote no results.
    """
    for name, value in mail.headers:
        if name == "x-ses-receipt":
            break
        if name == "authentication-results":
            read = auth_results.read(value)
            return read.results if read is not None and read.authserv_id == SES else ()
    return ()


def _aligned_pass(result: auth_results.MethodResult, matters: Callable[[str], bool], cut: bool) -> str:
    """The mechanism by which this word makes the From domain pass, or the empty text."""
    if result.result != "pass":
        return ""
    if result.method == "dkim" and not cut:
        domain = result.get("header.d") or result.get("header.i").rpartition("@")[2]
        return "dkim" if matters(domain) else ""
    if result.method == "spf":
        name = result.get("smtp.mailfrom") or result.get("smtp.helo")
        return "spf" if matters(name.rpartition("@")[2]) else ""
    if result.method == "dmarc" and not cut:
        return "dmarc" if matters(result.get("header.from").rpartition("@")[2]) else ""
    return ""


def _told_policy(own: auth_results.AuthResults) -> dmarc.Policy | None:
    """The policy that the relay saw, when it says so: `(p=reject dis=none)`, `policy.dmarc=reject`."""
    for result in own.results:
        if result.method == "dmarc":
            told = " ".join([result.comment, *(f"{name}={value}" for name, value in result.properties)])
            if match := _TOLD_POLICY.search(told):
                return dmarc.Policy(match[1].lower())
    return None
