"""Findings that every vendor's check has."""

from connectors.kit.connector import Access, Check
from connectors.kit.errors import ConnectorError


def failed(name: str, error: ConnectorError) -> Check:
    """What an error says, as a finding."""
    return Check(name, "error", error.message, error.remedy)


def check_url(access: Access, *urls: str) -> Check:
    """Whether these addresses may be asked at all."""
    try:
        for url in urls:
            access.hosts.pin(url)
    except ConnectorError as error:
        return failed("url", error)
    return Check("url", "ok", "The address may be asked." if len(urls) == 1 else "The addresses may be asked.")
