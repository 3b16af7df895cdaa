"""How gateways and room hosts talk: messages that could cross a network, over a bus that need not."""
