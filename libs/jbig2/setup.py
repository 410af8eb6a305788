"""What pyproject.toml cannot say: the C extension, which is left out where nothing can compile it."""

from pathlib import Path

from setuptools import Extension, setup

setup(
    ext_modules=[
        Extension(
            "bulkpress_jbig2._codec",
            sources=sorted(map(str, Path("c").glob("*.c"))),
            depends=sorted(map(str, Path("c").glob("*.h"))),
            py_limited_api=True,
            optional=True,
        )
    ],
    options={"bdist_wheel": {"py_limited_api": "cp311"}},
)
