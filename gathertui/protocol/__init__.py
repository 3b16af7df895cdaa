"""What client and server say to each other, and nothing about how the bytes travel.

One websocket carries binary frames of MessagePack. Each frame is one message: an
array whose first item is the message's tag. `codec.ClientMessage` is the closed
union of what a client may send, `codec.ServerMessage` of what a server may.
This package is pure: no clock, no chance, no files, no sockets.
"""
