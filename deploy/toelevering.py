"""The libraries we ship: are they known to be vulnerable, and what is in a release (`make check`, `make sbom`).

toelevering.py nazien          exit code 1 on a known vulnerability without a reason in pyproject.toml
toelevering.py stuklijst FILE  a CycloneDX bill of materials of requirements.lock, with licences, as JSON
"""

import json
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
LOCKS = ("requirements.lock", "requirements-dev.lock")
SECONDS = 60
"""For the whole look-up: whoever is offline waits no longer."""


def main(arguments: list[str]) -> int:
    """Exit code of a command."""
    if arguments[:1] == ["nazien"]:
        code, line = judge(_report(), _accepted())
        print(line)
        return code
    if len(arguments) == 2 and arguments[0] == "stuklijst":
        return _write_bill(Path(arguments[1]))
    print(__doc__, file=sys.stderr)
    return 2


def judge(report: Mapping[str, Any] | None, accepted: Mapping[str, str]) -> tuple[int, str]:
    """Exit code and what to say of a report of pip-audit; of None, or one that found no package at its source, that
    nothing was looked up."""
    packages = report["dependencies"] if report else []
    known = [one for one in packages if "vulns" in one]
    if not known:
        return 0, "pip-audit: not run, the source of known vulnerabilities is not reachable"
    found = {
        (one["name"], one["version"], vuln["id"])
        for one in known
        for vuln in one["vulns"]
        if not {vuln["id"], *vuln.get("aliases", ())} & accepted.keys()
    }
    if found:
        return 1, "\n".join(f"pip-audit: {name} {version} has {vuln}" for name, version, vuln in sorted(found))
    unknown = len(packages) - len(known)
    return 0, f"pip-audit: {len(known)} packages without a known vulnerability, {unknown} that the source does not know"


def _report() -> Any:
    command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes", "--format=json", "--timeout=5"]
    command += ["--progress-spinner=off", *(part for lock in LOCKS for part in ("--requirement", str(ROOT / lock)))]
    try:
        # Its exit code says "vulnerable" and "failed" alike: only a report tells.
        ran = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)  # noqa: S603
        return json.loads(ran.stdout)
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        return None


def _accepted() -> dict[str, str]:
    found: dict[str, str] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["knooppunt"]["kwetsbaarheden"]
    return found


def _write_bill(target: Path) -> int:
    target.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "cyclonedx_py", "requirements", "--output-reproducible", "--of=JSON"]
    command += [f"--pyproject={ROOT / 'pyproject.toml'}", "--mc-type=application", str(ROOT / LOCKS[0])]
    made = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - our own tool
    bill = json.loads(made.stdout)
    for one in bill["components"]:
        # Where it would be fetched from is the affair of who installs.
        one.pop("externalReferences", None)
        licence = _licence(one["name"])
        if licence:
            one["licenses"] = [{"license": {"name": licence}}]
    target.write_text(json.dumps(bill, indent=2, sort_keys=True) + "\n")
    without = [one["name"] for one in bill["components"] if "licenses" not in one]
    print(f"{target}: {len(bill['components'])} components; licence not known here: {', '.join(without) or 'none'}")
    return 0


def _licence(package: str) -> str | None:
    """As the installed package says; those of other systems are not installed."""
    try:
        said = metadata(package)
    except PackageNotFoundError:
        return None
    classified = [one.rpartition(" :: ")[2] for one in said.get_all("Classifier", []) if one.startswith("License ::")]
    return said.get("License-Expression") or ", ".join(classified) or (said.get("License") or "").split("\n")[0] or None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
