"""Settings of a service: read once from the environment (prefix ``KNOOPPUNT_``) and handed on."""

import re
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Literal, get_args
from urllib.parse import urlsplit

from pydantic import DirectoryPath, Field, FilePath, IPvAnyNetwork, NonNegativeInt, PositiveInt, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Service = Literal["toewijzing", "startstop", "declaratie"]
Algoritme = Literal["ES256", "RS256"]
Poort = Annotated[int, Field(ge=1, le=65535)]
SERVICES: tuple[Service, ...] = get_args(Service)
BEWAAR_GRENZEN = {
    "inhoud_dagen": (1, 3650),
    "postbus_dagen": (1, 365),
    "sleutel_jaren": (7, 100),
    "dossier_jaren": (15, 100),
}
"""The shortest and the longest of each term of ``shared.retentie``; fifteen years is Wmo 2015 art. 5.3.4's."""
_ORIGIN = re.compile(r"(https://[a-z0-9.-]+|http://(localhost|127\.0\.0\.1))(:[0-9]{1,5})?", re.ASCII)


class MissingSettingError(Exception):
    """A setting without safe default is absent; the message (Dutch) names the environment variable."""


class Settings(BaseSettings):
    """What an operator can set. A setting without a safe default is ``None`` here and asked for when needed."""

    model_config = SettingsConfigDict(env_prefix="KNOOPPUNT_", frozen=True, extra="ignore")

    database_url: str | None = None
    database_url_toewijzing: str | None = None
    database_url_startstop: str | None = None
    database_url_declaratie: str | None = None
    database_url_beheer: str | None = None
    database_pool: PositiveInt = 8
    database_pool_lezen: PositiveInt = Field(2, description="the same for reading (GET) alone")

    kafka_bootstrap: str = "127.0.0.1:9092"
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    kafka_sasl_mechanism: str | None = None
    kafka_sasl_username: str | None = None
    kafka_sasl_password: str | None = None
    kafka_ssl_cafile: Path | None = None
    kafka_partities: PositiveInt = 4
    kafka_replicas: PositiveInt = 1
    relay_delen: int = Field(1, ge=1, le=8, description="slices of the keys, each published by one of the processes")
    relay_rust_ms: int = Field(10, ge=0, le=1000, description="milliseconds from one round of a relay to the next")

    xsd_dir: Path | None = None
    gemeenten: FilePath | None = Field(None, description="codes of gemeenten, added to the built-in ones")
    catalogus_dir: DirectoryPath | None = Field(None, description="regional catalogues, beside the built-in one")
    jwks_url: str | None = None
    token_issuer: str = "knooppunt"  # noqa: S105 - a name, no secret
    token_audience: str = "knooppunt"  # noqa: S105
    token_leeway_seconden: NonNegativeInt = 30
    token_algoritmen: Annotated[tuple[Algoritme, ...], NoDecode] = Field(get_args(Algoritme), min_length=1)
    token_max_leeftijd_seconden: PositiveInt | None = Field(None, description="after iat; else as long as exp says")
    token_gebonden: bool = Field(False, description="take only tokens that are bound to a client certificate")
    client_certificaat_header: str | None = Field(None, description="in which the proxy passes the certificate")
    client_certificaat_van: Annotated[tuple[IPvAnyNetwork, ...], NoDecode] = Field(
        (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128")), description="networks of proxies that may pass it"
    )
    machtigingen: FilePath | None = Field(None, description="which organisation may act for which party")
    sleutels: str = ""
    pseudoniem_sleutel: str = ""

    max_bericht_mb: PositiveInt = 128
    max_verzoek_kb: PositiveInt = Field(4096, description="largest body of a request that is no message")
    max_waarden: PositiveInt = Field(100_000, description="most values, or commas, in a body that is no message")
    max_verhouding: PositiveInt = Field(200, description="largest ratio of a body to its compressed size")
    max_diepte: PositiveInt = Field(64, description="deepest nesting of elements")
    max_starttag_kb: PositiveInt = Field(64, description="largest start tag, attributes included")
    max_verwijzingen: PositiveInt = Field(10_000, description="references and comments within one value")
    max_fouten: PositiveInt = Field(100, description="most faults in one problem document")
    max_meldingen: PositiveInt = Field(1000, description="most meldingen told with a message; the rest in pages")
    max_wachten_seconden: PositiveInt = Field(20, description="longest wait a client may ask with Prefer: wait")
    max_wachtenden: PositiveInt = Field(200, description="requests of one process that may wait for a verdict")
    leestijd_seconden: PositiveInt = Field(30, description="longest silence while a body comes in")
    leestijd_totaal_seconden: PositiveInt = Field(300, description="longest time a whole body may take")
    gelijktijdig_lezen: PositiveInt = Field(256, description="bodies that may be coming in at one process")
    gelijktijdig_lezen_per_partij: PositiveInt = Field(32, description="of which one party may send this many")
    gelijktijdig_mb: PositiveInt = Field(64, description="bodies judged at once, together; a larger one goes alone")
    gelijktijdig: PositiveInt = Field(16, description="messages one process handles at once before it says 503")
    gelijktijdig_per_partij: PositiveInt = Field(12, description="of which one party may hold this many (429)")
    gelijktijdig_opvragen_per_partij: PositiveInt = Field(3, description="lookups of one party at once; more wait")
    gelijktijdig_doen_per_partij: PositiveInt = Field(4, description="other deeds of one party at once; more wait")
    wachtrij: NonNegativeInt = Field(64, description="small messages of one process that may wait for a place")
    wachtrij_per_partij: NonNegativeInt = Field(32, description="of which one party may have this many")
    wachtrij_seconden: float = Field(2.0, ge=0, description="longest wait for a place, before it says 429 or 503")

    tempo_per_partij: PositiveInt = Field(1000, description="requests a second of one party, at one process (429)")
    tempo_voorraad: PositiveInt = Field(2000, description="requests that one party may send at once after a rest")
    weigeringen_per_minuut: NonNegativeInt = Field(60, description="refusals of a caller with an audit row each")

    cors_herkomsten: Annotated[tuple[str, ...], NoDecode] = Field((), description="pages that may call from a browser")

    termijn_retour: PositiveInt = Field(3, description="working days in which a retour is due (OP090)")
    termijn_325: PositiveInt = Field(10, description="working days in which a WMO325 is due (OP090x4)")
    termijn_304: PositiveInt = Field(20, description="working days in which a WMO304 is due, in release 2.4")

    termijn_waarschuwing: PositiveInt = Field(2, description="working days before the last to tell that a term ends")
    geparkeerd_alarm: PositiveInt = Field(2, description="working days after which a message still parked is an alarm")
    handmatig_alarm: PositiveInt = Field(2, description="working days before the last to decide by hand: an alarm")

    webhook_poorten: Annotated[tuple[Poort, ...], NoDecode] = Field((443, 8443), description="that webhooks may go to")
    webhook_netwerken: Annotated[tuple[IPvAnyNetwork, ...], NoDecode] = Field(
        (), description="networks that webhooks may go to, besides public addresses"
    )
    webhook_lokaal: bool = Field(False, description="webhooks may go to this machine, over http too; for tests")
    webhook_ca: FilePath | None = Field(None, description="authorities to trust of receivers, besides the usual (PEM)")
    webhook_per_partij: PositiveInt = Field(10, description="webhooks that one party may have at a service")
    webhook_gelijktijdig: PositiveInt = Field(4, description="webhook requests of one party at once, at one process")
    webhook_seconden: float = Field(10.0, gt=0, le=20, description="in which a receiver must have answered")
    webhook_herhaling_seconden: float = Field(10.0, gt=0, le=3600, description="first wait after a failure; it doubles")
    webhook_dagen: PositiveInt = Field(5, description="days of failing after which a webhook is set to rest")

    bewaar_inhoud_dagen: int = Field(90, ge=1, le=3650, description="days that content stays once it was fetched")
    bewaar_postbus_dagen: int = Field(365, ge=1, le=365, description="days that what nobody fetches waits")
    bewaar_sleutel_jaren: int = Field(7, ge=7, le=100, description="years of keys and hashes of messages (P2)")
    bewaar_dossier_jaren: int = Field(15, ge=15, le=100, description="years of cases and evaluaties after their end")
    bewaartermijnen: FilePath | None = Field(None, description="terms of gemeenten that differ from these")

    data_dir: Path = Field(Path(".knooppunt"), description="folder of the embedded stack")
    klok_verschuiving: float = Field(0.0, description="seconds added to the clock; for tests")
    faalpunten: Path | None = Field(None, description="folder of failpoints; for tests of the embedded stack")
    log_niveau: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @field_validator("jwks_url")
    @classmethod
    def _no_keys_over_the_open_network(cls, value: str | None) -> str | None:
        """Who can change the keys on their way can speak for every party."""
        if not value:
            return None
        parts = urlsplit(value)
        near = parts.hostname in ("localhost", "127.0.0.1", "::1")
        if parts.scheme not in ("https", "file") and not (parts.scheme == "http" and near):
            raise ValueError("https:, file:, or http: to this machine")
        return value

    @field_validator(
        "token_algoritmen", "client_certificaat_van", "webhook_poorten", "webhook_netwerken", mode="before"
    )
    @classmethod
    def _list_of_names(cls, value: object) -> object:
        """Names, numbers or networks separated by commas."""
        return [name.strip() for name in value.split(",") if name.strip()] if isinstance(value, str) else value

    @field_validator("cors_herkomsten", mode="before")
    @classmethod
    def _list_of_origins(cls, value: object) -> object:
        """Origins separated by commas, each in full: a pattern would let in more than anyone meant."""
        found = [one.strip() for one in value.split(",") if one.strip()] if isinstance(value, str) else value
        if isinstance(found, list) and not all(_ORIGIN.fullmatch(one) for one in found):
            raise ValueError("https://host, https://host:port, or http: to this machine")
        return found

    @field_validator("token_max_leeftijd_seconden", "client_certificaat_header", mode="before")
    @classmethod
    def _no_empty_value(cls, value: object) -> object:
        """An empty value is none, as in a compose file that passes on what is not set."""
        return value or None

    @field_validator("data_dir", mode="before")
    @classmethod
    def _no_empty_folder(cls, value: object) -> object:
        """An empty value would be the folder where one happens to stand, and keys would be written there."""
        return value or ".knooppunt"

    @field_validator("gemeenten", "catalogus_dir", "machtigingen", "bewaartermijnen", "webhook_ca", mode="before")
    @classmethod
    def _no_empty_file(cls, value: object) -> object:
        """An empty value is no file or folder, as in a compose file that passes on what is not set."""
        return value or None

    def dsn(self, service: Service) -> str:
        """The database of one service; raises MissingSettingError when neither setting is there."""
        dsn: str | None = getattr(self, f"database_url_{service}") or self.database_url
        if dsn is None:
            raise MissingSettingError(f"KNOOPPUNT_DATABASE_URL_{service.upper()} (of KNOOPPUNT_DATABASE_URL) ontbreekt")
        return dsn

    @property
    def max_bericht_bytes(self) -> int:
        """Largest body after decompression, in bytes."""
        return self.max_bericht_mb * 1024 * 1024
