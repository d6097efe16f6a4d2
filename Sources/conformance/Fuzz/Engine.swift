import CPU
import Fabric

/// Something that executes programs on a core of ours. The comparison knows engines through this alone, so
/// that another way to execute code needs one more case of `EngineKind`.
protocol Engine: AnyObject {
  /// Makes memory and registers those with which `program` begins.
  func load(_ program: FuzzProgram)
  /// Executes up to `count` instructions in one go; how many it retired.
  func run(_ count: Int) -> Int
  /// The core, for its state.
  var core: Core { get }
  var ram: GuestRAM { get }
  /// Blocks of which host code was made, in all programs.
  var compiledBlocks: UInt64 { get }
}

/// The engines that are compared.
enum EngineKind: String, CaseIterable {
  /// Pre-decoded blocks in the interpreter.
  case blocks
  /// Host code for every block, from its first run on.
  case host
  /// Every instruction translated alone, in a slice of its own: nothing is built, fused, linked or cut.
  case single

  /// Those that are compared with single instructions: what the machine may run on, on this host.
  static var subjects: [EngineKind] {
    ExecutionEngine.available.contains(.hostCode) ? [.blocks, .host] : [.blocks]
  }

  /// The engine of the machine that it stands for.
  var engine: ExecutionEngine { self == .host ? .hostCode : .interpreter }

  var text: String {
    switch self {
    case .blocks: "blocks"
    case .host: "host code"
    case .single: "single instructions"
    }
  }

  func make(_ planted: PlantedDifference? = nil) -> Engine {
    switch self {
    case .blocks: InterpreterEngine(TranslationRules(engine: .interpreter), step: .max, planted)
    case .host: InterpreterEngine(TranslationRules(engine: .hostCode, threshold: 1), step: .max, planted)
    case .single: InterpreterEngine(.single, step: 1, planted)
    }
  }
}

/// The interpreter under given rules, in slices of at most `step` instructions.
final class InterpreterEngine: Engine {
  private let rules: TranslationRules
  private let step: Int
  private let planted: PlantedDifference?
  private var machine: FuzzMachine

  init(_ rules: TranslationRules, step: Int, _ planted: PlantedDifference?) {
    self.rules = rules
    self.step = step
    self.planted = planted
    machine = FuzzMachine(rules)
  }

  var core: Core { machine.core }
  var ram: GuestRAM { machine.ram }
  private var compiledBefore: UInt64 = 0
  var compiledBlocks: UInt64 { compiledBefore &+ machine.cluster.compiledBlocks }

  func load(_ program: FuzzProgram) {
    compiledBefore = compiledBlocks
    machine = FuzzMachine(rules)
    machine.cluster.plantedDifference = planted
    machine.install(program)
  }

  func run(_ count: Int) -> Int {
    var done = 0
    while done < count {
      let slice = min(step, count - done)
      let retired = machine.run(slice)
      done += retired
      // YIELD ends a slice early; a core that rests or stopped does nothing.
      if retired == 0 { break }
    }
    return done
  }
}
