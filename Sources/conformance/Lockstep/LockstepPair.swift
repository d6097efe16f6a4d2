import CPU
import Fabric
import Machine

/// Two boards that execute the same guest, one on host code and one on the interpreter, and whether each block
/// left the same on both.
///
/// They take turns on one thread: the first runs for a few slices and records what every block left, then the
/// second runs as long and compares. So nothing is kept longer than those slices, and the first difference is
/// reported with the registers of both.
final class LockstepPair {
  /// Where engines are compared.
  enum Grain: String {
    /// After each block; blocks do not lead to each other then.
    case block
    /// After each turn of a core, blocks linked as ever.
    case turn
  }

  let subject: BoardMachine
  let reference: BoardMachine
  let grain: Grain
  /// The first difference, in words; empty if there is none.
  private(set) var differences: [String] = []
  /// Blocks, or turns, that were compared.
  private(set) var compared = 0
  private(set) var inHostCode = 0
  private(set) var hashes = 0

  private let trail = LockstepTrail()
  private let recorder: LockstepRecorder
  private let comparer: LockstepComparer
  private var nextHash: UInt64
  private let hashInterval: UInt64

  /// Virtual ns that one board is ahead of the other at most.
  private static let step: UInt64 = 10_000

  /// - Parameters:
  ///   - hashInterval: virtual ns between two comparisons of everything, RAM and devices included.
  ///   - arena: bytes for code that the board on host code has, if not as many as usual.
  init(
    _ configuration: RunConfiguration, grain: Grain, threshold: Int32, hashInterval: UInt64,
    planted: PlantedDifference?, arena: Int? = nil
  ) throws {
    self.grain = grain
    self.hashInterval = max(1, hashInterval)
    nextHash = self.hashInterval
    let links = grain == .turn
    subject = try MachineFactory.makeBoard(
      configuration, rules: TranslationRules(engine: .hostCode, threshold: threshold, linksBlocks: links),
      codeArenaSize: arena)
    reference = try MachineFactory.makeBoard(
      configuration, rules: TranslationRules(engine: .interpreter, linksBlocks: links))
    subject.board.cluster.plantedDifference = planted
    recorder = LockstepRecorder(trail, isFine: !links)
    comparer = LockstepComparer(trail, isFine: !links, reference.board.ram)
    subject.board.cluster.listener = recorder
    reference.board.cluster.listener = comparer
  }

  var now: UInt64 { reference.board.time.now }
  var instructions: UInt64 { reference.instructionsPerCore.reduce(0, &+) }

  /// Runs both boards a little further; false if they differ or one stopped.
  func advance() -> Bool {
    let limit = now &+ Self.step
    trail.clear()
    comparer.begin()
    let stops = [subject, reference].map { $0.board.loop.run(until: limit) { false } }
    compared = comparer.compared
    inHostCode = recorder.inHostCode
    if !comparer.differences.isEmpty {
      differences = comparer.differences
    } else if comparer.position != trail.count {
      differences = ["host code went on for \(trail.count - comparer.position) more blocks or turns"]
    } else if stops[0] != stops[1] || subject.board.time.now != now {
      differences = [
        "host code stopped at \(subject.board.time.now) ns: \(stops[0]); the interpreter at \(now) ns: \(stops[1])"
      ]
    } else if now >= nextHash {
      nextHash = now &+ hashInterval
      compareHashes()
    }
    return differences.isEmpty && stops[1] == .limit
  }

  /// Compares everything that the guest could ever see; true if that is the same.
  @discardableResult
  func compareHashes() -> Bool {
    guard differences.isEmpty else { return false }
    hashes += 1
    guard subject.stateHash() != reference.stateHash() else { return true }
    differences = ["the state hashes differ at \(now) ns"] + memoryDifferences()
    return false
  }

  private func memoryDifferences() -> [String] {
    let (ours, theirs) = (subject.board.ram, reference.board.ram)
    var lines: [String] = []
    for range in ours.ranges {
      for address in stride(from: range.lowerBound, to: range.upperBound, by: 8) {
        let one = (ours.base + Int(address)).load(as: UInt64.self)
        let other = (theirs.base + Int(address)).load(as: UInt64.self)
        guard one != other else { continue }
        lines.append("  RAM at \(address.hex()): host code \(one.hex()), interpreter \(other.hex())")
        if lines.count == 8 { return lines }
      }
    }
    return lines.isEmpty ? ["  RAM is the same: a device or a core's hidden state differs"] : lines
  }
}
