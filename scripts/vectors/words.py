#!/usr/bin/env python3
"""Writes instruction words and seeds for oracle.c: every opcode of the floating-point and Advanced SIMD
encoding classes (Arm DDI 0487, C4.1.66 and C4.1.4), allocated or not, with random operands.

    words.py COUNT RANDOM_SEED [RECORDED] > words.bin

COUNT is how many operand choices each opcode gets; floating-point gets three times as many. With a file
that oracle.c wrote before, opcodes that were always UNDEFINED in it are left out.
"""
import random
import struct
import sys

# A letter is a field counted through, '*' a random bit, '0' and '1' are themselves.
CLASSES = [
    ("three same", "0QU01110SS1*****OOOOO1**********"),
    ("scalar three same", "01U11110SS1*****OOOOO1**********"),
    ("three different", "0QU01110SS1*****OOOO00**********"),
    ("scalar three different", "01U11110SS1*****OOOO00**********"),
    ("two-register", "0QU01110SS10000OOOOO10**********"),
    ("scalar two-register", "01U11110SS10000OOOOO10**********"),
    ("across lanes", "0QU01110SS11000OOOOO10**********"),
    ("scalar pairwise", "01U11110SS11000OOOOO10**********"),
    ("copy", "0QO01110000IIIII0OOOO1**********"),
    ("scalar copy", "01O11110000IIIII0OOOO1**********"),
    ("extract", "0Q101110OO0*****0IIII0**********"),
    ("table", "0Q001110OO0*****0LLO00**********"),
    ("permute", "0Q001110SS0*****0OOO10**********"),
    ("modified immediate", "0QO0111100000***CCCCO1**********"),
    ("shift", "0QU011110HHHH***OOOOO1**********"),
    ("scalar shift", "01U111110HHHH***OOOOO1**********"),
    ("element", "0QU01111SSL*****OOOOH0**********"),
    ("scalar element", "01U11111SSL*****OOOOH0**********"),
    ("fixed", "F0U11110TT0RROOO****************"),
    ("integer", "F0U11110TT1RROOO000000**********"),
    ("one source", "M0U11110TT1OOOOOO10000**********"),
    ("compare", "M0U11110TT1*****OO1000*****ZZ000"),
    ("immediate", "M0U11110TT1********100IIIII*****"),
    ("conditional compare", "M0U11110TT1*********01*****O****"),
    ("two sources", "M0U11110TT1*****OOOO10**********"),
    ("select", "M0U11110TT1*********11**********"),
    ("three sources", "M0U11111TTO*****O***************"),
    ("half three same", "0QU01110O10*****00OOO1**********"),
    ("half two-register", "0QU01110O111100OOOOO10**********"),
    ("extra", "0QU01110SS0*****1OOOO1**********"),
    ("structures", "0Q0011000L000000OOOOSS**********"),
    ("structures post-index", "0Q0011001L0*****OOOOSS**********"),
    ("structure", "0Q0011010LR00000OOOOSS**********"),
    ("structure post-index", "0Q0011011LR*****OOOOSS**********"),
]
# Present in the oracle's Cortex-A72, absent from BCM2711: AES, SHA and the 64-bit PMULL.
CRYPTOGRAPHIC = [
    (0xFF3E0C00, 0x4E280800), (0xFF3E0C00, 0x5E280800), (0xFF208C00, 0x5E000000), (0xBFE0FC00, 0x0EE0E000),
]
# What half64() of oracle.c makes of a theme.
DOUBLES, SINGLES, HALVES, INTEGERS = [1, 1, 4, 4, 9], [2, 2, 5, 5, 8], [3, 3, 2, 1], [6, 7, 8, 9, 0, 10]


def words(pattern):
    """One word for each value of the letter fields."""
    free = [31 - i for i, c in enumerate(pattern) if c.isalpha()]
    base = sum(1 << (31 - i) for i, c in enumerate(pattern) if c == "1")
    wild = [31 - i for i, c in enumerate(pattern) if c == "*"]
    for choice in range(1 << len(free)):
        yield base | sum(1 << bit for n, bit in enumerate(free) if choice >> n & 1), wild


def themes(name, word):
    scalar = name in ("fixed", "integer", "one source", "compare", "conditional compare", "two sources", "select",
                      "three sources")
    opcode = word >> 11 & 31
    if scalar:
        kind = word >> 22 & 3
        if kind == 3 or (name == "one source" and word >> 15 & 63 in (7,)):
            return HALVES
        return (DOUBLES if kind == 1 else SINGLES) + ([9, 8] if name in ("fixed", "integer") else [])
    double = word >> 22 & 1
    if "three same" in name and opcode >= 24:
        return DOUBLES if double else SINGLES
    if "two-register" in name and word >> 12 & 31 >= 12:
        if word >> 12 & 31 in (22, 23):
            return DOUBLES + SINGLES if double else HALVES + SINGLES
        return DOUBLES if double else SINGLES
    if name in ("across lanes", "scalar pairwise") and word >> 12 & 31 in (12, 13, 15):
        return DOUBLES if double else SINGLES
    if "element" in name and word >> 12 & 3 == 1 and word >> 23 & 1:
        return DOUBLES if double else SINGLES
    if "shift" in name and word >> 12 & 15 >= 14:
        return (DOUBLES if word >> 22 & 1 else SINGLES) + [8, 9]
    return INTEGERS


def executed(path):
    """The words of a recording that were not UNDEFINED."""
    data = open(path, "rb").read()
    position = 0
    while position < len(data):
        word, _, count = struct.unpack_from("<IIB", data, position)
        position += 9
        if count == 255:
            continue
        yield word
        for _ in range(count):
            place = data[position]
            position += 1 + (16 if place < 32 else 4 if place in (64, 65) else 8)


def main():
    count = int(sys.argv[1])
    rng = random.Random(int(sys.argv[2]))
    known = set(executed(sys.argv[3])) if len(sys.argv) > 3 else None
    out = sys.stdout.buffer
    for name, pattern in CLASSES:
        fixed = sum(1 << (31 - i) for i, c in enumerate(pattern) if c != "*")
        allocated = known and {word & fixed for word in known}
        for base, wild in words(pattern):
            if known and base not in allocated:
                continue
            repeat = count * 3 if themes(name, base) is not INTEGERS else count
            for _ in range(repeat):
                word = base
                for bit in wild:
                    word |= rng.getrandbits(1) << bit
                if rng.random() < 0.1:  # the destination is also a source
                    word = word & ~31 | word >> 5 & 31
                if any(word & mask == value for mask, value in CRYPTOGRAPHIC):
                    continue
                theme = rng.choice(themes(name, word))
                out.write(struct.pack("<II", word, theme << 28 | rng.getrandbits(28)))


main()
