import Foundation

// Compares the emulator with implementations that are not ours. One file per subcommand; each writes what it
// did as a `ConformanceResult`, of which `conformance page` makes docs/conformance.md.

let subcommands: [Subcommand] = [
  .decode,
  .execute,
  .fuzz,
  .fuzzBoard,
  .lockstep,
  .page,
]

let words = Array(CommandLine.arguments.dropFirst())
guard let name = words.first, let subcommand = subcommands.first(where: { $0.name == name }) else {
  for subcommand in subcommands { print("conformance \(subcommand.name) \(subcommand.usage)") }
  exit(words.isEmpty || words == ["--help"] ? 0 : 2)
}
do {
  exit(try subcommand.start(Array(words.dropFirst())))
} catch {
  FileHandle.standardError.write(Data("conformance \(name): \(error)\n".utf8))
  exit(2)
}
