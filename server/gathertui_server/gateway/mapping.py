"""What the services hand out, as the protocol says it."""

from __future__ import annotations

from gathertui.protocol import base, chat, media
from gathertui_server.auth import models as auth_models
from gathertui_server.chat import models as chat_models
from gathertui_server.signalling import models as signalling_models


def account(source: auth_models.Account) -> base.Account:
    """Return the account as others may know it."""
    return base.Account(source.id, source.name, source.role, source.colour)


def channel(source: chat_models.Channel) -> chat.Channel:
    """Return the channel."""
    return chat.Channel(source.name, source.title, source.last_seq)


def message(source: chat_models.Message) -> chat.ChatMessage:
    """Return the stored message."""
    return chat.ChatMessage(
        source.channel,
        source.seq,
        source.author_id,
        source.author_name,
        source.text,
        source.at,
        source.client_id,
    )


def ice_servers(rid: int, source: signalling_models.IceServers) -> media.IceServers:
    """Return the answer to request `rid`."""
    turn = source.turn
    servers = [media.IceServer(list(turn.urls), turn.username, turn.credential)] if turn is not None else []
    return media.IceServers(rid, servers, source.stun_port, source.relay_only, source.seconds)
