"""The table of places: every code well formed, names whole, French departments found by their number."""

from warehouse.codes.classifications import Nuts
from warehouse.codes.nuts_places import department_nuts, shipped_places


def test_every_place_has_a_name_in_all_four_languages_or_a_point():
    for code, place in shipped_places().items():
        assert Nuts(code).code == code
        assert set(place.names) in (set(), {"fr", "nl", "en", "de"}), code
        assert place.names or place.point, code


def test_points_lie_in_the_country_of_their_code():
    for code, place in shipped_places().items():
        if place.point and code[:2] in {"BE", "LU"}:
            assert 49.4 <= place.point[0] <= 51.6, code
            assert 2.5 <= place.point[1] <= 6.5, code


def test_a_department_is_found_by_its_number():
    assert department_nuts("59") == Nuts("FRE11")
    assert department_nuts("2A") == Nuts("FRM01")
    assert department_nuts("99") is None
