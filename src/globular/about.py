"""What is running: versions, instruction level, threads, and why."""

from __future__ import annotations

import platform
import sys


def show_versions() -> None:
    """Print the versions of globular and what it uses, its instruction level and its threads.

    Paste this into a bug report.

    >>> show_versions()  # doctest: +ELLIPSIS
    globular ...
    """
    from importlib.metadata import PackageNotFoundError, version

    from globular import __version__, _native
    from globular.engines.memory import level_name
    from globular.threads import threads

    granted = threads()
    print(f"globular {__version__}")
    print(f"  level    {level_name()} (this machine offers {', '.join(_native.levels())})")
    print(f"  threads  {granted.n} ({granted.why})")
    print(f"  python   {sys.version.split()[0]} on {platform.system()} {platform.machine()}")
    for package in ("numpy", "scipy", "scikit-learn", "click", "matplotlib", "Pillow", "pyarrow"):
        try:
            print(f"  {package:<12} {version(package)}")
        except PackageNotFoundError:
            print(f"  {package:<12} not installed")
