"""Builds the package: runs protoc over guanxi/**/*.proto. The generated modules are never committed."""

from pathlib import Path

from setuptools import Distribution, setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent


class Generate(build_py):
    """Generate messages, stubs and typing files into the build folder."""

    def run(self) -> None:
        from grpc_tools import protoc  # a build requirement, absent when the metadata alone is asked for

        target = ROOT / self.build_lib
        target.mkdir(parents=True, exist_ok=True)
        sources = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("guanxi/**/*.proto"))
        includes = [str(ROOT), str(Path(protoc.__file__).parent / "_proto"), str(_googleapis())]
        flags = [f"--{plugin}={target}" for plugin in ("python_out", "grpc_python_out", "pyi_out")]
        # The comments go along: the reference page and OpenAPI quote them.
        (target / "guanxi").mkdir(exist_ok=True)
        flags += ["--include_source_info", f"--descriptor_set_out={target / 'guanxi' / 'contracts.binpb'}"]
        if protoc.main(["protoc", *(f"-I{path}" for path in includes), *flags, *sources]) != 0:
            raise SystemExit("protoc refused the contracts; its messages are above")
        (target / "guanxi" / "py.typed").touch()
        for folder in {target / parent for source in sources for parent in Path(source).parents if str(parent) != "."}:
            (folder / "__init__.py").write_text('"""Generated from the contracts of the same name."""\n')


class WithModules(Distribution):
    """Tells setuptools that there are modules to build although none are in the source tree."""

    def has_pure_modules(self) -> bool:
        return True


def _googleapis() -> Path:
    import google.api  # a namespace package: the folder above it holds the .proto files

    return Path(next(iter(google.api.__path__))).parent.parent


setup(cmdclass={"build_py": Generate}, distclass=WithModules)
