"""Lints the contracts, and compares them with the last release: `buf lint`, `buf breaking`.

buf wants the imported google/api and google/type files in a module of its own and would fetch them;
they are already here, in the googleapis-common-protos wheel.

What is compared with: the last release tag, because integrators have releases; before the first
release, the commit before this one (where that has contracts), so that a break is at least seen.
"""

import importlib.util
import io
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
WORK = ROOT / ".guanxi" / "buf"
BUF = Path(sys.prefix) / "bin" / "buf"
NEEDED = ("google/api", "google/rpc", "google/type", "google/longrunning")


def assemble(target: Path, contracts: Path) -> Path:
    """A buf workspace of two modules: ours, checked by the rules in proto/buf.yaml, and Google's, not checked."""
    shutil.rmtree(target, ignore_errors=True)
    for source in contracts.glob("guanxi/**/*.proto"):
        copy = target / "proto" / source.relative_to(contracts)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, copy)
    api = importlib.util.find_spec("google.api")
    assert api is not None
    assert api.submodule_search_locations
    google = Path(next(iter(api.submodule_search_locations))).parents[1]
    for folder in NEEDED:
        for source in (google / folder).glob("*.proto"):
            copy = target / "google" / source.relative_to(google)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, copy)
    rules = yaml.safe_load((ROOT / "proto" / "buf.yaml").read_text())
    unchecked = {"lint": {"ignore": ["google"]}, "breaking": {"ignore": ["google"]}}
    rules["modules"] = [{"path": "proto"}, {"path": "google", **unchecked}]
    (target / "buf.yaml").write_text(yaml.safe_dump(rules))
    return target


def git(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run git here; its failure is the caller's to judge."""
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=False)


def baseline() -> str | None:
    """The revision to compare with; None when there is none, as in a first commit."""
    tag = git("describe", "--tags", "--abbrev=0", "--match", "v*")
    revision = tag.stdout.decode().strip() if tag.returncode == 0 else "HEAD~"
    return revision if git("cat-file", "-e", f"{revision}:proto/guanxi").returncode == 0 else None


def buf(*arguments: str | Path) -> bool:
    """Run buf; it prints what it finds."""
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(WORK), "BUF_CACHE_DIR": str(WORK / "cache")}
    return subprocess.run([BUF, *arguments], cwd=WORK, env=environment, check=False).returncode == 0


def main() -> int:
    """0 when both checks pass."""
    current = assemble(WORK / "current", ROOT / "proto")
    passed = buf("lint", current)
    revision = baseline()
    if revision is None:
        print("buf breaking: no earlier contracts to compare with")
        return not passed
    archive = git("archive", revision, "proto")
    earlier = WORK / "earlier-source"
    shutil.rmtree(earlier, ignore_errors=True)
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
        files.extractall(earlier, filter="data")
    against = assemble(WORK / "earlier", earlier / "proto")
    if not buf("breaking", current, "--against", against):
        print(f"buf breaking: compared with {revision}")
        passed = False
    return not passed


if __name__ == "__main__":
    sys.exit(main())
