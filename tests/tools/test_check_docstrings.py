"""The measure of docstrings: what counts as described."""

from pathlib import Path

import pytest

from tools.check_docstrings import main, public_functions

ARRAY = 'def total(scores: Floats) -> float:\n    """{}"""\n'
MANY = 'def join(first: int, second: int, third: int, fourth: int) -> int:\n    """{}"""\n'


def test_an_array_without_a_shape_is_counted() -> None:
    (bare,) = public_functions("a.py", ARRAY.format("The sum of `scores`."))
    (described,) = public_functions("a.py", ARRAY.format("The sum of `scores`, float32 of shape (lots, members)."))
    assert (bare.lacks_shape, described.lacks_shape) == (True, False)


def test_an_argument_that_is_not_named_is_counted_from_four_on() -> None:
    (function,) = public_functions("a.py", MANY.format("`first`, `second` and `third` joined."))
    (short,) = public_functions("a.py", MANY.replace("third: int, ", "").format("Joined."))
    assert (function.unnamed, short.unnamed) == (("fourth",), ())


def test_private_functions_are_left_out() -> None:
    assert list(public_functions("a.py", ARRAY.replace("total", "_total"))) == []


def test_the_arguments_of_a_command_are_described_by_their_help() -> None:
    (command,) = public_functions("a.py", "@app.command()\n" + MANY.format("Join."))
    assert command.unnamed == ()


def test_a_function_that_leaves_something_out_fails_the_check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "matching").mkdir()
    (tmp_path / "matching" / "sums.py").write_text(ARRAY.format("The sum."), encoding="utf-8")
    assert main(["matching"], tmp_path) == 1
    assert capsys.readouterr().out == "matching/sums.py:1: total: no shape\n"
    assert main(["matching", "--count"], tmp_path) == 1


def test_described_functions_pass_the_check(tmp_path: Path) -> None:
    (tmp_path / "matching").mkdir()
    (tmp_path / "matching" / "sums.py").write_text(ARRAY.format("The sum, of shape (lots,)."), encoding="utf-8")
    assert main(["matching"], tmp_path) == 0
