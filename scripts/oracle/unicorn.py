#!/usr/bin/env python3
"""Runs an AArch64 program of this folder as Linux would, on Unicorn's Cortex-A72 in place of QEMU's.

usage: scripts/oracle/unicorn.py PROGRAM

PROGRAM is execute.c, built as Sources/conformance/Execute/QEMUOracle.swift builds it. It gets stdin and stdout. Of
Linux there is what that program calls: read, write, mmap, exit; and in place of its signal handler, an exception
of the instruction in the slot is written down here.
"""
import os
import struct
import sys

# This file has the module's name.
sys.path = [path for path in sys.path if os.path.realpath(path or ".") != os.path.dirname(os.path.realpath(__file__))]
import unicorn
from unicorn import arm64_const as arm

SLOT, EXIT, CONTEXT = 0x878000, 0x879000, 0x20000000
STACK, STACK_SIZE = 0x30000000, 0x10000
# Where no case branches to, not even one to 0.
NOWHERE = 0x5a17_5a17_5a17_5a17
SIGILL, SIGTRAP, SIGBUS, SIGSEGV = 4, 5, 7, 11
X = [getattr(arm, "UC_ARM64_REG_X%d" % i) for i in range(31)]
V = [getattr(arm, "UC_ARM64_REG_V%d" % i) for i in range(32)]


def symbols(image):
    """Addresses by name, from the ELF file's symbol table."""
    place, = struct.unpack_from("<Q", image, 0x28)
    size, count = struct.unpack_from("<HH", image, 0x3a)
    sections = [struct.unpack_from("<IIQQQQIIQQ", image, place + i * size) for i in range(count)]
    result = {}
    for section in sections:
        if section[1] != 2:
            continue
        strings = sections[section[6]][4]
        for at in range(section[4], section[4] + section[5], 24):
            name, _, _, _, value, _ = struct.unpack_from("<IBBHQQ", image, at)
            end = image.index(b"\0", strings + name)
            result[image[strings + name:end].decode()] = value
    return result


class Process:
    def __init__(self, path):
        with open(path, "rb") as file:
            image = file.read()
        self.uc = uc = unicorn.Uc(unicorn.UC_ARCH_ARM64, unicorn.UC_MODE_ARM)
        uc.ctl_set_cpu_model(arm.UC_CPU_ARM64_A72)
        self.mapped = set()
        entry, table = struct.unpack_from("<QQ", image, 0x18)
        size, count = struct.unpack_from("<HH", image, 0x36)
        for i in range(count):
            kind, _, offset, address, _, length, memory, _ = struct.unpack_from("<IIQQQQQQ", image, table + i * size)
            if kind == 1:
                self.map(address, memory)
                uc.mem_write(address, image[offset:offset + length])
        self.map(STACK, STACK_SIZE)
        # EL0; SCTLR_EL1.{UCI,UCT,DZE} and TCR_EL1.TBI0 as Linux sets them.
        uc.reg_write(arm.UC_ARM64_REG_PSTATE, 0)
        control = uc.reg_read(arm.UC_ARM64_REG_CP_REG, (1, 0, 3, 0, 0))
        uc.reg_write(arm.UC_ARM64_REG_CP_REG, (1, 0, 3, 0, 0, control | 1 << 26 | 1 << 15 | 1 << 14))
        uc.reg_write(arm.UC_ARM64_REG_CP_REG, (2, 0, 3, 0, 2, 1 << 37))
        uc.reg_write(arm.UC_ARM64_REG_SP, STACK + STACK_SIZE)
        names = symbols(image)
        self.after_signal = EXIT + names["leaveAfterSignal"] - names["leave"]
        self.next = entry
        self.signal = None
        self.code = None
        uc.hook_add(unicorn.UC_HOOK_INTR, self.interrupt)
        uc.hook_add(unicorn.UC_HOOK_INSN_INVALID, self.invalid)

    def map(self, address, size):
        begin, end = address & ~4095, (address + size + 4095) & ~4095
        # Segments may share a page.
        while begin in self.mapped:
            begin += 4096
        if begin < end:
            self.mapped.update(range(begin, end, 4096))
            self.uc.mem_map(begin, end - begin)

    def run(self):
        while self.code is None:
            self.signal = None
            try:
                self.uc.emu_start(self.next, NOWHERE)
            except unicorn.UcError as error:
                if self.signal is None:
                    self.signal = SIGILL if error.errno in (
                        unicorn.UC_ERR_INSN_INVALID, unicorn.UC_ERR_EXCEPTION) else SIGSEGV
            if self.code is not None:
                break
            if self.signal:
                self.fault()
            else:
                self.next = self.uc.reg_read(arm.UC_ARM64_REG_PC)
        return self.code

    def invalid(self, uc, data):
        self.signal = SIGILL
        return False

    def interrupt(self, uc, number, data):
        # QEMU's EXCP_UDEF, EXCP_SWI, EXCP_PREFETCH_ABORT, EXCP_DATA_ABORT, EXCP_BKPT.
        if number == 2 and not SLOT <= uc.reg_read(arm.UC_ARM64_REG_PC) <= SLOT + 8:
            return self.call(uc)
        self.signal = {1: SIGILL, 3: SIGSEGV, 4: SIGBUS, 7: SIGTRAP}.get(number, SIGILL)
        uc.emu_stop()

    def fault(self):
        """What the signal handler of execute.c does."""
        uc = self.uc
        x = uc.reg_read_batch(X)
        sp, pc, flags, fpcr, fpsr = uc.reg_read_batch([
            arm.UC_ARM64_REG_SP, arm.UC_ARM64_REG_PC, arm.UC_ARM64_REG_NZCV, arm.UC_ARM64_REG_FPCR,
            arm.UC_ARM64_REG_FPSR])
        state = struct.pack("<36Q", *x, sp, flags & 0xf0000000, fpcr, fpsr, pc)
        for value in uc.reg_read_batch(V):
            state += value.to_bytes(16, "little")
        uc.mem_write(CONTEXT, state)
        uc.mem_write(CONTEXT + 808, struct.pack("<Q", self.signal if pc in (SLOT, SLOT + 4) else 0))
        self.next = self.after_signal

    def call(self, uc):
        number, a, b, c = uc.reg_read_batch([X[8], X[0], X[1], X[2]])
        result = 0
        if number == 63:
            data = os.read(0, c)
            uc.mem_write(b, data)
            result = len(data)
        elif number == 64:
            result = os.write(1, bytes(uc.mem_read(b, c)))
        elif number == 222:
            self.map(a, b)
            result = a
        elif number == 93:
            self.code = a & 255
            uc.emu_stop()
        uc.reg_write(X[0], result)


sys.exit(Process(sys.argv[1]).run())
