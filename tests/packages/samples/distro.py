import os
import tempfile

import distro

OS_RELEASE = (
    'NAME="Sample OS"\nID=sample\nVERSION_ID="4.2"\nVERSION="4.2 (name)"\nID_LIKE="debian"\nPRETTY_NAME="Sample 4.2"\n'
)


class Distribution(distro.LinuxDistribution):
    """What the program asks, with an answer of its own."""

    def codename(self):
        return super().codename().upper()


def made(cls):
    file = tempfile.NamedTemporaryFile("w", suffix="os-release", delete=False)
    with file:
        file.write(OS_RELEASE)
    return file.name, cls(include_lsb=False, os_release_file=file.name, distro_release_file="/nowhere/release")


def hold():
    paths, systems = zip(
        *(made(cls) for cls in (distro.LinuxDistribution, Distribution, distro.LinuxDistribution)), strict=True
    )
    assert systems[0].id() == "sample" and systems[1].codename() == "NAME"
    return (
        paths,
        systems,
        distro.id(),
        distro.info,
        distro.linux_distribution if hasattr(distro, "linux_distribution") else None,
    )


def use(held):
    paths, systems, name, info, _ = held
    asked, own, fresh = systems
    assert asked.version() == "4.2" and asked.like() == "debian" and asked.name(pretty=True) == "Sample 4.2"
    assert (
        isinstance(own, distro.LinuxDistribution) and own.codename() == "NAME" and own.version_parts() == ("4", "2", "")
    )
    assert (
        fresh.info()["id"] == "sample" and fresh.os_release_attr("version_id") == "4.2"
    )  # first asked now: the file is read
    assert distro.id() == name == info()["id"] and info is distro.info and type(fresh) is distro.LinuxDistribution
    for path in paths:
        os.unlink(path)
