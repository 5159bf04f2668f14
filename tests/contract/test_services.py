"""A new service is found by its contracts; what cannot be derived from them is asked for here, by name."""

import importlib
import subprocess
import sys
import tomllib

import pytest

from chassis.contract import all_methods, permission_of, service_names, service_of
from local.plan import SERVICES, slug
from local.settings import ROOT

WORKSPACE = tomllib.loads((ROOT / "pyproject.toml").read_text())
RULES = {rule["name"]: rule for rule in WORKSPACE["tool"]["importlinter"]["contracts"]}


def test_every_service_of_the_contracts_has_its_folder() -> None:
    """Contracts and folders speak of the same services: each has `services/<service>/migrations/`."""
    assert set(service_names()) == set(SERVICES)


@pytest.mark.parametrize("service", service_names())
def test_the_workspace_knows_the_service(service: str) -> None:
    """The tools' settings in pyproject.toml, which can only be written out, leave no service unchecked."""
    tools = WORKSPACE["tool"]
    assert service in tools["ruff"]["lint"]["isort"]["known-first-party"], "add it to ruff's known-first-party"
    assert f"services/{slug(service)}" in tools["mypy"]["mypy_path"], "add its folder to mypy_path"
    assert service in tools["importlinter"]["root_packages"], "add it to import-linter's root_packages"
    for rule, place in {
        "Services never import each other": "modules",
        "The chassis knows no service, and neither does the gateway": "forbidden_modules",
        "Only servicers, resources, tables, subscriptions and composition roots see generated messages": "source_modules",
    }.items():
        assert service in RULES[rule][place], f"add it to {place} of the import rule {rule!r}"


@pytest.mark.parametrize("service", service_names())
def test_kubernetes_knows_the_service(service: str) -> None:
    """It has its base, and the others are told its address; tests/k8s checks what is rendered."""
    base = (ROOT / "k8s/base/kustomization.yaml").read_text()
    assert f"  - {slug(service)}\n" in base, "add it to the resources of k8s/base/kustomization.yaml"
    assert f"GUANXI_{service.upper()}_ADDRESS={slug(service)}-grpc:50051" in base, "add its address to guanxi-settings"


@pytest.mark.parametrize("service", service_names())
def test_its_readme_names_everything(service: str) -> None:
    """Each RPC, permission and setting of a service stands in its README."""
    text = (ROOT / "services" / slug(service) / "README.md").read_text()
    methods = [method for method in all_methods() if service_of(method.containing_service.file.package) == service]
    named = {method.name for method in methods} | {f"`{permission_of(method)}`" for method in methods}
    named |= {f"`{name}`" for name, *_ in importlib.import_module(f"{service}.config").Config.documented()}
    missing = sorted(name for name in named if name not in text)
    assert not missing, f"add {', '.join(missing)} to services/{slug(service)}/README.md"


def test_a_drafted_migration_is_formatted() -> None:
    """What `chassis.database.draft` writes passes the formatter and the linter as it is."""
    draft = [sys.executable, "-m", "chassis.database.draft", "sales", "0002", "products", "stages"]
    text = subprocess.run(draft, check=True, capture_output=True).stdout
    for command in (["format", "--check"], ["check"]):
        name = ["--stdin-filename", "services/sales/migrations/sales_0002_more.py", "-"]
        found = subprocess.run(
            [sys.executable, "-m", "ruff", *command, *name], input=text, capture_output=True, cwd=ROOT, check=False
        )
        assert 0 == found.returncode, found.stdout.decode()
