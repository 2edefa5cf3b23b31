"""Events as the export writes them, its oddities included."""

from zlib import crc32

import msgspec

from connectors.kit.organisation import Ms
from connectors.mixpanel.sandbox.product import Sent, user_id


def line(one: Sent, now: Ms, *, shift: Ms) -> bytes:
    """An event as it looks at that instant. `shift` is added to its time: old projects write local time."""
    sender = one.sender(now)
    properties: dict[str, object] = {
        "time": (one.at + shift) // 1000,
        "distinct_id": sender,
        "mp_lib": one.library,
        "mp_processing_time_ms": one.arrives,
        "$city": "Paris",
        "mp_country_code": "FR",
        "$os": {"iphone": "iOS", "android": "Android"}.get(one.library, "Linux"),
        "page": "/rapports/équipe",
    }
    if one.device is not None:
        properties["$device_id"] = one.device.removeprefix("$device:")
        if sender != one.device:
            properties["$distinct_id_before_identity"] = one.device
    elif one.insert_id is not None:
        properties["$user_id"] = user_id(one.account)
    if one.insert_id is not None:
        # Seen in real exports now and then: the key of the property arrives spoilt.
        spoilt = crc32(one.insert_id.encode()) % 12 == 0
        properties["insert_id\ufffd" if spoilt else "$insert_id"] = one.insert_id
    return msgspec.json.encode({"event": one.name, "properties": properties}) + b"\n"


def repeated(written: bytes) -> bytes:
    """The same event, received a second time."""
    return written.replace(b'"mp_processing_time_ms":', b'"$mp_api_timestamp_ms":1,"mp_processing_time_ms":')


def broken_over_two(written: bytes) -> bytes:
    """The same event with a line break in the middle of it, as real exports have them."""
    middle = len(written) // 2
    return written[:middle] + b"\n" + written[middle:]
