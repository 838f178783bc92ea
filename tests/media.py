"""Sound: a telephone's RTP side, and what is heard in it.

SIPp does the signalling; its SDP announces the port of an :class:`RtpPeer`, which plays
a file or a tone to Asterisk and keeps what it hears, packet by packet, with the time.
"""

import cmath
import itertools
import math
import random
import socket
import struct
import threading
import time
import wave

from stack import wait_for

RATE = 8000
PACKET = 160  # samples: 20 ms
ALAW = 8
EVENT = 101  # telephone-event, as SIPp's scenarios announce it


def _alaw_to_linear(byte):
    byte ^= 0x55
    exponent, mantissa = (byte >> 4) & 7, byte & 15
    value = (mantissa << 4) + 8
    if exponent:
        value = (value + 0x100) << (exponent - 1)
    return value if byte & 0x80 else -value


def _linear_to_alaw(sample):
    sign = 0x80 if sample >= 0 else 0
    sample = min(abs(sample), 32635)
    exponent = max(0, sample.bit_length() - 8)
    mantissa = (sample >> (exponent + 3 if exponent else 4)) & 15
    return (sign | exponent << 4 | mantissa) ^ 0x55


DECODE = [_alaw_to_linear(byte) for byte in range(256)]


def encode(samples):
    return bytes(map(_linear_to_alaw, samples))


def decode(payload):
    return [DECODE[byte] for byte in payload]


def tone(frequency, seconds, amplitude=8000, rate=RATE):
    step = 2 * math.pi * frequency / rate
    return [int(amplitude * math.sin(step * n)) for n in range(int(seconds * rate))]


