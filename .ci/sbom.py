"""`make sbom`: says what this build is made of, as CycloneDX: what Python installed, with versions, licences and addresses of
the projects, and what the web client is built from. Both documents are made by the package managers' own tools.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
TARGET = ROOT / ".guanxi/sbom"


def write(folder: Path) -> list[Path]:
    """Write both documents; returns their paths. Raises CalledProcessError with what a tool says."""
    folder.mkdir(parents=True, exist_ok=True)
    python, web = folder / "python.cdx.json", folder / "web.cdx.json"
    tool = Path(sys.prefix) / "bin/cyclonedx-py"
    # Checking what it has just written against the schema takes it ten times as long as writing it.
    told = ["--no-validate", "--output-reproducible", "--output-format", "JSON", "--output-file", str(python)]
    subprocess.run([tool, "environment", *told, sys.prefix], cwd=ROOT, check=True, capture_output=True, text=True)
    npm = ["npm", "sbom", "--sbom-format", "cyclonedx", "--package-lock-only"]
    done = subprocess.run(npm, cwd=ROOT / "web", check=True, capture_output=True, text=True)
    web.write_text(done.stdout)
    return [python, web]


if __name__ == "__main__":
    for path in write(TARGET):
        print(path.relative_to(ROOT))
