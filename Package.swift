// swift-tools-version: 6.0
import PackageDescription

// Exclusivity is checked statically only: the interpreter's hot path may not pay for
// dynamic checks (docs/performance.md). Everything else is plain -O.
let hot: [SwiftSetting] = [.unsafeFlags(["-enforce-exclusivity=unchecked"])]

let package = Package(
  name: "tayberry",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "tayberry", targets: ["tayberry"])
  ],
  targets: [
    .target(name: "Fabric", swiftSettings: hot),
    .target(name: "MMU", dependencies: ["Fabric"], swiftSettings: hot),
    .target(name: "CPU", dependencies: ["Fabric", "MMU"], swiftSettings: hot),
    .target(name: "Devices", dependencies: ["Fabric"], swiftSettings: hot),
    .target(name: "Machine", dependencies: ["Fabric", "MMU", "CPU", "Devices"], swiftSettings: hot),
    // Names for addresses and for Xen's interface; they see nothing of the machine.
    .target(name: "Symbols"),
    .target(name: "XenNames"),
    // What happened, and why: events, filters, traces (docs/tracing.md).
    .target(
      name: "Tracing", dependencies: ["Fabric", "MMU", "CPU", "Devices", "Machine", "Symbols", "XenNames"],
      swiftSettings: hot),
    // Looks at every DMA transfer and names the wrong ones (docs/dma-check.md).
    .target(name: "Sanitizer", dependencies: ["Fabric", "MMU", "CPU", "Devices", "Machine"], swiftSettings: hot),
    // Reads a trace and draws it: text, Perfetto, HTML (docs/reports.md). It sees nothing of the machine but files.
    .target(name: "Reports", dependencies: ["Machine"]),
    // GDB's remote protocol (docs/gdb.md).
    .target(name: "Debugger", dependencies: ["Fabric", "MMU", "CPU", "Machine"]),
    // Which functions and lines ran (docs/coverage.md).
    .target(name: "Coverage", dependencies: ["CPU", "Symbols"]),
    .executableTarget(
      name: "tayberry", dependencies: ["Machine", "Symbols", "Tracing", "Sanitizer", "Reports", "Debugger", "Coverage"]),
    // Compares with implementations that are not ours (docs/conformance.md); no part of the product.
    .executableTarget(
      name: "conformance", dependencies: ["Fabric", "MMU", "CPU", "Machine", "TestSupport"],
      swiftSettings: hot),
    .target(
      name: "TestSupport", dependencies: ["Fabric", "MMU", "CPU", "Devices", "Machine"],
      path: "Tests/Support"),
    .testTarget(name: "FabricTests", dependencies: ["Fabric", "TestSupport"]),
    .testTarget(name: "MMUTests", dependencies: ["MMU", "TestSupport"]),
    .testTarget(name: "CPUTests", dependencies: ["CPU", "TestSupport"]),
    .testTarget(name: "ConformanceTests", dependencies: ["conformance", "CPU", "TestSupport"]),
    .testTarget(name: "DevicesTests", dependencies: ["Devices", "TestSupport"]),
    .testTarget(name: "SymbolsTests", dependencies: ["Symbols"]),
    .testTarget(name: "DebuggerTests", dependencies: ["Debugger", "Machine", "TestSupport"]),
    .testTarget(name: "XenNamesTests", dependencies: ["XenNames"]),
    .testTarget(name: "MachineTests", dependencies: ["Machine", "Symbols", "TestSupport"]),
    .testTarget(name: "CoverageTests", dependencies: ["Coverage", "CPU", "Symbols", "TestSupport"]),
    .testTarget(name: "SanitizerTests", dependencies: ["Sanitizer", "Machine", "TestSupport"]),
    .testTarget(name: "TracingTests", dependencies: ["Tracing"]),
    .testTarget(name: "ReportsTests", dependencies: ["Reports", "Machine"]),
  ]
)
