"""Pictures of real pixels, in the ways that terminals know."""
