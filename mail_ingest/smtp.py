"""The SMTP listener: takes mail for our addresses, commits it, then says 250.

What happens on one connection is in listener/session.py, what all of them share in listener/house.py, the figures in
listener/limits.py, the words in replies.py.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

from helpdesk.errors import BadSetting
from helpdesk.installation import Installation
from mail_ingest import intake
from mail_ingest.listener.group_commit import PATIENCE, GroupCommit
from mail_ingest.listener.house import House
from mail_ingest.listener.limits import Counters, Limits, networks
from mail_ingest.listener.session import Guest
from mail_ingest.replies import Reply

log = logging.getLogger("helpdesk.smtp")
DRAIN_SECONDS = 19.0  # our supervisor kills after 20


def run(installation: Installation) -> None:
    """Take mail until SIGTERM or SIGINT, then finish what is being sent and return.

    Raises BadSetting when the address cannot be listened on.
    """
    # it writes what clients say, line by line
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)
    asyncio.run(_run(installation))


async def _run(installation: Installation) -> None:
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    async with listening(installation):
        await told.wait()


@asynccontextmanager
async def listening(
    installation: Installation,
    *,
    limits: Limits | None = None,
    patience: float = PATIENCE,
    drain_seconds: float = DRAIN_SECONDS,
) -> AsyncIterator[Sequence[tuple[str, int]]]:
    """The door is open inside the block; gives the addresses it is open on. Leaving finishes mails that are on their way.

    Clients between two mails hear 421 at once; one in the middle of DATA may finish within `drain_seconds`.
    """
    settings = installation.settings
    commit = GroupCommit(partial(intake.accept_many, installation.engine), patience=patience)
    house = House(
        mint=installation.mint,
        inbound=frozenset(settings.inbound_addresses),
        counters=Counters(
            limits or Limits(mail_bytes=settings.max_mail_bytes), networks(settings.trusted_mtas, "HELPDESK_TRUSTED_MTAS")
        ),
        accept=commit.accept,
        disk=settings.data_dir if _is_local(installation) else None,
    )
    server = await _listener(house, settings.smtp_listen)
    log.info("listening on %s:%d", *server.sockets[0].getsockname()[:2])
    try:
        yield [one.getsockname()[:2] for one in server.sockets]
    finally:
        server.close()
        await _drain(house, drain_seconds)
        await commit.close()


async def _listener(house: House, listen: str) -> asyncio.Server:
    host, _, port = listen.rpartition(":")
    try:
        return await asyncio.get_running_loop().create_server(lambda: Guest(house), host.strip("[]"), int(port), backlog=256)
    except OSError as error:
        raise BadSetting(f"HELPDESK_SMTP_LISTEN is wrong: {listen} cannot be listened on ({error.strerror}).") from None


async def _drain(house: House, seconds: float) -> None:
    house.closing = True
    for guest in tuple(house.guests):
        if not guest.in_data:
            guest.dismiss(Reply.CLOSING)
    if house.guests:
        try:
            await asyncio.wait_for(house.empty.wait(), seconds)
        except TimeoutError:
            for guest in tuple(house.guests):
                guest.hang_up()
            await house.empty.wait()


def _is_local(installation: Installation) -> bool:
    """Whether the database writes to this machine's disk, as far as its URL tells."""
    url = installation.engine.url
    host = url.host or str(url.query.get("host", ""))
    return host in ("", "localhost", "127.0.0.1", "::1") or host.startswith("/")
