"""Which packages a service needs, by what they themselves declare."""

from collections.abc import Mapping
from importlib.metadata import requires

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

# Prints what markers are judged by, and what is installed, wherever it is run.
TELL = """
import importlib.metadata, json, os, platform, sys
told = {
    "python_version": "%d.%d" % sys.version_info[:2],
    "python_full_version": platform.python_version(),
    "implementation_name": sys.implementation.name,
    "platform_python_implementation": platform.python_implementation(),
    "os_name": os.name,
    "sys_platform": sys.platform,
    "platform_system": platform.system(),
    "platform_machine": platform.machine(),
}
installed = [each.name for each in importlib.metadata.distributions() if "/srv/" in str(each.locate_file(""))]
print(json.dumps({"environment": told, "installed": installed}))
"""


def needed(package: str, environment: Mapping[str, str]) -> set[str]:
    """It, what it needs, what that needs, and so on, where `environment` is so."""
    found: set[tuple[str, str]] = set()
    open_ends = [(canonicalize_name(package), "")]
    while open_ends:
        name, extra = open_ends.pop()
        if (name, extra) in found:
            continue
        found.add((name, extra))
        for each in map(Requirement, requires(name) or ()):
            if each.marker is None or each.marker.evaluate({**environment, "extra": extra}):
                open_ends += [(canonicalize_name(each.name), wanted) for wanted in ("", *each.extras)]
    return {name for name, _ in found}
