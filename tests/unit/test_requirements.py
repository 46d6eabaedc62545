"""Versions, specifiers, requirements and markers: the same answers as the packaging library, which pip brings along."""

import itertools
import random

import pytest

packaging = pytest.importorskip("pip._vendor.packaging")
from midflight import _testing  # noqa: E402
from pip._vendor.packaging.markers import default_environment  # noqa: E402
from pip._vendor.packaging.requirements import Requirement  # noqa: E402
from pip._vendor.packaging.specifiers import SpecifierSet  # noqa: E402
from pip._vendor.packaging.utils import canonicalize_name  # noqa: E402
from pip._vendor.packaging.version import InvalidVersion, Version  # noqa: E402

WRITTEN = """0 1 1.0 1.0.0 1.0.1 1.1 1.10 2 2.0a1 2.0.alpha1 2.0b2 2.0-rc.1 2.0c1 2.0pre1 2.0.preview2 2.0.post1 2.0-1 2.0.rev3 2.0r4
2.0.dev1 2.0a1.dev2 2.0.post1.dev3 2.0+local 2.0+local.1 2.0+local.2 2.0+1 2.0+10 2.0+abc.5 2.0+ABC_6 1!0.5 v1.2 1.2.3.4.5.6
2024.1.15 20240115 1.0.0a 1.0.a 1.0post 1.0.dev 1.0-post-2 1.0_dev_3 1.0RC1 99999999999999999999.0""".split()
NONE = [
    "",
    "x",
    "1.",
    "1..2",
    "1.0-",
    "1.0+",
    "1.0+a..b",
    "1.0a1b2",
    "1.0 2",
    "!1",
    "1!",
    "1.0.post1.post2",
    "1.0.*",
    "²",
    "1.0+é",
]


def invent(rng):
    parts = [str(rng.choice([0, 1, 2, 3, 10, 2024])) for _ in range(rng.randint(1, 4))]
    text = ".".join(parts)
    text += rng.choice(["", "", "", "a1", "b2", ".rc3", "rc1"])
    text += rng.choice(["", "", "", ".post1", "-2", ".post0"])
    text += rng.choice(["", "", "", ".dev1", ".dev0"])
    return text + rng.choice(["", "", "", "", "+a.1", "+1", "+b"])


@pytest.fixture(scope="module")
def versions():
    rng = random.Random(1)
    return WRITTEN + [invent(rng) for _ in range(120)]


def test_order(versions, midflight):
    for left, right in itertools.product(versions, repeat=2):
        a, b = Version(left), Version(right)
        assert _testing.version_compare(left, right) == (a > b) - (a < b), (left, right)


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_version(text, midflight):
    with pytest.raises(InvalidVersion):
        Version(text)
    assert _testing.version_compare(text, "1") is None


def test_specifiers(versions, midflight):
    asked = 0
    for wanted in versions:
        for operator in ("==", "!=", "<=", ">=", "<", ">", "~="):
            for tail in ("", ".*") if operator in ("==", "!=") else ("",):
                if Version(wanted).local and operator not in ("==", "!="):
                    continue  # not allowed; older releases of packaging give it a meaning of their own
                try:
                    spelled = str(Version(wanted))  # it splits at dots as written
                    specifiers = SpecifierSet(operator + spelled + tail)
                except ValueError:
                    continue
                if tail and Version(wanted).public != Version(wanted).base_version or tail and Version(wanted).local:
                    assert _testing.version_satisfies("1", operator + wanted + tail) == -1
                    continue
                for version in versions[::5]:
                    if (tail or operator == "~=") and len(Version(version).release) < len(Version(wanted).release):
                        continue  # older releases of packaging forgot the zeros: 1.post2 is in 1.0.*
                    expected = specifiers.contains(version, prereleases=True)
                    got = _testing.version_satisfies(version, operator + wanted + tail)
                    assert got == expected, (version, operator, wanted, tail)
                    asked += 1
    assert asked > 20000


