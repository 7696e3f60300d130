import random
import struct

import pytest

from ingest_api.frames import HEADER_BYTES, MAGIC, MAX_PAYLOAD_BYTES, Contents, decode, encode

PAYLOADS = [b"a", b"bb" * 50, MAGIC, b"\0" * 9]
FRAMES = [encode(payload, sequence) for sequence, payload in enumerate(PAYLOADS)]
WHOLE = b"".join(FRAMES)
FIRST = len(FRAMES[0])


def test_frames_are_read_back() -> None:
    assert decode(WHOLE) == Contents(PAYLOADS, len(WHOLE), [])


def test_largest_payload_is_read_back() -> None:
    largest = b"x" * MAX_PAYLOAD_BYTES

    assert decode(encode(largest, 0)).payloads == [largest]


@pytest.mark.parametrize("cut", range(len(FRAMES[-1])))
def test_torn_tail_is_no_damage(cut: int) -> None:
    sound = len(WHOLE) - len(FRAMES[-1])

    assert decode(WHOLE[: sound + cut]) == Contents(PAYLOADS[:-1], sound, [])


TAILS = {"zeros": b"\0" * 4096, "garbage": b"\xf5TRKx" * 9, "half_a_header": FRAMES[0][:7]}


@pytest.mark.parametrize("tail", TAILS.values(), ids=TAILS.keys())
def test_whatever_follows_the_last_frame_is_no_damage(tail: bytes) -> None:
    assert decode(WHOLE + tail) == Contents(PAYLOADS, len(WHOLE), [])
    assert decode(tail) == Contents([], 0, [])


@pytest.mark.parametrize("at", range(len(FRAMES[1])))
def test_damage_in_the_middle_costs_its_frame_alone(at: int) -> None:
    damaged = bytearray(WHOLE)
    damaged[FIRST + at] ^= 0xFF

    contents = decode(bytes(damaged))

    assert contents.payloads == [PAYLOADS[0], *PAYLOADS[2:]]
    assert contents.damaged == [(FIRST, FIRST + len(FRAMES[1]))]
    assert contents.valid_bytes == len(WHOLE)


def test_frame_of_length_0_is_never_valid() -> None:
    assert decode(encode(b"", 0) + FRAMES[0]).payloads == [PAYLOADS[0]]


def test_length_that_lies_is_found_by_the_checksum() -> None:
    lying = bytearray(FRAMES[1])
    struct.pack_into("<I", lying, len(MAGIC), len(PAYLOADS[1]) - 1)

    assert decode(bytes(lying)).payloads == []


def test_random_damage_never_invents_a_payload() -> None:
    dice = random.Random(7)
    for _ in range(500):
        data = bytearray(WHOLE)
        for _ in range(dice.randrange(1, 6)):
            data[dice.randrange(len(data))] = dice.randrange(256)

        found = decode(bytes(data))

        assert set(found.payloads) <= set(PAYLOADS)
        assert HEADER_BYTES * len(found.payloads) <= found.valid_bytes <= len(data)
