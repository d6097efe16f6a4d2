extension Subcommand {
  static let execute = Subcommand(name: "execute", usage: "") { _ in throw Complaint("not written yet") }
}
