"""What this package raises beside ValueError and MemoryError."""


class UndecodableError(ValueError):
    """The data is damaged, or is JBIG2 of a kind that is not written here."""


class NotBuiltError(NotImplementedError):
    """The package was installed without a C compiler. Install one, then `make clean setup`."""
