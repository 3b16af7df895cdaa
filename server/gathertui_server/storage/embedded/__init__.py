"""The default database: a separate program on this machine, started and ended with the server.

It speaks MongoDB's wire protocol, so all that `storage.mongo` does works on it.
It is never imported. Keep this package's imports light: the shim loads it.
"""
