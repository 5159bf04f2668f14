"""What the cluster is asked for: valid objects, restricted pods, named edges, and settings that somebody reads."""

import base64
import importlib
import re

import kubernetes_validate
import pytest

from chassis.config import MigrateConfig, ServiceConfig, TelemetryConfig
from gateway.config import GatewayConfig
from local.plan import SERVICES, slug
from local.settings import ROOT

KUBERNETES = "1.37.0"
OURS = {slug(service) for service in SERVICES}


def pods(manifests):
    """Name and pod template of everything that makes pods."""
    return [
        (f"{item['kind']} {item['metadata']['name']}", item["spec"]["template"])
        for item in manifests
        if item["kind"] in {"Deployment", "StatefulSet", "Job", "DaemonSet"}
    ]


def containers(manifests):
    """Name, pod spec and container of every container, init containers included."""
    return [
        (name, template["spec"], container)
        for name, template in pods(manifests)
        for container in template["spec"]["containers"] + template["spec"].get("initContainers", [])
    ]


def named(manifests, kind):
    """Name → object of one kind."""
    return {item["metadata"]["name"]: item for item in manifests if item["kind"] == kind}


def settings_of(manifests, container):
    """Every variable a container gets, with its value."""
    found = {entry["name"]: entry.get("value", "") for entry in container.get("env", [])}
    for source in container.get("envFrom", []):
        if "configMapRef" in source:
            found |= named(manifests, "ConfigMap")[source["configMapRef"]["name"]].get("data", {})
        else:
            data = named(manifests, "Secret")[source["secretRef"]["name"]].get("data", {})
            found |= {name: base64.b64decode(value).decode() for name, value in data.items()}
    return found


def test_objects_are_valid(manifests):
    """Every object passes the API's own schema, unknown fields refused."""
    for item in manifests:
        kubernetes_validate.validate(item, KUBERNETES, strict=True)


