import Fabric
import Testing

@testable import Devices

/// What holds for every device, derived from its register table or from the `Device` contract alone.
@Suite("Every device")
struct UniversalDeviceTests {
  static let registerDevices = Bench().makeRegisterDevices().indices
  static let devices = Bench().makeDevices().indices

  @Test("starts with the reset values of its register table", arguments: registerDevices)
  func resetValues(index: Int) {
    let bench = Bench()
    func check(_ device: some RegisterDevice) {
      for description in device.registers.layout.registers {
        #expect(device.registers[description.register] == description.reset, "\(description.name)")
        device.registers[description.register] = ~description.reset
      }
      device.reset()
      for description in device.registers.layout.registers {
        #expect(device.registers[description.register] == description.reset, "\(description.name)")
      }
    }
    check(bench.makeRegisterDevices()[index].device)
  }

  @Test("never stores a bit that the guest may not write", arguments: registerDevices)
  func protectedBits(index: Int) {
    let bench = Bench()
    func check(_ device: some RegisterDevice) {
      for description in device.registers.layout.registers {
        for value: UInt32 in [0, ~0, 0xaaaa_aaaa, 0x5a55_5555] {
          device.reset()
          let before = device.registers[description.register]
          // What the device itself does on a write is not the block's concern: stop at the block.
          let probe = Probe(device.registers)
          device.registers.write(probe, offset: UInt64(description.offset), value: UInt64(value), size: 4)
          let after = device.registers[description.register]
          let allowed = description.writable | description.clearable
          #expect((before ^ after) & ~allowed == 0, "\(description.name) written with \(value.hex(8))")
        }
      }
    }
    check(bench.makeRegisterDevices()[index].device)
  }

  @Test("clears status bits by ones and keeps them by zeros", arguments: registerDevices)
  func statusBits(index: Int) {
    let bench = Bench()
    func check(_ device: some RegisterDevice) {
      for description in device.registers.layout.registers where description.clearable != 0 {
        let probe = Probe(device.registers)
        let offset = UInt64(description.offset)
        device.registers[description.register] = description.clearable
        device.registers.write(probe, offset: offset, value: 0, size: 4)
        #expect(device.registers[description.register] & description.clearable == description.clearable)
        device.registers.write(probe, offset: offset, value: UInt64(description.clearable), size: 4)
        #expect(device.registers[description.register] & description.clearable == 0, "\(description.name)")
      }
    }
    check(bench.makeRegisterDevices()[index].device)
  }

  @Test("describes each stored register in its state", arguments: registerDevices)
  func registersAreState(index: Int) {
    let bench = Bench()
    func check(_ device: some RegisterDevice) {
      let hash = device.stateHash
      for description in device.registers.layout.registers {
        let old = device.registers[description.register]
        device.registers[description.register] = ~old
        #expect(device.stateHash != hash, "\(description.name)")
        device.registers[description.register] = old
      }
      #expect(device.stateHash == hash)
    }
    check(bench.makeRegisterDevices()[index].device)
  }

  @Test("survives hostile accesses of every size, and a reset undoes them", arguments: devices)
  func hostileAccesses(index: Int) {
    let bench = Bench()
    let (device, size) = bench.makeDevices()[index]
    device.reset()
    let initial = device.stateHash
    Self.disturb(device, size, bench, seed: UInt64(index) + 1, count: 20_000)
    device.reset()
    #expect(device.stateHash == initial, "\(device.name)")
  }

  @Test("repeats exactly from the same accesses", arguments: devices)
  func determinism(index: Int) {
    var hashes: [UInt64] = []
    for _ in 0..<2 {
      let bench = Bench()
      let (device, size) = bench.makeDevices()[index]
      Self.disturb(device, size, bench, seed: 99, count: 3000)
      hashes.append(device.stateHash)
    }
    #expect(hashes[0] == hashes[1])
  }

  @Test("comes back from a saved state and goes on the same way", arguments: devices)
  func saveAndLoad(index: Int) {
    let first = Bench()
    let second = Bench()
    let (device, size) = first.makeDevices()[index]
    let (twin, _) = second.makeDevices()[index]
    Self.disturb(device, size, first, seed: 7, count: 2000)
    var recorder = StateRecorder()
    device.visitState(&recorder)
    Self.disturb(twin, size, second, seed: 8, count: 2000)
    second.time.now = first.time.now
    var player = StatePlayer(recorder)
    twin.visitState(&player)
    twin.didLoadState()
    #expect(twin.stateHash == device.stateHash, "\(device.name) after the load")
    _ = second.bus.ram.load(first.bus.ram.bytes(at: 0, count: Int(Bench.ramSize)) ?? [], at: 0)
    Self.disturb(device, size, first, seed: 9, count: 500)
    Self.disturb(twin, size, second, seed: 9, count: 500)
    #expect(twin.stateHash == device.stateHash, "\(device.name) some time after the load")
  }

  @Test("is deaf to offsets far outside its window", arguments: devices)
  func farOffsets(index: Int) {
    let bench = Bench()
    let (device, _) = bench.makeDevices()[index]
    for offset: UInt64 in [0x1_0000_0000, 0xffff_fff8, .max & ~7] {
      for size: UInt8 in [1, 2, 4, 8] {
        device.store(offset, .max, size)
        _ = device.load(offset, size)
      }
    }
  }

  /// Random accesses of all sizes, with time passing.
  private static func disturb(
    _ device: any Device, _ size: UInt64, _ bench: Bench, seed: UInt64, count: Int
  ) {
    var random = TestRandom(seed: seed)
    for _ in 0..<count {
      let width: UInt64 = 1 << (random.next() % 4)
      // Mostly where the registers are, sometimes anywhere in the window.
      let span = random.next() % 4 == 0 ? size : min(size, 0x140)
      let offset = random.next() % max(span, 8) & ~(width - 1)
      var value = random.next() >> (random.next() % 64)
      if random.next() % 2 == 0 { value = value & 0x00ff_ffff | 0x5a00_0000 }
      if random.next() % 2 == 0 {
        device.store(offset, value, UInt8(width))
      } else {
        _ = device.load(offset, UInt8(width))
      }
      if random.next() % 8 == 0 { bench.time.advance(to: bench.time.now + random.next() % 100_000) }
    }
  }
}

/// Stands in for a device, so that only the register block acts.
private final class Probe<Register: RegisterName>: RegisterClient {
  init(_ block: RegisterBlock<Register>) {}
  func willRead(_ register: Register, stored: UInt32) -> UInt32 { stored }
  func didWrite(_ register: Register, old: UInt32, new: UInt32) {}
}
