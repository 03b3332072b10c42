"""Everything that `storage` refuses or fails at.

StorageError
├── NotFound         no such row, or it lies in the bin
├── StaleRevision    somebody else saved the image meanwhile
├── InvalidValue     a name, colour, note or other value that cannot be stored
├── NotYours         a comment of somebody else
├── NameTaken        a name that must be unique is in use
├── InUse            a class that boxes still carry
├── SchemaTooNew     the database was written by a newer Boxloop
├── WorkspaceLocked  another server owns the workspace
├── DiskFull         there is no room to write
├── DatabaseBusy     another process has been writing for too long
├── IllegalTransition a job, or what an undo would change, is not in a state from which this is possible
└── InvalidDataset   a data set to import that cannot be read at all
"""


class StorageError(Exception):
    """Base of all errors of this package; its text is written for the person who reads it."""


class NotFound(StorageError):
    """No such row, or it lies in the bin."""


class StaleRevision(StorageError):
    """Somebody else saved the image meanwhile.

    Attributes:
        current: the revision that the database holds now.
    """

    def __init__(self, current: int) -> None:
        super().__init__(f"this image was changed meanwhile (revision {current}); look at the other's boxes first")
        self.current = current


class InvalidValue(StorageError):
    """A name, colour, note or other value that cannot be stored; the text says what would do."""


class NotYours(StorageError):
    """A comment of somebody else, which only they can change."""


class NameTaken(StorageError):
    """A name that must be unique is in use."""


class InUse(StorageError):
    """A class that boxes still carry, or a model that is active."""


class SchemaTooNew(StorageError):
    """The database was written by a newer Boxloop."""


class WorkspaceLocked(StorageError):
    """Another server owns the workspace."""


class DiskFull(StorageError):
    """There is no room to write; nothing that was saved before is lost."""


class DatabaseBusy(StorageError):
    """Another process has been writing for too long; nothing was changed."""


class IllegalTransition(StorageError):
    """A job, or what an undo would change, is not in a state from which this is possible."""


class InvalidDataset(StorageError):
    """A data set to import that cannot be read at all."""
