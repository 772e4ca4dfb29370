"""Words for the names of the rules that judged a mail: what stands on its page beside the name that rows and logs keep."""

from __future__ import annotations

WRITTEN = {
    "no_mark_of_a_machine": "written by a person",
    "carries_our_mark": "our own mail, sent back to us",
    "complains": "a complaint: somebody marked our mail as unwanted",
    "reports_delivery": "a report that a mail of ours did not arrive",
    "typed_as_delivery_report": "a delivery report that says nothing we can read",
    "names_failed_recipients": "a mail system's word on addresses that failed",
    "read_receipt": "a read receipt",
    "says_auto_replied": "an automatic reply, as it says itself",
    "precedence_auto_reply": "an automatic reply, as it says itself",
    "carries_responder_field": "an automatic reply: it carries a field that only responders add",
    "out_of_office_subject": "an automatic reply, by its subject",
    "from_mailer_daemon": "a mail system's own message",
    "says_auto_generated": "written by a program, as it says itself",
    "typed_as_report": "a program's report",
    "null_return_path": "a program's message: nobody is to answer it",
    "sent_to_a_list": "sent to a mailing list",
    "precedence_bulk": "sent to many at once",
    "unread": "not read yet",
}
FOUND_BY = {
    "no_sender": "there is nobody to answer",
    "disabled_agent": "its sender is a disabled agent",
    "staff_waits_for_dns": "an agent whose domain could not be asked yet",
    "staff_token": "the agent's own reply address",
    "staff_forward": "an agent handed it over",
    "staff_without_token": "an agent answered a mail of the ticket",
    "staff_unproven": "an agent's address without proof",
    "staff_new": "an agent wrote about something new",
    "too_many_comments": "too many messages from this sender",
    "participant_token": "the reply address that only this person got",
    "forwarded_token": "a reply address that somebody else got",
    "our_thread": "it answers a mail of ours",
    "their_thread": "it answers a mail on the ticket",
    "subject_tag": "the number in its subject",
    "early_answer": "a later mail in the same thread came first",
    "failed_sender": "its sender failed the check",
    "too_many_tickets": "too many new tickets from this sender",
    "forward": "forwarded mail opens a ticket of its own",
    "stranger": "its sender takes no part in the ticket that it names",
    "new": "nothing matched",
    "an_administrator": "an administrator placed it",
}


def words(table: dict[str, str], name: str) -> str:
    """What the name of a rule means, as the beginning of a sentence; "" for a name from a later version."""
    said = table.get(name, "")
    return said[:1].upper() + said[1:]
