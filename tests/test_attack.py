"""What somebody without an account can send to the softphones' door."""

import uuid

import pytest
import websocket

_SOUND = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio 9 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n"
)


def invitation(user, number):
    unique = uuid.uuid4().hex[:12]
    return (
        f"INVITE sip:{number}@127.0.0.1 SIP/2.0\r\n"
        # Whatever it says of itself: what counts is where it comes from
        f"Via: SIP/2.0/WS attacker.invalid;branch=z9hG4bK{unique};rport\r\n"
        "Max-Forwards: 70\r\n"
        f"From: <sip:{user}@127.0.0.1>;tag={unique}\r\n"
        f"To: <sip:{number}@127.0.0.1>\r\n"
        f"Call-ID: {unique}\r\n"
        "CSeq: 1 INVITE\r\n"
        "Contact: <sip:x@attacker.invalid;transport=ws>\r\n"
        "Content-Type: application/sdp\r\n"
        f"Content-Length: {len(_SOUND)}\r\n\r\n{_SOUND}"
    )


@pytest.mark.parametrize("user", ["trunk", "+22997000000", "anonymous", "agent"])
def test_no_call_without_a_password_comes_from_a_browser(stack, world, user):
    """Neither in a trunk's name, nor from the address of the demo's trunk, which is an
    exchange on this machine."""
    if user in ("trunk", "agent"):
        [row] = stack.sql(f"SELECT id FROM telecom_{user} LIMIT 1")
        user = f"{user}{row['id']}"
    url = stack.url.replace("http://localhost", "ws://127.0.0.1") + "/ws"
    socket = websocket.create_connection(url, subprotocols=["sip"], timeout=10)
    try:
        socket.send(invitation(user, "1919"))
        answer = socket.recv()
    finally:
        socket.close()
    # 401; an agent who has no password yet is refused with a 500
    assert answer[:9] in ("SIP/2.0 4", "SIP/2.0 5"), answer.partition("\r\n")[0]