def test_arbitrary_equality(midflight):
    assert _testing.version_satisfies("1.0", "===1.0") == 1 and _testing.version_satisfies("1.0", "=== 1.00") == 0
    assert _testing.version_satisfies("of no order", "===of no order") == 1
    assert _testing.version_satisfies("of no order", ">=1") == -1


def test_lists_of_specifiers(versions, midflight):
    rng = random.Random(2)
    for _ in range(2000):
        text = rng.choice([",", ", ", " , "]).join(
            rng.choice([">=", "<", "!=", "<=", ">"]) + rng.choice(["", " "]) + rng.choice(WRITTEN[:20])
            for _ in range(rng.randint(1, 4))
        )
        version = rng.choice(versions)
        assert _testing.version_satisfies(version, text) == SpecifierSet(text).contains(version, prereleases=True), text


REQUIREMENTS = [
    "simple",
    "Some_Name.Other>=1.0,<2",
    "name (>=1.5)",
    "name[a,b]>=2",
    "name[a] ; extra == 'x'",
    "name @ https://example.invalid/name-1.0.zip",
    "name @ https://example.invalid/n.zip ; python_version < '3'",
    "tomli>=1.1.0; python_version < '3.11'",
    "tomli>=1.1.0; python_version >= '3.11'",
    "x; python_full_version < '3.11.4'",
    "x; python_version == '3.1'",
    "x; python_version in '3.10 3.11'",
    "x; python_version not in '3.10 3.11'",
    "x; sys_platform == 'win32' or sys_platform == 'linux'",
    "x; sys_platform == 'win32' and python_version > '3' or os_name == 'posix'",
    "x; (sys_platform == 'win32' or os_name == 'posix') and extra == 'y'",
    "x; platform_machine == 'x86_64' and platform_system != 'Windows'",
    "x; 'lin' in sys_platform",
    'x; implementation_name == "cpython"',
    "x; platform_python_implementation != 'PyPy'",
    "x; python_version ~= '3.8'",
    "x; extra != 'test'",
    "x!=1.*",
]
BROKEN = ["", ">=1", "x; nothing == '1'", "x; python_version", "x; python_version < '3", "x; (os_name == 'posix'", "x[a", "x (>=1", "x; os_name == 'a' or", "x ; os_name == 'a' )"]  # fmt: skip


@pytest.mark.parametrize("python", ["3.11.2", "3.11.7", "3.12.1", "3.13.0"])
@pytest.mark.parametrize("text", REQUIREMENTS)
def test_requirement(text, python, midflight):
    expected = Requirement(text)
    environment = {
        **default_environment(),
        "python_full_version": python,
        "python_version": ".".join(python.split(".")[:2]),
        "sys_platform": "linux",
        "platform_machine": "x86_64",
        "platform_system": "Linux",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "os_name": "posix",
        "extra": "",
    }
    name, specifiers, applies = _testing.requirement(text, python, "linux", "x86_64")
    assert name == canonicalize_name(expected.name)
    assert SpecifierSet(specifiers) == expected.specifier
    assert applies == (expected.marker is None or expected.marker.evaluate(environment))


@pytest.mark.parametrize("text", BROKEN)
def test_what_is_no_requirement(text, midflight):
    with pytest.raises(ValueError):
        Requirement(text)
    assert _testing.requirement(text, "3.11.7", "linux", "x86_64") is None


def test_noise(midflight):
    """Whatever the text, there is an answer. Under ASan this is the test that matters."""
    rng = random.Random(3)
    alphabet = "ab01.-_ ;,()[]<>=!~'\"@*+extraos_name in not and or"
    for _ in range(20000):
        base = rng.choice(REQUIREMENTS)
        cut = rng.randrange(len(base))
        text = (
            base[:cut]
            + "".join(rng.choice(alphabet) for _ in range(rng.randint(0, 8)))
            + base[cut + rng.randint(0, 3) :]
        )
        _testing.requirement(text, "3.11.7", "linux", "x86_64")
    assert _testing.requirement("x; " + "(" * 1000 + "os_name == 'a'" + ")" * 1000, "3.11.7", "linux", "x86_64") is None
