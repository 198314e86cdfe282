"""The measure of docstrings: what counts as described."""

from tools.check_docstrings import public_functions

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
