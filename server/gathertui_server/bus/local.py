"""The bus of one process: handlers are called at once, in order."""

from __future__ import annotations

from gathertui_server.bus.messages import Delivery, RoomCommand
from gathertui_server.bus.ports import GatewayHandler, RoomHandler


class LocalBus:
    """Joins one room host and the gateways of this process."""

    def __init__(self) -> None:
        self._room: RoomHandler | None = None
        self._gateways: list[GatewayHandler] = []

    def host_room(self, handler: RoomHandler) -> None:
        """From here on `handler` gets the room's commands."""
        self._room = handler

    def join_gateway(self, handler: GatewayHandler) -> None:
        """From here on `handler` gets all deliveries."""
        self._gateways.append(handler)

    def send(self, command: RoomCommand) -> None:
        """Hand a command to the room's host."""
        if self._room is not None:
            self._room(command)

    def publish(self, delivery: Delivery) -> None:
        """Hand a delivery to every gateway."""
        for handler in self._gateways:
            handler(delivery)
