from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.specifiers import Specifier, SpecifierSet
from packaging.tags import Tag
from packaging.version import InvalidVersion, Version


def hold():
    versions = [Version("1.0"), Version("2.0a1"), Version("1!3.0.post1+local")]
    versions.sort()
    wanted = SpecifierSet(">=1,<2")
    assert "1.5" in wanted
    requirement = Requirement("a[b]>=1; python_version > '3'")
    return (
        versions,
        wanted,
        requirement,
        {Version("3"): "three"},
        {Specifier("==1"), Specifier("~=2.1")},
        Marker("os_name == 'posix'"),
        {Tag("py3", "none", "any")},
        InvalidVersion,
    )


def use(held):
    versions, wanted, requirement, keyed, specifiers, marker, tags, invalid = held
    assert versions == sorted(versions) and versions[0] < versions[1] < Version("2.0") < versions[2]
    assert str(versions[2]) == "1!3.0.post1+local" and versions[1].is_prerelease and versions[2].local == "local"
    assert versions[0] in wanted and Version("2") not in wanted and list(wanted.filter(["1.1", "3"])) == ["1.1"]
    assert (
        requirement.extras == {"b"} and requirement.marker.evaluate() and requirement == Requirement(str(requirement))
    )
    assert (
        keyed[Version("3")] == "three" and Specifier("==1") in specifiers and wanted & SpecifierSet("!=1.5") != wanted
    )
    assert marker.evaluate({"os_name": "posix"}) and Tag("py3", "none", "any") in tags
    try:
        Version("no version")
    except invalid:
        pass
    else:
        raise AssertionError("no error")
