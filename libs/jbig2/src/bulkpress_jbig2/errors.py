"""What this package raises beside ValueError and MemoryError."""


class UndecodableJbig2Error(ValueError):
    """The data is damaged, or holds something else than generic regions on one page."""


class NotBuiltError(NotImplementedError):
    """The package was installed without a C compiler. Install one, then `make clean setup`."""
