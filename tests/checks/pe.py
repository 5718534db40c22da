"""A reader of Windows executables (PE32+), as far as the checks need it. Format: Microsoft's PE/COFF specification."""
import struct


class Pe:
    def __init__(self, data):
        self.data = data
        assert data[:2] == b"MZ"
        at = struct.unpack_from("<I", data, 0x3c)[0]
        assert data[at:at + 4] == b"PE\0\0"
        self.machine, n_sections, self.timestamp, _, _, optional_size, self.characteristics = \
            struct.unpack_from("<HHIIIHH", data, at + 4)
        o = at + 24
        assert struct.unpack_from("<H", data, o)[0] == 0x20b, "not PE32+"
        self.os_version = struct.unpack_from("<HH", data, o + 40)
        self.subsystem_version = struct.unpack_from("<HH", data, o + 48)
        self.subsystem, self.dll_characteristics = struct.unpack_from("<HH", data, o + 68)
        count = struct.unpack_from("<I", data, o + 108)[0]
        self.directories = [struct.unpack_from("<II", data, o + 112 + 8 * i) for i in range(count)]
        self.sections = []
        for i in range(n_sections):
            s = o + optional_size + 40 * i
            name = data[s:s + 8].rstrip(b"\0").decode()
            size, rva, raw_size, raw = struct.unpack_from("<IIII", data, s + 8)
            flags = struct.unpack_from("<I", data, s + 36)[0]
            self.sections.append((name, rva, size, raw, raw_size, flags))

    def offset(self, rva):
        for _, start, size, raw, raw_size, _ in self.sections:
            if start <= rva < start + max(size, raw_size):
                return raw + rva - start
        raise ValueError(f"address {rva:#x} is in no section")

    def string(self, rva):
        at = self.offset(rva)
        return self.data[at:self.data.index(b"\0", at)].decode("ascii")

    def imports(self):
        """[(dll in lower case, function)]; an import by number is '#n'"""
        found = []
        rva = self.directories[1][0]
        at = self.offset(rva)
        while True:
            names, _, _, dll, table = struct.unpack_from("<IIIII", self.data, at)
            if not dll:
                return found
            at += 20
            entry = self.offset(names or table)
            while True:
                value = struct.unpack_from("<Q", self.data, entry)[0]
                entry += 8
                if not value:
                    break
                function = f"#{value & 0xffff}" if value >> 63 else self.string((value & 0x7fffffff) + 2)
                found.append((self.string(dll).lower(), function))

    def resources(self, wanted):
        """The data of all resources of type number `wanted`."""
        base = self.offset(self.directories[2][0])
        found = []

        def walk(at, depth, take):
            named, numbered = struct.unpack_from("<HH", self.data, at + 12)
            for i in range(named + numbered):
                ident, where = struct.unpack_from("<II", self.data, at + 16 + 8 * i)
                if depth == 0 and ident != wanted:
                    continue
                if where >> 31:
                    walk(base + (where & 0x7fffffff), depth + 1, True)
                else:
                    rva, size = struct.unpack_from("<II", self.data, base + where)
                    o = self.offset(rva)
                    found.append(self.data[o:o + size])

        walk(base, 0, False)
        return found
