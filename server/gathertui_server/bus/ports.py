"""What gateways and room hosts need of a bus."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from gathertui_server.bus.messages import Delivery, RoomCommand

RoomHandler = Callable[[RoomCommand], None]
GatewayHandler = Callable[[Delivery], None]


class RoomBus(Protocol):
    """A gateway's side: commands to the host of the room, in the order they were sent."""

    def send(self, command: RoomCommand) -> None:
        """Hand a command to the room's host. Never waits."""


class DeliveryBus(Protocol):
    """A room host's or service's side: deliveries to the gateways, in the order they were published."""

    def publish(self, delivery: Delivery) -> None:
        """Hand a delivery to every gateway. Never waits."""
