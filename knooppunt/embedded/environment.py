"""What the processes of the stack get to know: each service its own password, and no more."""

import os
import sys
from pathlib import Path

import knooppunt
from knooppunt.embedded.broker import Own
from knooppunt.embedded.child import Program
from knooppunt.embedded.folder import DataFolder
from knooppunt.embedded.geheimen import Geheimen
from knooppunt.embedded.postgres import ADMIN, Cluster
from knooppunt.issuer import JWKS_FILE
from shared.settings import SERVICES, Service, Settings

# Settings of a production environment that must not leak into the embedded stack.
NOT_OURS = (
    *(f"KNOOPPUNT_{name}" for name in ("DATABASE_URL", "JWKS_URL", "SLEUTELS", "PSEUDONIEM_SLEUTEL")),
    # How tokens must be: ours are signed with ES256, and there is no TLS here to have seen a certificate.
    *(f"KNOOPPUNT_{name}" for name in ("CLIENT_CERTIFICAAT_HEADER", "TOKEN_GEBONDEN", "TOKEN_ALGORITMEN")),
)
# Nor these, unless the broker is somebody else's: then they tell how to log in there.
OF_ANOTHER_BROKER = tuple(f"KNOOPPUNT_KAFKA_{name}" for name in ("BOOTSTRAP", "SECURITY", "SASL", "SSL", "REPLICAS"))
ROOT = Path(knooppunt.__file__).resolve().parents[1]
# Above the time that the server of a service gives its requests (commands.serve).
STOP_SECONDS = 37.0


def of_service(
    service: Service, cluster: Cluster, geheimen: Geheimen, folder: DataFolder, broker: Own | str
) -> dict[str, str]:
    """The environment of one service: ours, without production settings, with its own."""
    bootstrap, foreign = (broker.address, OF_ANOTHER_BROKER) if isinstance(broker, Own) else (broker, ())
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(NOT_OURS + foreign)}
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return inherited | {
        "PYTHONPATH": os.pathsep.join(paths),
        f"KNOOPPUNT_DATABASE_URL_{service.upper()}": cluster.dsn(service, geheimen.rollen[service]),
        "KNOOPPUNT_KAFKA_BOOTSTRAP": bootstrap,
        "KNOOPPUNT_JWKS_URL": (folder.path / JWKS_FILE).as_uri(),
        "KNOOPPUNT_SLEUTELS": geheimen.sleutels_setting,
        "KNOOPPUNT_PSEUDONIEM_SLEUTEL": geheimen.pseudoniem_sleutel,
        "KNOOPPUNT_DATA_DIR": str(folder.path),
        # Whoever tries it out has his receiver on this machine, and without a certificate.
        "KNOOPPUNT_WEBHOOK_LOKAAL": "true",
    }


def program(service: Service, port: int, env: dict[str, str], log: Path) -> Program:
    """How to run one service on a loopback port."""
    return Program(
        name=service,
        # -P: a folder called "shared" or "services" where the operator happens to stand is not imported.
        argv=(sys.executable, "-P", "-m", "knooppunt", "serve", service, "--port", str(port)),
        log=log,
        env=env,
        stop_seconds=STOP_SECONDS,
    )


def migration_settings(cluster: Cluster, geheimen: Geheimen) -> Settings:
    """Settings with which the schemas are made: every role, and the one that may make roles."""
    urls = {f"database_url_{service}": cluster.dsn(service, geheimen.rollen[service]) for service in SERVICES}
    return Settings.model_validate({**urls, "database_url_beheer": cluster.dsn(ADMIN, geheimen.postgres)})
