"""The tables. Importing this package knows them all; no rule lives here."""

from helpdesk.models.attachment import Attachment
from helpdesk.models.base import Base
from helpdesk.models.canned_response import CannedResponse
from helpdesk.models.comment import Comment, CommentState
from helpdesk.models.event import Event
from helpdesk.models.fact import Fact
from helpdesk.models.faq import FaqEntry
from helpdesk.models.inbound_mail import InboundArrival, InboundMail, InboundRaw, InboundState, MailMailbox, MailReference
from helpdesk.models.outbox import DeliveryProblem, OutboxMessage, OutboxState, Suppression
from helpdesk.models.person import STAFF, Person, PersonAddress, Role
from helpdesk.models.presence import Presence
from helpdesk.models.saved_view import SavedView
from helpdesk.models.search_document import SearchDocument
from helpdesk.models.sign_in import ApiToken, Attempt, IdempotencyKey, SignInLink, SignInSession
from helpdesk.models.ticket import (
    ACTIVE,
    Draft,
    MutedTicket,
    Participant,
    ParticipantRole,
    RevokedLink,
    Ticket,
    TicketLink,
    Upvote,
)
from helpdesk.models.webhook import DeliveryState, Webhook, WebhookDelivery, WebhookKind
from helpdesk.words import Priority, Source, Status, TicketType, WaitingOn

__all__ = [
    "ACTIVE", "STAFF", "ApiToken", "Attachment", "Attempt", "Base", "CannedResponse", "Comment", "CommentState",
    "DeliveryProblem", "DeliveryState", "Draft", "Event", "Fact", "FaqEntry", "IdempotencyKey", "InboundArrival", "InboundMail",
    "InboundRaw", "InboundState", "MailMailbox", "MailReference", "MutedTicket", "OutboxMessage", "OutboxState", "Participant",
    "ParticipantRole", "Person", "PersonAddress", "Presence", "Priority", "RevokedLink", "Role", "SavedView", "SearchDocument",
    "SignInLink", "SignInSession", "Source", "Status", "Suppression", "Ticket", "TicketLink", "TicketType", "Upvote", "WaitingOn",
    "Webhook", "WebhookDelivery", "WebhookKind",
]  # fmt: skip
