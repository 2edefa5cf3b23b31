"""Which hosts a source may reach: the guard against being made to ask inside our own network."""

import socket
from collections.abc import Sequence

import pytest

from connectors.kit.errors import ConfigError, Transient
from connectors.kit.hosts import HostPolicy, Resolve

PUBLIC = "93.184.215.14"


def resolving_to(*addresses: str) -> Resolve:
    return lambda host, port: addresses


def policy(*addresses: str, allowed: Sequence[str] = ("jira.example.com",), private: Sequence[str] = ()) -> HostPolicy:
    return HostPolicy(allowed, private, resolve=resolving_to(*addresses))


def test_a_public_host_is_pinned_to_the_addresses_that_were_judged():
    pin = policy(PUBLIC, "2606:2800:21f:cb07:6820:80da:af6b:8b2c").pin("https://jira.example.com/rest")

    assert (pin.scheme, pin.host, pin.port) == ("https", "jira.example.com", 443)
    assert pin.addresses == (PUBLIC, "2606:2800:21f:cb07:6820:80da:af6b:8b2c")


def test_a_name_is_resolved_once_for_a_pin():
    asked: list[tuple[str, int]] = []

    def resolve(host: str, port: int) -> Sequence[str]:
        asked.append((host, port))
        return [PUBLIC]

    HostPolicy(["jira.example.com"], resolve=resolve).pin("https://jira.example.com:8443/")

    assert asked == [("jira.example.com", 8443)]


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.255.255.254", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254"),
        *("100.64.0.1", "100.127.255.255", "224.0.0.1", "239.255.255.255", "255.255.255.255", "240.0.0.1", "192.0.2.1"),
        *("::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "fec0::1", "ff02::1", "2001:db8::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe", "::127.0.0.1", "::10.0.0.1"),
        *("2002:7f00:1::", "2002:a00:1::1", "2002:a9fe:a9fe::", "64:ff9b::7f00:1", "64:ff9b::10.0.0.1"),
        *("64:ff9b::169.254.169.254", "64:ff9b:1::1", "2001:0:4136:e378:8000:63bf:f5ff:fffe"),
    ],
)
def test_a_private_or_local_address_is_refused_in_every_disguise(address: str):
    with pytest.raises(ConfigError) as refused:
        policy(address).pin("https://jira.example.com")

    assert "private or local" in refused.value.message
    assert "PRODOPS_ALLOWED_PRIVATE_HOSTS" in refused.value.remedy


def test_one_private_address_among_public_ones_is_enough_to_refuse():
    with pytest.raises(ConfigError, match="private or local"):
        policy(PUBLIC, "10.0.0.1").pin("https://jira.example.com")


@pytest.mark.parametrize("address", ["::ffff:93.184.215.14", "64:ff9b::5db8:d70e", "2002:5db8:d70e::1"])
def test_an_ipv6_form_of_a_public_address_is_public(address: str):
    assert policy(address).pin("https://jira.example.com").addresses


@pytest.mark.parametrize(
    ("allowed", "address"),
    [
        ("jira.example.com", "10.1.2.3"),
        ("JIRA.example.com.", "10.1.2.3"),
        ("*.example.com", "10.1.2.3"),
        ("10.1.2.3", "10.1.2.3"),
        ("10.0.0.0/8", "10.1.2.3"),
        ("10.0.0.0/8", "::ffff:10.1.2.3"),
        ("fd00::/8", "fd12:3456::1"),
        ("127.0.0.1", "127.0.0.1"),
        ("::1", "::1"),
        ("[::1]", "::1"),
    ],
)
def test_an_administrator_can_allow_a_private_host_by_name_address_or_network(allowed: str, address: str):
    assert policy(address, private=[allowed]).pin("https://jira.example.com").addresses


@pytest.mark.parametrize(
    ("allowed", "address"),
    [
        ("10.0.0.0/8", "192.168.0.1"),
        ("other.example.com", "10.1.2.3"),
        ("example.com", "10.1.2.3"),
        ("10.0.0.0/8", "fd12::1"),
        ("0.0.0.0/0", "0.0.0.0"),
        ("::/0", "ff02::1"),
    ],
)
def test_an_allowance_reaches_no_further_than_it_says(allowed: str, address: str):
    with pytest.raises(ConfigError, match="private or local"):
        policy(address, private=[allowed]).pin("https://jira.example.com")


def test_plain_http_is_for_allowed_private_hosts_only():
    assert policy("10.1.2.3", private=["10.0.0.0/8"]).pin("http://jira.example.com").port == 80
    with pytest.raises(ConfigError, match="must begin with https"):
        policy(PUBLIC).pin("http://jira.example.com")
    with pytest.raises(ConfigError, match="must begin with https"):
        policy(PUBLIC, private=["jira.example.com"]).pin("http://jira.example.com")


@pytest.mark.parametrize("pattern", ["jira.example.com", "*.example.com", "JIRA.Example.Com"])
def test_a_host_of_the_source_is_allowed(pattern: str):
    assert policy(PUBLIC, allowed=[pattern]).pin("https://Jira.Example.com./x")


@pytest.mark.parametrize("pattern", ["example.com", "*.jira.example.com", "*.ample.com", "jira.example.com.evil.test"])
def test_a_foreign_host_is_refused(pattern: str):
    with pytest.raises(ConfigError, match="may not be asked at the host"):
        policy(PUBLIC, allowed=[pattern]).pin("https://jira.example.com")


@pytest.mark.parametrize(
    "url",
    [
        "ftp://jira.example.com",
        "jira.example.com",
        "https://",
        "https:///rest",
        "file:///etc/passwd",
        "https://[bad",
        "https://xn--a.example.com",
        "",
    ],
)
def test_what_is_no_web_address_is_refused(url: str):
    with pytest.raises(ConfigError) as refused:
        policy(PUBLIC).pin(url)

    assert "https://" in refused.value.message + refused.value.remedy


def test_a_password_in_the_address_is_refused_and_not_repeated():
    with pytest.raises(ConfigError) as refused:
        policy(PUBLIC).pin("https://someone:fake-password@jira.example.com")

    assert "fake-password" not in refused.value.message + refused.value.remedy


@pytest.mark.parametrize("host", ["127.1", "0x7f.1", "2130706433", "0177.0.0.1"])
def test_numeric_spellings_of_a_local_address_do_not_pass(host: str):
    with pytest.raises(ConfigError, match=r"private or local|not a URL"):
        HostPolicy([host]).pin(f"https://{host}/")


def test_a_name_that_does_not_exist_is_the_admins_to_correct():
    def resolve(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    with pytest.raises(ConfigError, match=r"jira\.example\.com does not exist"):
        HostPolicy(["jira.example.com"], resolve=resolve).pin("https://jira.example.com")


def test_a_silent_name_server_heals_by_itself():
    def resolve(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_AGAIN, "later")

    with pytest.raises(Transient, match="name server"):
        HostPolicy(["jira.example.com"], resolve=resolve).pin("https://jira.example.com")