def test_pods_are_restricted(manifests):
    """Every container runs as a numbered non-root user, without privileges, on a read-only root, within limits."""
    for name, pod, container in containers(manifests):
        security = {**pod["securityContext"], **container["securityContext"]}
        assert security["runAsNonRoot"] is True, name
        assert security["runAsUser"] > 0, name
        assert security["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert security["allowPrivilegeEscalation"] is False, name
        assert security["readOnlyRootFilesystem"] is True, name
        assert security["capabilities"] == {"drop": ["ALL"]}, name
        assert pod["automountServiceAccountToken"] is False, name
        assert {"cpu", "memory"} == set(container["resources"]["limits"]) == set(container["resources"]["requests"]), (
            name
        )


def test_every_service_has_its_pods(manifests):
    """Each service serves, works and migrates, and is found under the address that the others are given."""
    deployments, jobs, services = (named(manifests, kind) for kind in ("Deployment", "Job", "Service"))
    settings = next(map_ for name, map_ in named(manifests, "ConfigMap").items() if name.startswith("guanxi-settings"))
    assert "gateway" in deployments
    for service in OURS:
        missing = {f"{service}-serve", f"{service}-work"} - set(deployments)
        assert not missing, f"add {service} to the resources of k8s/base/kustomization.yaml: {missing}"
        assert f"{service}-migrate" in jobs
        assert services[f"{service}-grpc"]["spec"]["clusterIP"] == "None"
        address = settings["data"][f"GUANXI_{service.replace('-', '_').upper()}_ADDRESS"]
        assert address == f"{service}-grpc:50051"
        for name, verb in ((f"{service}-serve", "serve"), (f"{service}-work", "work")):
            arguments = deployments[name]["spec"]["template"]["spec"]["containers"][0]["args"]
            assert arguments == [service.replace("-", "_"), verb]


def test_probes_are_separate(manifests):
    """Liveness never asks what readiness asks, so an outage of a dependency restarts nothing."""
    for item in named(manifests, "Deployment").values():
        for container in item["spec"]["template"]["spec"]["containers"]:
            assert container["livenessProbe"] != container["readinessProbe"], item["metadata"]["name"]
            without_timing = [
                {key: value for key, value in container[probe].items() if key in {"grpc", "httpGet", "tcpSocket"}}
                for probe in ("livenessProbe", "readinessProbe")
            ]
            assert without_timing[0] != without_timing[1], item["metadata"]["name"]


def test_leaving_takes_its_time(manifests):
    """Every pod that answers requests waits before it stops, and has a minute to finish."""
    for name, template in pods(manifests):
        if template["metadata"]["labels"].get("app.kubernetes.io/component") in {"serve", "gateway"}:
            pod = template["spec"]
            assert pod["terminationGracePeriodSeconds"] == 60, name
            assert pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"] >= 5, name
            assert len(pod["topologySpreadConstraints"]) == 2, name


def test_budgets_and_spreads_select_one_service(manifests):
    """A disruption budget or spread that matched another service's pods would block or crowd it."""
    for name, item in named(manifests, "PodDisruptionBudget").items():
        assert "app.kubernetes.io/name" in item["spec"]["selector"]["matchLabels"], name
    for name, template in pods(manifests):
        for spread in template["spec"].get("topologySpreadConstraints", []):
            assert "app.kubernetes.io/name" in spread["labelSelector"]["matchLabels"], name


def test_every_setting_is_read_and_none_is_missing(manifests):
    """Each GUANXI_ variable in a manifest is read by some configuration, and each required one is given."""
    read = _settings_in_the_code()
    for name, _, container in containers(manifests):
        given = settings_of(manifests, container)
        unread = {setting for setting in given if setting.startswith("GUANXI_")} - read
        assert not unread, f"{name}: nobody reads {unread}"
        match container.get("args"):
            case [package, "serve" | "work" | "migrate" as verb]:
                config = MigrateConfig if verb == "migrate" else _config_of(package)
                required = {setting for setting, _, needed in config.documented() if needed}
                assert required <= set(given), f"{name} lacks {required - set(given)}"


def test_only_migrations_know_the_owner(manifests):
    """The owner's password, which may change the schema, reaches migrate Jobs alone."""
    for name, _, container in containers(manifests):
        if "GUANXI_OWNER_DATABASE_URL" in settings_of(manifests, container):
            assert name.startswith("Job ")
            assert name.endswith("-migrate")


def test_everything_is_denied_first(manifests):
    """Each pod is under a policy that denies all, and only engagement has an edge to addresses outside."""
    policies = named(manifests, "NetworkPolicy")
    assert policies["default-deny"]["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    outside = {
        name
        for name, policy in policies.items()
        for edge in policy["spec"].get("egress", [])
        if not edge.get("to") or any("ipBlock" in peer for peer in edge["to"])
    }
    assert outside == {"engagement-to-outside"}
    reaching = {
        template["metadata"]["labels"]["app.kubernetes.io/name"]
        for _, template in pods(manifests)
        if "guanxi/reaches-outside" in template["metadata"].get("labels", {})
    }
    assert reaching == {"engagement"}


def test_every_edge_has_two_ends(manifests):
    """The labels and named ports in network policies exist on some pod, so that no edge leads nowhere."""
    labels = [template["metadata"]["labels"] for _, template in pods(manifests)]
    for name, policy in named(manifests, "NetworkPolicy").items():
        spec = policy["spec"]
        peers = [peer for edge in spec.get("ingress", []) for peer in edge.get("from", [])]
        peers += [peer for edge in spec.get("egress", []) for peer in edge.get("to", [])]
        selectors = [spec["podSelector"], *(peer["podSelector"] for peer in peers if set(peer) == {"podSelector"})]
        for selector in selectors:
            assert any(_selects(selector, pod) for pod in labels), f"{name}: {selector} selects nothing"


@pytest.mark.parametrize("stage", ["service", "gateway"])
def test_images_run_as_nobody(stage):
    """Both final stages of the Dockerfile end as a numbered user other than root, started without a shell."""
    text = (ROOT / "Dockerfile").read_text()
    assert re.search(rf"^FROM runtime AS {stage}$", text, re.MULTILINE)
    runtime = text[text.index("AS runtime") :]
    assert re.findall(r"^USER (.+)$", runtime, re.MULTILINE) == ["10001:10001"]
    assert 'ENTRYPOINT ["python", "-m"]' in runtime
    assert not re.search(r"^(CMD|ENTRYPOINT) [^\[]", text, re.MULTILINE)


def _selects(selector, labels):
    matched = all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())
    return matched and all(
        expression["operator"] == "In" and labels.get(expression["key"]) in expression["values"]
        for expression in selector.get("matchExpressions", [])
    )


def _config_of(package):
    """The configuration class of a service or the gateway: the most special one its module has."""
    try:
        module = importlib.import_module(f"{package}.config")
    except ModuleNotFoundError:
        return ServiceConfig
    found = [item for item in vars(module).values() if isinstance(item, type) and issubclass(item, TelemetryConfig)]
    return max(found, key=lambda item: len(item.__mro__))


def _settings_in_the_code():
    """Every GUANXI_ name that a configuration of a service, the gateway or the bootstrap reads."""
    sources = [*ROOT.glob("services/*/*/config.py"), *ROOT.glob("gateway/gateway/config.py")]
    sources += [ROOT / "services/chassis/chassis/config.py", ROOT / "services/chassis/chassis/database/bootstrap.py"]
    written = {name for path in sources for name in re.findall(r"GUANXI_[A-Z_]+", path.read_text())}
    return written | {
        name for name, *_ in GatewayConfig.documented()
    }  # one address for each service: no file names them