def write_wav(path, samples, rate=RATE):
    """16 bit, mono."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))


def read_wav(path):
    """Samples of a 16 bit mono file of 8 kHz."""
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (
            1,
            2,
            RATE,
        ), f"{path} is not 8 kHz, 16 bit, mono"
        data = file.readframes(file.getnframes())
    return list(struct.unpack(f"<{len(data) // 2}h", data))


def mix(one, other):
    """Two sounds at once, as long as the shorter one."""
    return [max(-32768, min(32767, a + b)) for a, b in zip(one, other, strict=False)]


def _fft(values):
    size = len(values)
    if size == 1:
        return values
    even, odd = _fft(values[::2]), _fft(values[1::2])
    result = [0j] * size
    for k in range(size // 2):
        turned = cmath.exp(-2j * math.pi * k / size) * odd[k]
        result[k], result[k + size // 2] = even[k] + turned, even[k] - turned
    return result


def peak(samples, rate=RATE, size=4096):
    """The strongest frequency of a piece of sound, in Hz; 0 for (near) silence.

    :rtype: float
    """
    samples = samples[-size:]
    if len(samples) < size or level(samples) < 50:
        return 0.0
    windowed = [
        value * (0.5 - 0.5 * math.cos(2 * math.pi * n / size))
        for n, value in enumerate(samples)
    ]
    spectrum = [abs(value) for value in _fft(windowed)[: size // 2]]
    best = max(range(2, len(spectrum)), key=spectrum.__getitem__)
    return best * rate / size


def level(samples):
    """Root mean square, of 32768."""
    return math.sqrt(sum(v * v for v in samples) / len(samples)) if samples else 0.0


class RtpPeer:
    """One telephone's sound, from :meth:`start` to :meth:`close`.

    :param int port: UDP port to announce in the SDP
    :param list[int] samples: what it says, again and again (8 kHz)
    """

    def __init__(self, port, samples):
        self.port = port
        self._packets = [
            encode(samples[at : at + PACKET])
            for at in range(0, len(samples) - PACKET + 1, PACKET)
        ]
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", port))
        self._socket.settimeout(0.01)
        self._lock = threading.Lock()
        self._heard = []  # (monotonic time, payload)
        self._keys = []
        self._peer = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self):
        self._over.set()
        self._thread.join(5)
        self._socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def press(self, key):
        """Press a key of the telephone (RFC 4733), once it talks to somebody."""
        self._keys.append("0123456789*#".index(key))

    def speak_to(self, port):
        """Begin to speak before anything was heard, to Asterisk's port."""
        self._peer = ("127.0.0.1", port)

    def _run(self):
        source = random.getrandbits(32)
        sequence = stamp = at = 0
        peer, due = None, time.monotonic()
        while not self._over.is_set():
            try:
                data, address = self._socket.recvfrom(2048)
                # A new call of the same telephone comes from another port.
                peer = address
                if data[1] & 0x7F == ALAW:
                    with self._lock:
                        self._heard.append((time.monotonic(), data[12:]))
            except (TimeoutError, ConnectionError):
                pass
            now = time.monotonic()
            peer = peer or self._peer
            if now - due > 1:
                due = now
            if peer and self._keys:
                key = self._keys.pop(0)
                for part in range(1, 9):
                    # The last three say that the key was let go.
                    event = struct.pack(
                        "!BBH", key, 0x8A if part > 5 else 0x0A, 160 * min(part, 6)
                    )
                    header = struct.pack(
                        "!BBHII",
                        0x80,
                        EVENT | (0x80 if part == 1 else 0),
                        sequence,
                        stamp,
                        source,
                    )
                    self._socket.sendto(header + event, peer)
                    sequence = (sequence + 1) & 0xFFFF
                    time.sleep(0.02)
                stamp = stamp + 8 * PACKET & 0xFFFFFFFF
            while peer and due <= now:
                header = struct.pack("!BBHII", 0x80, ALAW, sequence, stamp, source)
                try:
                    self._socket.sendto(header + self._packets[at], peer)
                except ConnectionError:
                    pass
                sequence, stamp = (sequence + 1) & 0xFFFF, stamp + PACKET & 0xFFFFFFFF
                at = (at + 1) % len(self._packets)
                due += 0.02

    # -- what was heard ------------------------------------------------------------

    def heard(self, since=0.0, until=math.inf):
        """``(time, samples)`` of each packet, times by ``time.monotonic()``."""
        with self._lock:
            packets = list(self._heard)
        return [(at, decode(data)) for at, data in packets if since <= at <= until]

    def last(self, seconds):
        """The samples of the last seconds."""
        now = time.monotonic()
        return [v for _at, packet in self.heard(now - seconds) for v in packet]

    def peak(self, seconds=1.0):
        return peak(self.last(seconds))

    def level(self, seconds=0.5):
        return level(self.last(seconds))

    def longest_silence(self, since, until, threshold=50):
        """Seconds of the longest gap in which nothing is to be heard."""
        loud = [
            at for at, packet in self.heard(since, until) if level(packet) > threshold
        ]
        edges = [since, *loud, until]
        return max(b - a for a, b in itertools.pairwise(edges))


def _hears(peer, frequencies):
    samples = peer.last(0.8)
    return len(samples) > 5000 and all(
        strength(samples, frequency) > 0.1 for frequency in frequencies
    )


def strength(samples, frequency):
    """Which part of a sound's energy is a tone of this frequency, 0 to 1."""
    step = 2 * math.pi * frequency / RATE
    total = sum(value * value for value in samples)
    if total < 50 * 50 * len(samples):
        return 0.0
    # Opus and clocks shift a tone by a Hertz or two: short pieces forgive that.
    size, found = 800, 0.0
    for at in range(0, len(samples) - size + 1, size):
        part = sum(
            value * cmath.exp(-1j * step * n)
            for n, value in enumerate(samples[at : at + size])
        )
        found += 2 * abs(part) ** 2 / size
    return found / total


def wait_for_tone(peer, *frequencies, timeout=10):
    """Wait until a telephone hears all these tones."""
    wait_for(
        lambda: _hears(peer, frequencies),
        timeout,
        lambda: f"{frequencies} Hz at the caller; strongest: {peer.peak()}",
        poll=0.2,
    )


def wait_for_music(peer, *, not_tone, timeout=10):
    """Wait until a telephone hears something that is not this tone."""

    def music():
        samples = peer.last(0.8)
        return (
            len(samples) > 5000
            and level(samples) > 50
            and strength(samples, not_tone) < 0.1
        )

    wait_for(
        music,
        timeout,
        lambda: f"music at the caller; level {peer.level()}, peak {peer.peak()}",
        poll=0.2,
    )
