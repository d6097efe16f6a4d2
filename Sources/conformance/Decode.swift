extension Subcommand {
  static let decode = Subcommand(name: "decode", usage: "") { _ in throw Complaint("not written yet") }
}
