def encode(samples: bytes, width_px: int, height_px: int, /) -> bytes: ...
def decode(data: bytes, width_px: int, height_px: int, /) -> bytes: ...
def mq_encoded(data: bytes, /) -> bytes:
    """The bits of `data` through the arithmetic coder with one context, as in the test sequence of T.88, H.2."""

def mq_decoded(data: bytes, length_bytes: int, /) -> bytes:
    """The inverse of `mq_encoded`."""
