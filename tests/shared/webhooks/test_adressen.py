"""Where webhooks may go: URLs, and the machines behind them."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.webhooks.adressen import AdresError, Doel, Grenzen, read_url

OPEN = Grenzen(frozenset({443, 8443}), (), lokaal=False)
LOKAAL = Grenzen(frozenset({443}), (), lokaal=True)
BESLOTEN = [
    ip_network(one)
    for one in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.0.0.0/24", "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4",
    )
]  # fmt: skip
"""Of IPv4, what no party may reach by way of us."""
ZES = [ip_network(one) for one in ("::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8", "100::/64")]
verboden = st.sampled_from(BESLOTEN).flatmap(lambda one: st.ip_addresses(network=str(one)))
verboden_zes = st.sampled_from(ZES).flatmap(lambda one: st.ip_addresses(network=str(one)))
METADATA = ("169.254.169.254", "fd00:ec2::254", "168.63.129.16", "100.100.100.200", "192.0.0.192")


@given(verboden)
def test_no_inner_address_however_it_is_written(adres: IPv4Address) -> None:
    number = int(adres)
    forms = [
        adres,
        IPv6Address(0xFFFF << 32 | number),  # IPv4-mapped
        IPv6Address(number),  # IPv4-compatible
        IPv6Address(0x2002 << 112 | number << 80 | 1),  # 6to4
        IPv6Address(0x64FF9B << 96 | number),  # NAT64
        IPv6Address(0x64FF9B0001 << 80 | number),  # NAT64 of a network itself
        IPv6Address(0x20010000 << 96 | (number ^ 0xFFFFFFFF)),  # Teredo
    ]
    assert [one for one in forms if OPEN.allow(one)] == []


@given(verboden_zes)
def test_no_inner_address_of_ipv6(adres: IPv6Address) -> None:
    assert not OPEN.allow(adres)
    assert not OPEN.allow(IPv6Address(f"{adres}%eth0"))


@given(st.ip_addresses())
def test_what_python_calls_inner_is_not_allowed(adres: IPv4Address | IPv6Address) -> None:
    inner = not adres.is_global or adres.is_multicast or adres.is_reserved or adres.is_link_local or adres.is_loopback
    assert not (inner and OPEN.allow(adres))


@pytest.mark.parametrize("adres", METADATA)
def test_the_metadata_of_a_cloud_is_not_reached(adres: str) -> None:
    assert not OPEN.allow(ip_address(adres))
    assert not LOKAAL.allow(ip_address(adres))


@pytest.mark.parametrize("adres", ["93.184.215.14", "2a02:898::1", "172.15.255.255", "172.32.0.0", "2001:67c::1"])
def test_public_addresses_are_reached(adres: str) -> None:
    assert OPEN.allow(ip_address(adres))


def test_an_operator_opens_a_network() -> None:
    inner = Grenzen(frozenset({443}), (IPv4Network("10.20.0.0/16"), IPv6Network("fd12::/32")), lokaal=False)

    assert inner.allow(ip_address("10.20.3.4"))
    assert inner.allow(ip_address("fd12::4"))
    assert not inner.allow(ip_address("10.21.3.4"))
    assert not inner.allow(ip_address("::ffff:10.20.3.4"))


@pytest.mark.parametrize(
    "url",
    [
        "http://zorg.example/hook", "https://zorg.example:22/", "https://zorg.example:5432/", "ftp://zorg.example/",
        "https://user@zorg.example/", "https://user:pw@zorg.example/", "https://@zorg.example/", "https:///hook",
        "https://127.0.0.1/", "https://[::1]/", "https://0.0.0.0/", "https://169.254.169.254/", "https://2130706433/",
        "https://127.1/", "https://0x7f000001/", "https://0177.0.0.1/", "https://127.0.0.1.:8443/", "https://0x7f.1/",
        "https://[::ffff:10.0.0.1]/", "https://[fe80::1%25eth0]/", "https://zorg.example/#x", "https://zorg.example\\@a/",
        "https://zorg example/", "https://zorg.example/\r\nX: y", "https://zörg.example/", "https://zorg..example/",
        "https://-zorg.example/", "https://zorg.example:99999/", "https://zorg.example:x/", "//zorg.example/", "", "x",
        "https://[::1", "https://localhost:1/", "http://localhost/", f"https://zorg.example/{'x' * 1000}",
        "https://zorg.example%2f@127.0.0.1/", "https://127.0.0.1%00.example/",
    ],
)  # fmt: skip
def test_an_url_that_is_not_taken(url: str) -> None:
    with pytest.raises(AdresError) as error:
        read_url(url, OPEN)
    assert "zorg" not in str(error.value)


@pytest.mark.parametrize(
    ("url", "doel", "host"),
    [
        ("https://zorg.example/hook?a=b", Doel("https", "zorg.example", 443, "/hook?a=b"), "zorg.example"),
        ("https://ZORG.example", Doel("https", "zorg.example", 443, "/"), "zorg.example"),
        ("https://zorg.example:8443?x", Doel("https", "zorg.example", 8443, "/?x"), "zorg.example:8443"),
        ("https://93.184.215.14/", Doel("https", "93.184.215.14", 443, "/"), "93.184.215.14"),
        ("https://[2a02:898::1]:8443/", Doel("https", "2a02:898::1", 8443, "/"), "[2a02:898::1]:8443"),
    ],
)
def test_an_url_that_is(url: str, doel: Doel, host: str) -> None:
    assert read_url(url, OPEN) == doel
    assert doel.host == host


@pytest.mark.parametrize(
    "url", ["http://localhost:9000/", "http://127.0.0.1:1/", "https://[::1]:9/", "http://localhost/"]
)
def test_this_machine_only_where_the_operator_says_so(url: str) -> None:
    assert read_url(url, LOKAAL)
    with pytest.raises(AdresError):
        read_url(url, OPEN)


@pytest.mark.parametrize("url", ["http://zorg.example/", "http://10.0.0.1/", "http://[::ffff:127.0.0.1]/"])
def test_and_then_nothing_but_this_machine_over_http(url: str) -> None:
    with pytest.raises(AdresError):
        read_url(url, LOKAAL)


@given(st.text(alphabet=st.characters(min_codepoint=1, max_codepoint=0x250), max_size=60))
def test_whatever_is_asked_it_is_taken_or_refused(text: str) -> None:
    for url in (text, f"https://{text}", f"https://zorg.example/{text}"):
        try:
            doel = read_url(url, OPEN)
        except AdresError:
            continue
        assert doel.poort in OPEN.poorten
        assert doel.pad.isascii()
        assert doel.pad.isprintable()
