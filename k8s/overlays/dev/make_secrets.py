"""Writes the random secrets of this overlay to secrets/, once; needs only Python. They are never committed."""

import base64
import json
import secrets
from pathlib import Path

FOLDER = Path(__file__).parent / "secrets"
BASE = Path(__file__).parents[2] / "base"
SERVICES = sorted(one.parent.name for one in BASE.glob("*/kustomization.yaml") if "[../service]" in one.read_text())


def write(name: str, **values: str) -> None:
    """One env file, readable by its owner only."""
    path = FOLDER / f"{name}.env"
    path.touch(mode=0o600)
    path.write_text("".join(f"{key}={value}\n" for key, value in values.items()))


def main() -> None:
    """Leave a folder that is there as it is: new passwords would lock the services out of the old database."""
    if FOLDER.exists():
        print(f"{FOLDER} is there already")
        return
    FOLDER.mkdir(mode=0o700)
    superuser, broker = secrets.token_hex(24), secrets.token_hex(24)
    passwords: dict[str, str] = {"backup": secrets.token_hex(24)}
    for service in SERVICES:
        database = service.replace("-", "_")
        urls = {}
        for role in ("app", "worker", "owner"):
            password = passwords[f"{database}_{role}"] = secrets.token_hex(24)
            urls[role] = f"postgresql+psycopg2://{database}_{role}:{password}@postgres:5432/{database}"
        own = {"GUANXI_DATABASE_URL": urls["app"], "GUANXI_WORKER_DATABASE_URL": urls["worker"]}
        if service in {"identity", "engagement"}:
            own["GUANXI_MASTER_KEY"] = base64.b64encode(secrets.token_bytes(32)).decode()
        write(service, **own)
        write(f"{service}-migrate", GUANXI_OWNER_DATABASE_URL=urls["owner"])
    write(
        "guanxi",
        GUANXI_SERVICE_TOKEN=secrets.token_hex(32),
        GUANXI_NATS_URL=f"nats://guanxi:{broker}@nats:4222",
    )
    write("nats", NATS_PASSWORD=broker)
    write("postgres", POSTGRES_PASSWORD=superuser)
    write(
        "bootstrap",
        GUANXI_SUPERUSER_URL=f"postgresql://postgres:{superuser}@postgres:5432/postgres",
        GUANXI_SERVICES=",".join(service.replace("-", "_") for service in SERVICES),
        GUANXI_ROLE_PASSWORDS=json.dumps(passwords),
    )
    print(f"made {FOLDER}")


if __name__ == "__main__":
    main()
