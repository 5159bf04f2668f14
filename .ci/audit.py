"""`make audit`: asks pip-audit and npm audit for known vulnerabilities of what is installed, and writes what they say, with
the time, into the package of identity, whose security page shows it. Needs the advisory services of PyPI and npm: where
they do not answer nothing is written, and the page says that nobody has checked.
"""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "services/identity/identity/security/vulnerabilities.json"


def of_pip(told: dict[str, Any]) -> list[dict[str, Any]]:
    """What `pip-audit --format json` says."""
    return [
        {"package": package["name"], "version": package["version"], "id": one["id"], "fixed_in": one["fix_versions"]}
        for package in told["dependencies"]
        for one in package.get("vulns", [])
    ]


def of_npm(told: dict[str, Any]) -> list[dict[str, Any]]:
    """What `npm audit --json` says; advisories stand in `via`, and names of packages that bring them, too."""
    found = []
    for package in told["vulnerabilities"].values():
        fix = package.get("fixAvailable")
        fixed = [str(fix["version"])] if isinstance(fix, dict) and "version" in fix else []
        for one in package["via"]:
            if isinstance(one, dict):
                name = str(one.get("url", "")).rpartition("/")[2] or str(one.get("source", ""))
                found.append({"package": package["name"], "version": package["range"], "id": name, "fixed_in": fixed})
    return found


def asked(command: list[str], folder: Path) -> dict[str, Any] | None:
    """JSON on the command's output, whatever its code: both end with 1 where they find something."""
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
        told = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        print(f"{command[0]} says nothing: {error}", file=sys.stderr)
        return None
    if not isinstance(told, dict) or not {"dependencies", "vulnerabilities"} & told.keys():
        print(f"{command[0]} has no answer: {done.stdout[:300]}{done.stderr[-300:]}", file=sys.stderr)
        return None
    return told


def main() -> int:
    """0 when both have answered."""
    uv = str(Path(sys.prefix) / "bin" / "uv")
    lock = ["--requirement", str(ROOT / "requirements/lock.txt"), "--disable-pip", "--require-hashes"]
    pip = asked([uv, "tool", "run", "pip-audit", *lock, "--format", "json"], ROOT)
    npm = asked(["npm", "audit", "--json", "--omit=dev"], ROOT / "web")
    if pip is None or npm is None:
        return 1
    found = {"time": datetime.now(UTC).isoformat(), "vulnerabilities": [*of_pip(pip), *of_npm(npm)]}
    TARGET.write_text(json.dumps(found, indent=2) + "\n")
    for one in found["vulnerabilities"]:
        print(
            f"{one['package']} {one['version']}: {one['id']}, mended in {', '.join(one['fixed_in']) or 'no version yet'}"
        )
    print(f"{len(found['vulnerabilities'])} known vulnerabilities; written to {TARGET.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
