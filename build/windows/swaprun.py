"""Marks a program so that Windows copies it to memory before it runs from a removable medium or a share (PE/COFF specification,
"Characteristics": IMAGE_FILE_REMOVABLE_RUN_FROM_SWAP, IMAGE_FILE_NET_RUN_FROM_SWAP). Without it, a stick that is pulled out takes
the pages that were not read yet with it, and the program dies where it should say so. GNU ld has no option for it."""
import struct
import sys

RUN_FROM_SWAP = 0x0400 | 0x0800


def checksum(data, at):
    """The sum of the optional header, over all but itself (the algorithm of imagehlp's CheckSumMappedFile)."""
    total = 0
    padded = data + b"\0" * (-len(data) % 4)
    for (word,) in struct.iter_unpack("<I", padded[:at] + b"\0\0\0\0" + padded[at + 4:]):
        total += word
        total = (total & 0xFFFFFFFF) + (total >> 32)
    total = (total & 0xFFFF) + (total >> 16)
    total = (total + (total >> 16)) & 0xFFFF
    return total + len(data)


def main():
    with open(sys.argv[1], "r+b") as f:
        data = bytearray(f.read())
        header = struct.unpack_from("<I", data, 0x3C)[0]
        assert data[header:header + 4] == b"PE\0\0"
        flags = struct.unpack_from("<H", data, header + 22)[0]
        struct.pack_into("<H", data, header + 22, flags | RUN_FROM_SWAP)
        struct.pack_into("<I", data, header + 24 + 64, checksum(bytes(data), header + 24 + 64))
        f.seek(0)
        f.write(data)


main()
