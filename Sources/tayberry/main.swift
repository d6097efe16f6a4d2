import Machine

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

prepareStandardStreams()
do {
  exit(try Command.run(Command.arguments()).rawValue)
} catch {
  tell("tayberry: \(error)")
  exit(ExitCode.badInput.rawValue)
}
