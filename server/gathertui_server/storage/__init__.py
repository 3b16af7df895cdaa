"""Where the services' data lives: implementations of their ports.

`memory` for tests and bots, `mongo` for a MongoDB server, and `embedded`, which
runs the default database as a separate program. Services never import this.
"""
