"""The page to try the API at. Its files come from here, so it works on a closed network; and it may load no others."""

import base64
import hashlib
import re

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.requests import Request
from starlette.responses import HTMLResponse

_INLINE = re.compile(rb"<script>(.*?)</script>", re.DOTALL)


def add_proefpagina(app: FastAPI, address: str, files: str) -> None:
    """Adds the page at ``address``; ``files`` is where its script and style are."""
    page = get_swagger_ui_html(
        openapi_url=str(app.openapi_url),
        title=app.title,
        swagger_js_url=f"{files}/swagger-ui-bundle.js",
        swagger_css_url=f"{files}/swagger-ui.css",
        swagger_favicon_url=f"{files}/favicon.png",
    )
    content = bytes(page.body)
    headers = {"Content-Security-Policy": page_csp(content)}

    async def proefpagina(_: Request) -> HTMLResponse:
        return HTMLResponse(content, headers=headers)

    app.add_route(address, proefpagina, include_in_schema=False)


def page_csp(page: bytes) -> str:
    """What the page may do: run the scripts it holds, by their hash, and load and call what is here. Its style sheet
    asks for styles and pictures within the page."""
    hashes = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(one).digest()).decode()}'" for one in scripts(page))
    return (
        f"default-src 'none'; script-src 'self' {hashes}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def scripts(page: bytes) -> list[bytes]:
    """The scripts that stand in the page itself."""
    return _INLINE.findall(page)
