#!/usr/bin/env python3
"""Install what was built into empty environments outside the repository, and use it there.

Usage: smoke.py DIST_DIR. The wheel and the sdist are each installed in a fresh virtual environment; there, with
``python -I`` and away from the checkout, the packages must be ours and the command must prepare a sample.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OWNERS = """
import importlib.metadata as m, json, client, preprocess
owners = m.packages_distributions()
print(json.dumps([owners["client"], owners["preprocess"], client.__file__, preprocess.__file__]))
"""


def run(*command: object, cwd: Path) -> str:
    """Run a command outside the repository and return what it printed; fail with all it said."""
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"smoke: {command} exited with {done.returncode}\n{done.stdout}\n{done.stderr}")
    if done.stderr.strip():
        print(f"smoke: stderr of {command[0]}: {done.stderr.strip()}")
    return done.stdout


def smoke(package: Path) -> None:
    """Install ``package`` in an empty environment and use it there."""
    with tempfile.TemporaryDirectory(prefix="faceready-smoke-") as name:
        folder = Path(name)
        environment = folder / "venv"
        venv.create(environment, with_pip=True)
        python, command = environment / "bin" / "python", environment / "bin" / "faceready"
        run(
            python,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            package,
            cwd=folder,
        )
        clients, preprocesses, *files = json.loads(run(python, "-I", "-c", OWNERS, cwd=folder))
        assert clients == preprocesses == ["faceready"], (clients, preprocesses)
        assert all(Path(file).is_relative_to(environment) for file in files), files
        for sample in ("selfie.jpg", "selfie.mp4"):
            shutil.copy(ROOT / "samples" / sample, folder / sample)
            told = json.loads(run(command, "prepare", sample, "--format", "json", cwd=folder))
            assert told["outcome"] == "ready", told
            assert (folder / told["payload"]["path"]).stat().st_size == told["payload"][
                "size_bytes"
            ]
            print(
                f"smoke: {package.name}: {sample} -> {told['rung']}, {told['payload']['size_bytes']:,} bytes"
            )


def main() -> int:
    """Smoke-test every distribution in the folder given."""
    packages = sorted(Path(sys.argv[1]).resolve().glob("faceready-*"))
    assert len(packages) == 2, f"expected one wheel and one sdist, found {packages}"
    for package in packages:
        smoke(package)
    return 0


if __name__ == "__main__":
    sys.exit(main())
