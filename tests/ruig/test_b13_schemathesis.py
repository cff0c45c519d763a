"""B13: what the OpenAPI documents say may be sent, and what they do not, is answered as they say (P8, P9)."""

import asyncio
import json
import re
import sys
from pathlib import Path

import pytest

from shared.security.partij import Partij
from shared.settings import SERVICES
from tests.keten.stapel import Stapel
from tests.ruig.maat import Maat

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
SECONDS = 30
"""The longest that one request may take: some ask to wait."""


@pytest.mark.parametrize("service", SERVICES)
async def test_b13_every_operation_answers_as_its_document_says(
    stapel: Stapel, service: str, maat: Maat, tmp_path: Path
) -> None:
    token = stapel.token(Partij.gemeente("0855"), Partij.aanbieder("98765432"))
    report = tmp_path / "verslag.json"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "schemathesis.cli", "run", f"{stapel.url}/{service}/v1/openapi.json",
        f"--header=Authorization: Bearer {token}", f"--checks={CHECKS}", "--mode=all", "--no-color",
        f"--phases={maat.kies('fuzzing', 'examples,coverage,fuzzing,stateful')}", "--warnings=off",
        f"--max-examples={maat.kies(4, 500)}", f"--seed={maat.seed}", "--generation-deterministic",
        f"--request-timeout={SECONDS}", "--continue-on-failure",
        f"--report-json-path={report}", "--suppress-health-check=all",
        cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    told = (await process.communicate())[0].decode(errors="replace")

    maat.noteer(f"B13 {service}", uitkomst=_summary(told))
    assert process.returncode == 0, told[-20_000:]
    assert json.loads(report.read_text())


def _summary(told: str) -> str:
    """What it counted, in a line."""
    return ", ".join(re.findall(r"^\s*(?:\W\s)?(.*\b(?:generated|tested|passed|failed)\b.*)$", told, re.MULTILINE)[-4:])
