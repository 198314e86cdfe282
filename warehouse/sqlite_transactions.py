"""Write transactions of the SQLite stores: of letters, of members' choices, of requests for links."""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def write_transaction(connection: sqlite3.Connection) -> Generator[None]:
    """The block as one transaction that no other writer enters: committed, or rolled back when the block or the commit
    raises. `connection` has no isolation level (it begins nothing by itself). Raises sqlite3.Error."""
    connection.execute("begin immediate")
    try:
        yield
        connection.execute("commit")
    finally:
        if connection.in_transaction:
            connection.execute("rollback")
