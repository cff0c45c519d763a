"""The bytes of a message: as they are when they are few, else compressed, so that a large one takes little memory."""

import hashlib
import threading
from collections.abc import Iterator, Sequence

import zstandard

LARGE_BYTES = 128 * 1024
"""Over this a message is read in pieces, and dealt with beside the event loop."""
HELD_BYTES = 16 * 1024 * 1024
"""Over this it is only kept compressed."""
CATCH_UP = 8
"""Of the parts that were kept, so many are compressed with each that comes once there are too many: at once they would
hold up others."""
CHUNK = 64 * 1024
LEVEL = 3
_OWN = threading.local()


class Payload:
    """What came in or goes out. ``len`` is the number of bytes that it really has."""

    __slots__ = ("_digest", "_packed", "_parts", "_size")

    def __init__(self, parts: Sequence[bytes] | None, packed: bytes | None, size: int) -> None:
        self._parts, self._packed, self._size = parts, packed, size
        self._digest = b""

    @classmethod
    def of(cls, body: bytes) -> "Payload":
        """Of bytes that are there already."""
        writer = Writer()
        for start in range(0, len(body), CHUNK):
            writer.write(body[start : start + CHUNK])
        return writer.done()

    @classmethod
    def unpacked(cls, packed: bytes, size: int) -> "Payload":
        """Of what ``packed`` once gave, and the size that it had."""
        return cls(None, packed, size)

    def __len__(self) -> int:
        return self._size

    @property
    def large(self) -> bool:
        """Whether it is better read in pieces."""
        return self._size > LARGE_BYTES

    @property
    def held(self) -> bool:
        """Whether a tree of it may be in memory."""
        return self._size <= HELD_BYTES

    @property
    def packed(self) -> bytes:
        """Compressed: a zstd frame. Made once, when it is first asked for: of what is large beside the event loop."""
        if self._packed is None and self._parts is not None and len(self._parts) == 1:
            self._packed = _compressor().compress(self._parts[0])
        elif self._packed is None:
            compressor = zstandard.ZstdCompressor(level=LEVEL).compressobj()
            made = [compressor.compress(part) for part in self._parts or ()]
            self._packed = b"".join((*made, compressor.flush()))
        return self._packed

    def pack(self) -> None:
        """Compresses it now: where that holds up nobody."""
        self._packed = self.packed

    @property
    def digest(self) -> bytes:
        """The SHA-256 of all bytes; made once too."""
        if not self._digest:
            hasher = hashlib.sha256()
            for chunk in self.chunks():
                hasher.update(chunk)
            self._digest = hasher.digest()
        return self._digest

    def chunks(self) -> Iterator[bytes]:
        """All bytes, a little at a time; as often as it is asked for."""
        if self._parts is not None:
            yield from self._parts
            return
        reader = zstandard.ZstdDecompressor().stream_reader(self._packed or b"")
        while chunk := reader.read(CHUNK):
            yield chunk

    def start(self, least: int = CHUNK) -> bytes:
        """The first bytes, so many at least if there are."""
        found = b""
        for chunk in self.chunks():
            found += chunk
            if len(found) >= least:
                break
        return found

    def pieces(self, least: int) -> Iterator[bytes]:
        """All bytes, so many at a time at least but for the last."""
        found = bytearray()
        for chunk in self.chunks():
            found += chunk
            if len(found) >= least:
                yield bytes(found)
                found.clear()
        if found:
            yield bytes(found)

    def whole(self) -> bytes:
        """All bytes at once: for what cannot do with less."""
        return b"".join(self.chunks())


def _compressor() -> zstandard.ZstdCompressor:
    """One of this thread: to make it anew takes longer than to compress a small message."""
    found: zstandard.ZstdCompressor | None = getattr(_OWN, "compressor", None)
    if found is None:
        found = _OWN.compressor = zstandard.ZstdCompressor(level=LEVEL)
    return found


class Writer:
    """Takes bytes as they come, and makes a Payload of them. Small pieces are joined: each takes memory of its own."""

    def __init__(self) -> None:
        self._open = bytearray()
        self._parts: list[bytes] = []
        self._packed: list[bytes] = []
        self._size = 0
        self._compressor: zstandard.ZstdCompressionObj | None = None

    def __len__(self) -> int:
        return self._size

    def write(self, chunk: bytes) -> None:
        """Adds bytes."""
        self._size += len(chunk)
        if not self._open and len(chunk) >= CHUNK:
            self._add(chunk)
            return
        self._open += chunk
        if len(self._open) >= CHUNK:
            self._close()

    def done(self) -> Payload:
        """All that was written."""
        self._close()
        if self._compressor is None:
            return Payload(self._parts, None, self._size)
        self._pack(self._compressor, len(self._parts))
        self._packed.append(self._compressor.flush())
        return Payload(None, b"".join(self._packed), self._size)

    def _close(self) -> None:
        if self._open:
            self._add(bytes(self._open))
            self._open.clear()

    def _add(self, part: bytes) -> None:
        self._parts.append(part)
        if self._size > HELD_BYTES:
            if self._compressor is None:
                self._compressor = zstandard.ZstdCompressor(level=LEVEL).compressobj()
            self._pack(self._compressor, CATCH_UP)

    def _pack(self, compressor: "zstandard.ZstdCompressionObj", many: int) -> None:
        """Compresses the oldest parts, so many, and lets go of them."""
        for part in self._parts[:many]:
            if made := compressor.compress(part):
                self._packed.append(made)
        del self._parts[:many]
