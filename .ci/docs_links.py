"""Checks that every relative link in every Markdown file leads to a file, and every anchor to a heading.

Also that a page with a twin in the other language (README.md, README.zh-CN.md) links to it, and back.
"""

import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

ROOT = Path(__file__).resolve().parents[1]
LINK = re.compile(r"(?<!\\)\[(?:[^\[\]]|\[[^\]]*\])*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
FENCE = re.compile(r"^(```|~~~).*?^\1\s*$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)


def pages() -> list[Path]:
    """Every Markdown file that git knows or would add."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [path for line in listing.stdout.splitlines() if (path := ROOT / line).is_file()]


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as the common renderers make them."""
    found: set[str] = set()
    for title in HEADING.findall(FENCE.sub("", page.read_text())):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title)
        slug = re.sub(r"[^\w\- ]", "", plain.replace("`", "").lower()).replace(" ", "-")
        number = 0
        while (slug if not number else f"{slug}-{number}") in found:
            number += 1
        found.add(slug if not number else f"{slug}-{number}")
    return found


def problems(page: Path) -> list[str]:
    """What is wrong with one page's links."""
    found: list[str] = []
    text = FENCE.sub("", page.read_text())
    targets = LINK.findall(re.sub(r"`[^`\n]*`", "", text))
    for target in targets:
        if re.match(r"[a-z][a-z+.-]*:", target):
            continue
        path, _, anchor = unquote(target).partition("#")
        destination = (page.parent / path).resolve() if path else page
        if not destination.exists():
            found.append(f"{target}: no such file")
        elif anchor and destination.suffix == ".md" and anchor not in anchors(destination):
            found.append(f"{target}: no such heading")
    twin = page.with_name(page.name.replace(".zh-CN.md", ".md") if ".zh-CN." in page.name else page.stem + ".zh-CN.md")
    if twin != page and twin.exists() and twin.name not in targets:
        found.append(f"does not link to its twin {twin.name}")
    return found


def main() -> int:
    """0 when every link leads somewhere."""
    broken = [f"{page.relative_to(ROOT)}: {problem}" for page in pages() for problem in problems(page)]
    print("\n".join(broken) if broken else f"{len(pages())} pages, every link leads somewhere")
    return bool(broken)


if __name__ == "__main__":
    sys.exit(main())
