"""The checks of bench.ocds, run by the Python of its temporary environment: of the project it imports nothing.

    python ocds_checks.py PACKAGES FIXTURES

PACKAGES holds release packages, FIXTURES the unpacked source distributions of ocdskit and ocdsmerge. Prints, as JSON,
what each checker found in the packages and in a spoilt one.
"""

from __future__ import annotations

import copy
import json
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Json = dict[str, Any]
Checker = Callable[[Json], Iterator[str]]

RELEASE = "https://standard.open-contracting.org/schema/1__1__5/release-schema.json"
SHOWN = 5


def by_schema(package: Json, release: Json) -> Checker:
    """The plain JSON Schema of packages, with this one of releases in it; formats are checked too."""
    import jsonschema
    from referencing import Registry, Resource

    registry = Registry().with_resources([(RELEASE, Resource.from_contents(release))])
    found = jsonschema.Draft4Validator(package, registry=registry, format_checker=jsonschema.FormatChecker())
    return lambda of: (f"{list(error.absolute_path)}: {error.message[:200]}" for error in found.iter_errors(of))


def by_cove(standard: Path) -> Checker:
    """What the Data Review Tool runs, from this ZIP of the standard; the package's extensions are taken out first."""
    from libcoveocds.api import ocds_json_output
    from libcoveocds.config import LibCoveOCDSConfig

    config = LibCoveOCDSConfig({"standard_zip": standard.as_uri(), "context": "api"})

    def check(package: Json) -> Iterator[str]:
        plain = {key: value for key, value in package.items() if key != "extensions"}
        result = ocds_json_output("", None, "1.1", json_data=plain, lib_cove_ocds_config=config)
        yield from (str(error)[:300] for error in result["validation_errors"])
        for check_name, at in (result.get("additional_checks") or {}).items():
            yield from (f"{check_name}: {str(check_error)[:200]}" for check_error in at)

    return check


def write_standard(path: Path, release: Json, package: Json, versioned: Json) -> Path:
    """A ZIP at `path` laid out as the repository of the standard is, as far as libcoveocds opens it.

    `release`, `package` and `versioned` are the JSON Schemas of releases, packages and versioned releases.
    """
    with zipfile.ZipFile(path, "w") as out:
        out.writestr("standard-1__1__5/", "")
        folder = "standard-1__1__5/schema"
        out.writestr(f"{folder}/release-schema.json", json.dumps(release))
        out.writestr(f"{folder}/release-package-schema.json", json.dumps(package))
        out.writestr(f"{folder}/versioned-release-validation-schema.json", json.dumps(versioned))
        out.writestr(f"{folder}/codelists/releaseTag.csv", "Code,Title\nplanning,Planning\n")
    return path


def find_checkers(fixtures: Path) -> tuple[dict[str, Checker], dict[str, Checker]]:
    """The plain schemas, by name, and libcoveocds over either of them."""
    (kit,), (merge,) = fixtures.glob("ocdskit-*/tests/fixtures"), fixtures.glob("ocdsmerge-*/tests/fixtures")
    core = _json(merge / "release-schema-1__1__4.json")
    extended = _json(kit / "a/release-schema.json")
    extended["properties"]["initiationType"]["enum"] = core["properties"]["initiationType"]["enum"]
    package = _json(kit / "release-package-schema.json")
    versioned = _json(merge / "versioned-release-validation-schema-1__1__4.json")
    releases = {"1.1.4, core": core, "1.1.5, extended": extended}
    schemas = {f"JSON Schema {name}": by_schema(package, schema) for name, schema in releases.items()}
    coves = {
        f"libcoveocds {name}": by_cove(write_standard(fixtures / f"{at}.zip", schema, package, versioned))
        for at, (name, schema) in enumerate(releases.items())
    }
    return schemas, coves


def main(packages: Path, fixtures: Path) -> None:
    """Every package by the schemas; all their releases as one package by libcoveocds; a spoilt release by all."""
    found = [_json(path) for path in sorted(packages.glob("*/*.json"))]
    whole = {**found[0], "releases": [release for package in found for release in package["releases"]]}
    spoilt = {**found[0], "releases": copy.deepcopy(found[0]["releases"])}
    spoilt["releases"][0]["tag"] = ["nonsense"]
    del spoilt["releases"][0]["ocid"]
    schemas, coves = find_checkers(fixtures)
    result: list[Json] = []
    for checkers, checked in ((schemas, found), (coves, [whole])):
        for name, check in checkers.items():
            errors = [error for package in checked for error in check(package)]
            releases = sum(len(package["releases"]) for package in checked)
            counts = {"packages": len(checked), "releases": releases, "errors": len(errors)}
            result.append({"checker": name, **counts, "spoilt": len(list(check(spoilt))), "first": errors[:SHOWN]})
    sys.stdout.write(json.dumps(result))


def _json(path: Path) -> Json:
    return json.loads(path.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
