"""Writes night.txt, dev.txt and uv.txt of requirements/: every version with the hashes of all its published files.

Run by `make lock` with a Python that has uv. Three things are left out of the files:

- torch: the hash of its CPU build depends on the index that serves it, and the build of the default index brings two
  gigabytes of CUDA. requirements/torch.txt pins its version; the Makefile installs it after the locked packages.
- the packages that only the CUDA build of torch needs (NOT_ON_A_PROCESSOR).
- the project itself, and any address of an index.
"""

import re
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
NOT_ON_A_PROCESSOR = re.compile(r"(nvidia-|cuda-|triton)")
HEADER = "# Written by `make lock`; change pyproject.toml, never this file. Install with --no-deps --require-hashes.\n"
BLOCK = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?:.*\\\n)+.*\n", re.MULTILINE)


def compiled(*options: str) -> str:
    """The lock of the project as uv resolves it with `options`, without torch."""
    return compiled_from("--no-emit-package", "torch", *options, "pyproject.toml", "requirements/build.in")


def compiled_from(*words: str) -> str:
    """The lock of what `words` name, options among them, for every platform and Python from 3.11."""
    command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11"]
    command += ["--generate-hashes", "--no-annotate", "--no-header", "--no-emit-index-url", "--no-emit-find-links"]
    command += words
    return subprocess.run(command, cwd=FOLDER.parent, check=True, capture_output=True, text=True).stdout


def without_cuda(lock: str) -> str:
    """`lock` without the packages that only the CUDA build of torch needs."""
    return BLOCK.sub(lambda block: "" if NOT_ON_A_PROCESSOR.match(block["name"]) else block[0], lock)


def main() -> None:
    """Writes the files; dev.txt holds the packages of night.txt at the same versions, and the development tools."""
    night = FOLDER / "night.txt"
    night.write_text(HEADER + without_cuda(compiled()), encoding="utf-8")
    dev = compiled("--extra", "dev", "--constraint", str(night))
    (FOLDER / "dev.txt").write_text(HEADER + without_cuda(dev), encoding="utf-8")
    installer = compiled_from("requirements/uv.in")
    (FOLDER / "uv.txt").write_text(HEADER + installer, encoding="utf-8")


if __name__ == "__main__":
    main()
