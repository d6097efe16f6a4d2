#!/usr/bin/env python3
"""Writes instruction words and seeds for integer.c: random operands for every row of the instruction table
that is neither a system instruction nor the business of words.py.

    integer-words.py COUNT RANDOM_SEED [SECTION] > words.bin

COUNT is how many words each row gets. With SECTION only the rows in sections of that name are used.
Operands for which the manual leaves the result open (CONSTRAINED UNPREDICTABLE) are left out, as is what an
emulator of user programs does not tell: unaligned acquire and release.
"""
import os
import random
import re
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TABLE = os.path.join(HERE, "../../Sources/CPU/Instructions/InstructionTable+%s.swift")
# Exceptions and waits are not instructions whose result can be looked at here.
SKIPPED_SECTIONS = ["Exception generation", "PSTATE", "System instructions", "System register move",
                    "multiple structures", "single structure", "replicate"]
SKIPPED_ROWS = ["yield", "wfe", "wfi", "sev", "sevl", "eret", "drps"]
WINDOW, WINDOW_PAGES, SLOT = 0x800000, 18, 0x878000


class Row:
    def __init__(self, section, name, pattern, exclusions):
        self.section, self.name = section, name
        self.fields, self.fixed, position = {}, 0, 32
        self.free = []
        for part in pattern.split():
            if re.fullmatch(r"[01x]+", part):
                for c in part:
                    position -= 1
                    if c == "x":
                        self.free.append(position)
                    self.fixed |= (c == "1") << position
            else:
                field, _, width = part.partition(":")
                width = int(width or 1)
                position -= width
                self.fields[field] = (position, width)
        assert position == 0, name
        self.exclusions = exclusions

    def has(self, *names):
        return all(name in self.fields for name in names)

    def get(self, word, field):
        position, width = self.fields[field]
        return word >> position & (1 << width) - 1

    def isExcluded(self, word):
        for terms in self.exclusions:
            known = [(field, bits) for field, bits in terms if field in self.fields]
            if known and all(
                c == "x" or c == b
                for field, bits in known
                for c, b in zip(bits, format(self.get(word, field), "0%db" % self.fields[field][1]))
            ):
                return True
        return False


def rows():
    for part in ("Base", "LoadStore"):
        text = open(TABLE % part).read().split('"""')[1].replace("\\\n", " ")
        section, common = "", []
        for line in text.splitlines():
            line = line.strip()
            if line.startswith("#"):
                section, _, attributes = line[1:].partition("|")
                common = exclusions(attributes)
            elif line:
                name, pattern, attributes = [cell.strip() for cell in line.split("|")][:3]
                if name in SKIPPED_ROWS or any(skipped in section for skipped in SKIPPED_SECTIONS):
                    continue
                yield Row(section.strip(), name, pattern, common + exclusions(attributes))


def exclusions(attributes):
    result = []
    for item in attributes.split(","):
        item = item.strip()
        if item.startswith("not "):
            result.append([tuple(term.split("=")) for term in item[4:].split()])
    return result


def isOpen(row, word):
    """Whether the manual leaves the outcome open, or the recording machine cannot know it."""
    name = row.name
    rn = row.get(word, "Rn") if row.has("Rn") else None
    rt = row.get(word, "Rt") if row.has("Rt") else None
    isFP = "FP" in name
    if "Index" in name and not isFP and rn != 31:
        if rn == rt or row.has("Rt2") and rn == row.get(word, "Rt2"):
            return True
    if name.startswith(("ldp", "ldnp", "ldxp", "ldaxp")) and rt == row.get(word, "Rt2"):
        return True
    if row.has("Rs"):
        rs = row.get(word, "Rs")
        if rs == rt or rs == rn and rn != 31 or row.has("Rt2") and rs == row.get(word, "Rt2"):
            return True
        if rn == 29:  # the companion of a store-exclusive pair loads into X29
            return True
    if name.endswith("RegisterOffset") and rn == row.get(word, "Rm") and rn != 31:
        return True
    if name in ("b", "bl") and word & 0x3FFFFFF == 0:
        return True
    if name in ("bCond", "cbz", "cbnz") and word & 0xFFFFE0 == 0:
        return True
    if name in ("tbz", "tbnz") and word & 0x7FFE0 == 0:
        return True
    if name == "hint" and word >> 5 & 127 in (1, 2, 3, 4, 5):
        return True
    if (isLogicalImmediate(row)) and isReserved(row, word):
        return True
    return False


def isLogicalImmediate(row):
    return "Logical (immediate)" in row.section


def isReserved(row, word):
    n, imms = row.get(word, "N"), row.get(word, "imms")
    if row.get(word, "sf") == 0 and n:
        return True
    combined = n << 6 | ~imms & 63
    length = combined.bit_length() - 1
    return length < 1 or imms & (1 << length) - 1 == (1 << length) - 1


def choose(row, rng):
    word = row.fixed
    for bit in row.free:
        word |= rng.getrandbits(1) << bit
    for field, (position, width) in row.fields.items():
        bits = rng.getrandbits(width)
        if width > 2 and not field.startswith("R"):
            bits = rng.choice([bits, bits, bits, 0, (1 << width) - 1, 1 << width - 1])
        if field[0] == "R" and rng.random() < 0.1:
            bits = 31
        word |= bits << position
    registers = [position for field, (position, _) in row.fields.items() if field[0] == "R"]
    if len(registers) > 1 and rng.random() < 0.15:  # one operand twice
        a, b = rng.sample(registers, 2)
        word = word & ~(31 << a) | (word >> b & 31) << a
    if "literal" in row.section or row.name == "prfmLiteral":
        near = rng.randrange(-8, 2) * 4 if rng.random() < 0.5 else rng.randrange(1024) * 4
        address = WINDOW + rng.randrange(1, WINDOW_PAGES) * 4096 + near
        word = word & ~0xFFFFE0 | ((address - SLOT) // 4 & 0x7FFFF) << 5
    return word


def main():
    count, rng = int(sys.argv[1]), random.Random(int(sys.argv[2]))
    wanted = sys.argv[3] if len(sys.argv) > 3 else ""
    seed = 0
    for row in rows():
        if wanted not in row.section:
            continue
        done, tries = 0, 0
        while done < count and tries < 100 * count:
            tries += 1
            word = choose(row, rng)
            if row.isExcluded(word) or isOpen(row, word):
                continue
            seed += 1
            sys.stdout.buffer.write(struct.pack("<II", word, seed))
            done += 1
        if done < count:
            sys.exit("%s: only %d of %d words" % (row.name, done, count))


if __name__ == "__main__":
    main()
