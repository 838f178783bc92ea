"""Recordings as Asterisk plays them: 16-bit mono WAV of 8000 Hz."""

import array
import io
import sys
import wave

RATE = 8000
#: What recordings are made with. A rate that is lower than any would make many times
#: its size of a file.
LOWEST_RATE, HIGHEST_RATE = 4000, 192_000
#: A message that callers hear to its end, even at the highest quality
LONGEST_SECONDS = 600
LARGEST_BYTES = 16 << 20
_WIDEST = {1: 1 << 7, 2: 1 << 15, 3: 1 << 23, 4: 1 << 31}


class SoundError(ValueError):
    """The recording cannot be read; says why."""


def to_telephone(content):
    """Convert a WAV recording of any rate, width and number of channels.

    :param bytes content: a PCM WAV file
    :return: the same as 16-bit mono WAV of 8000 Hz
    :rtype: bytes
    :raises SoundError: it is no PCM WAV file
    """
    width, channels, rate, data = read(content)
    if (rate, channels, width) == (RATE, 1, 2):
        return content
    samples = _resample(_mono(_samples(data, width), channels), rate)
    result = io.BytesIO()
    with wave.open(result, "wb") as target:
        target.setnchannels(1)
        target.setsampwidth(2)
        target.setframerate(RATE)
        if sys.byteorder == "big":
            samples.byteswap()
        target.writeframes(samples.tobytes())
    return result.getvalue()


def read(content):
    """Read a WAV recording, if it is one that can be converted.

    :return: bytes per sample, channels, samples per second and the samples' bytes
    :raises SoundError: it is none; says why
    """
    if len(content) > LARGEST_BYTES:
        raise SoundError(f"it is larger than {LARGEST_BYTES >> 20} MB")
    try:
        with wave.open(io.BytesIO(content)) as source:
            width, channels = source.getsampwidth(), source.getnchannels()
            rate, data = source.getframerate(), source.readframes(source.getnframes())
    except (wave.Error, EOFError, ValueError) as error:
        raise SoundError(f"it is no WAV recording ({error})") from error
    if width not in _WIDEST or not channels or not rate or not data:
        raise SoundError("it is no WAV recording of 8 to 32 bits, or it is empty")
    if not LOWEST_RATE <= rate <= HIGHEST_RATE:
        raise SoundError(
            f"its rate of {rate} samples per second is none of a recording"
        )
    if len(data) > LONGEST_SECONDS * rate * channels * width:
        raise SoundError(f"it is longer than {LONGEST_SECONDS // 60} minutes")
    return width, channels, rate, data


def _samples(data, width):
    """Samples between -32768 and 32767."""
    if width == 1:
        return [(byte - 128) << 8 for byte in data]
    if width == 2:
        values = array.array("h", data[: len(data) // 2 * 2])
        if sys.byteorder == "big":
            values.byteswap()
        return values
    # The two highest bytes say what a telephone can tell apart.
    values = array.array("h")
    high = bytearray(len(data) // width * 2)
    high[0::2] = data[width - 2 : len(high) // 2 * width : width]
    high[1::2] = data[width - 1 : len(high) // 2 * width : width]
    values.frombytes(bytes(high))
    if sys.byteorder == "big":
        values.byteswap()
    return values


def _mono(samples, channels):
    if channels == 1:
        return samples
    parts = [samples[channel::channels] for channel in range(channels)]
    return [sum(frame) // channels for frame in zip(*parts, strict=False)]


def _resample(samples, rate):
    """Each new sample is the mean of the old ones it stands for, or between two."""
    if rate == RATE:
        return array.array("h", samples)
    count = len(samples) * RATE // rate
    result = array.array("h", bytes(2 * count))
    step = rate / RATE
    last = len(samples) - 1
    for index in range(count):
        start = index * step
        left = int(start)
        if step > 1:
            part = samples[left : max(left + 1, int(start + step))]
            result[index] = sum(part) // len(part)
        else:
            right = min(left + 1, last)
            share = start - left
            result[index] = int(samples[left] * (1 - share) + samples[right] * share)
    return result
