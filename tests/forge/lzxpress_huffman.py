"""LZ77+Huffman compression of MS-XCA (sections 2.1 compression, 2.2 decompression), as Windows 10 and 11 use it in .pf files.

A real compressor: greedy matches through chains of three-byte hashes, one canonical Huffman code of at most 15 bits for
each 64 KiB of input. Matches reach back over block borders, as Windows' do, but do not run past one.
"""
import heapq
import struct

BLOCK = 65536
MAX_DISTANCE = 65535
MIN_MATCH = 3
END_OF_DATA = 256
CHAIN_BUDGET = 32


def _code_lengths(frequency: list[int]) -> list[int]:
    """Huffman code lengths for 512 symbols, none above 15: frequencies are flattened until that holds."""
    weights = list(frequency)
    while True:
        heap = [(w, s, None) for s, w in enumerate(weights) if w]
        heapq.heapify(heap)
        order = 512
        while len(heap) > 1:
            a, b = heapq.heappop(heap), heapq.heappop(heap)
            heapq.heappush(heap, (a[0] + b[0], order, (a, b)))
            order += 1
        lengths = [0] * 512
        stack = [(heap[0], 0)]
        while stack:
            (_, symbol, children), depth = stack.pop()
            if children is None:
                lengths[symbol] = max(depth, 1)
            else:
                stack += [(children[0], depth + 1), (children[1], depth + 1)]
        if max(lengths) <= 15:
            return lengths
        weights = [(w + 1) // 2 if w else 0 for w in weights]


def _canonical_codes(lengths: list[int]) -> list[int]:
    """Codes by length, then by symbol (MS-XCA 2.1.4.2)."""
    codes, code, previous = [0] * 512, 0, 0
    for length, symbol in sorted((n, s) for s, n in enumerate(lengths) if n):
        code <<= length - previous
        codes[symbol], previous = code, length
        code += 1
    return codes


class _BitWriter:
    """16-bit words, most significant bit first; whole bytes go between the words, where the decoder has read to."""

    def __init__(self) -> None:
        self.out = bytearray(4)
        self.first, self.second = 0, 2
        self.value, self.free = 0, 16

    def bits(self, count: int, value: int) -> None:
        if self.free >= count:
            self.value = self.value << count | value
            self.free -= count
            return
        rest = count - self.free
        struct.pack_into("<H", self.out, self.first, self.value << self.free | value >> rest)
        self.first, self.second = self.second, len(self.out)
        self.out += b"\0\0"
        self.value, self.free = value & (1 << rest) - 1, 16 - rest

    def raw(self, data: bytes) -> None:
        self.out += data

    def finish(self) -> bytes:
        struct.pack_into("<H", self.out, self.first, self.value << self.free & 0xFFFF)
        struct.pack_into("<H", self.out, self.second, 0)
        return bytes(self.out)


def _tokens(data: bytes) -> list[list[tuple[int, int, int]]]:
    """For each block a list of (literal, 0, 0) or (-1, length, distance)."""
    chains: dict[bytes, list[int]] = {}
    blocks = []
    for start in range(0, max(len(data), 1), BLOCK):
        end, at, tokens = min(start + BLOCK, len(data)), start, []
        while at < end:
            best, distance = 0, 0
            for candidate in reversed(chains.get(data[at:at + 3], ())[-CHAIN_BUDGET:]):
                if at - candidate > MAX_DISTANCE:
                    break
                n = 0
                while at + n < end and data[candidate + n] == data[at + n]:
                    n += 1
                if n > best:
                    best, distance = n, at - candidate
            step = best if best >= MIN_MATCH else 1
            tokens.append((-1, best, distance) if best >= MIN_MATCH else (data[at], 0, 0))
            for position in range(at, min(at + step, len(data) - 2)):
                chains.setdefault(data[position:position + 3], []).append(position)
            at += step
        blocks.append(tokens)
    return blocks


def _symbol(token: tuple[int, int, int]) -> int:
    literal, length, distance = token
    if literal >= 0:
        return literal
    return 256 + (distance.bit_length() - 1) * 16 + min(length - MIN_MATCH, 15)


def _write_match_tail(writer: _BitWriter, length: int, distance: int) -> None:
    rest = length - MIN_MATCH
    if rest >= 15:
        if rest - 15 < 255:
            writer.raw(bytes([rest - 15]))
        else:
            writer.raw(b"\xff" + struct.pack("<H", rest))
    log = distance.bit_length() - 1
    writer.bits(log, distance - (1 << log))


def compress(data: bytes) -> bytes:
    """The compressed stream alone."""
    out = bytearray()
    blocks = _tokens(data)
    for number, tokens in enumerate(blocks):
        last = number == len(blocks) - 1
        frequency = [0] * 512
        for token in tokens:
            frequency[_symbol(token)] += 1
        frequency[END_OF_DATA] += 1
        if sum(1 for f in frequency if f) == 1:
            frequency[0] += 1
        lengths = _code_lengths(frequency)
        codes = _canonical_codes(lengths)
        out += bytes(lengths[i] | lengths[i + 1] << 4 for i in range(0, 512, 2))
        writer = _BitWriter()
        for token in tokens:
            symbol = _symbol(token)
            writer.bits(lengths[symbol], codes[symbol])
            if token[0] < 0:
                _write_match_tail(writer, token[1], token[2])
        if last:
            writer.bits(lengths[END_OF_DATA], codes[END_OF_DATA])
        out += writer.finish()
    return bytes(out)


def mam(data: bytes) -> bytes:
    """MAM\\x04, the size before compression, the stream: the container of compressed prefetch (libscca, compressed file)."""
    return b"MAM\x04" + struct.pack("<I", len(data)) + compress(data)
