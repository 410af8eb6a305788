"""What pyproject.toml cannot say: the C extension, which is left out where nothing can compile it."""

from setuptools import Extension, setup

SOURCES = ["bitmap", "ccitt", "choose_style", "generic_region", "module", "mq", "segments"]
HEADERS = ["bitmap", "ccitt", "choose_style", "generic_region", "mq", "segments"]

setup(
    ext_modules=[
        Extension(
            "bulkpress_jbig2._codec",
            sources=[f"c/{name}.c" for name in SOURCES],
            depends=[f"c/{name}.h" for name in HEADERS],
            py_limited_api=True,
            optional=True,
        )
    ],
    options={"bdist_wheel": {"py_limited_api": "cp311"}},
)
