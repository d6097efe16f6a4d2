extension Subcommand {
  static let page = Subcommand(name: "page", usage: "") { _ in throw Complaint("not written yet") }
}
