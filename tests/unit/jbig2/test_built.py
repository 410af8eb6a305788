"""Where a C compiler is, the codec is."""

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

import bulkpress_jbig2

COMPILER = (sysconfig.get_config_var("CC") or "cc").split()[0]
HEADER = Path(sysconfig.get_paths()["include"], "Python.h")


def test_the_codec_is_built_wherever_it_can_be() -> None:
    assert bulkpress_jbig2.IS_AVAILABLE or not (shutil.which(COMPILER) and HEADER.is_file())


def test_without_the_codec_the_package_says_so_and_the_engine_does_without() -> None:
    program = (
        "import sys\n"
        "sys.modules['bulkpress_jbig2._codec'] = None\n"
        "import bulkpress_jbig2\n"
        "from bulkpress_engine.images.codecs.bilevel import encode_bilevel\n"
        "assert not bulkpress_jbig2.IS_AVAILABLE\n"
        "print(encode_bilevel(bytes(800), 80, 80, may_use_jbig2=True).filter)\n"
        "bulkpress_jbig2.encode(bytes(1), 1, 1)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout == "/CCITTFaxDecode\n"
    assert "NotBuiltError" in done.stderr


@pytest.mark.parametrize(("width_px", "height_px"), [(0, 1), (1, 0), (-1, 5), (2**30, 1), (2**40, 2**40), (9, 1)])
def test_sizes_that_do_not_fit_are_refused(width_px: int, height_px: int) -> None:
    with pytest.raises(ValueError, match=r"belong|must be|too large"):
        bulkpress_jbig2.encode(b"\0", width_px, height_px)
