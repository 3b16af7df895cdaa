"""The accounts of the demo office: made at its first start, kept in its data folder."""

from __future__ import annotations

import contextlib
import getpass
import os
import re
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec

from gathertui.cli.demo_cast import NAMES, Cast, Member
from gathertui.client.office import OfficeClient
from gathertui.errors import Refused
from gathertui.protocol.base import ConnectionKind, Role

INVITE_SECONDS = 3600


def your_name() -> str:
    """Return the name of the person at this terminal, as far as an account may have it."""
    try:
        name = re.sub(r"[^a-z0-9_.-]", "", getpass.getuser().lower())[:20].strip("_.-")
    except (KeyError, OSError):
        name = ""
    return name if len(name) > 1 and name not in NAMES else "visitor"


async def prepare_cast(folder: Path, server: str, owner_code: str) -> Cast:
    """Sign in you, the owner, and every bot; whoever has no account yet gets one."""
    file = folder / "cast.json"
    cast = _read(file) or Cast(_newcomer(your_name()), [_newcomer(name) for name in NAMES])
    _write(file, cast)  # first: an account whose password nobody knows would be lost
    async with _office(server, cast.you) as office:
        you = await _sign_in(office, cast.you, owner_code)
        invite = (await office.create_invite(Role.MEMBER, len(cast.bots), INVITE_SECONDS)).code
    bots = []
    for bot in cast.bots:
        async with _office(server, bot) as office:
            bots.append(await _sign_in(office, bot, invite))
    cast = Cast(you, bots)
    _write(file, cast)
    return cast


def _newcomer(name: str) -> Member:
    return Member(name, secrets.token_urlsafe(16), token="")


@contextlib.asynccontextmanager
async def _office(server: str, member: Member) -> AsyncIterator[OfficeClient]:
    office = OfficeClient(server, kind=ConnectionKind.TOOL, device="demo", token=member.token)
    try:
        await office.connect()
        yield office
    finally:
        await office.close()


async def _sign_in(office: OfficeClient, member: Member, invite: str) -> Member:
    """By the kept token, else by the password, else with a new account."""
    if office.account is None:
        try:
            await office.log_in(member.name, member.password)
        except Refused:
            await office.sign_up(member.name, member.password, invite)
    return Member(member.name, member.password, office.token)


def _read(file: Path) -> Cast | None:
    with contextlib.suppress(FileNotFoundError, msgspec.MsgspecError):
        return msgspec.json.decode(file.read_bytes(), type=Cast)
    return None


def _write(file: Path, cast: Cast) -> None:
    draft = file.with_suffix(".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(msgspec.json.encode(cast))
    draft.replace(file)
