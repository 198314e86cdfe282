"""Errors of the warehouse. Every message states where, what was seen, and what to do.

WarehouseError
|- BadFact          a value that cannot be a fact (a CPV of seven digits, an instant without a zone)
|- StoreLocked      another process holds the warehouse for writing
|- StoreFull        the disk refused a write
|- StoreTooNew      the file was written by a later version of the tables
|- StoreTooOld      the file was written by an earlier version of the tables
|  `- FactsTooOld   so were the facts that a cluster's store reads
|- StoreUnreadable  there is no such file, or it is not a warehouse
|  `- StoreDamaged  there was a warehouse, and it is gone or cannot be read (whole)
|- StoreRefused     the database refuses what was asked of it
`- NotInWarehouse   nothing in the warehouse has that name, or several things do
"""


class WarehouseError(Exception):
    """Root of this room's errors."""


class BadFact(WarehouseError, ValueError):
    """A value that cannot be what it claims to be."""


class StoreLocked(WarehouseError):
    """Another process holds the warehouse for writing."""


class StoreFull(WarehouseError):
    """The disk refused a write; nothing of the transaction was stored."""


class StoreTooNew(WarehouseError):
    """The warehouse was written by a later version of the tables."""


class StoreTooOld(WarehouseError):
    """The warehouse was written by an earlier version of the tables; it can be rebuilt from landing."""


class FactsTooOld(StoreTooOld):
    """The facts that a cluster's store reads were published by an earlier version; they can be published again."""


class StoreUnreadable(WarehouseError):
    """There is no such file, or it is not a warehouse."""


class StoreDamaged(StoreUnreadable):
    """There was a warehouse, and it is gone or cannot be read (whole); `pib rebuild` makes it anew."""


class StoreRefused(WarehouseError):
    """The database refuses what was asked of it, for a reason of its own."""


class NotInWarehouse(WarehouseError, LookupError):
    """Nothing in the warehouse has that name, or several things do."""
