/// Why a stage-2 fault happened, in a sentence.
struct FaultVerdict {
  let facts: FaultFacts

  var text: String {
    if facts.isOnWalk { return onWalk }
    switch facts.status {
    case .translation: return translation
    case .permission: return permission
    case .accessFlag:
      return "access flag: stage 2 maps the page, but the descriptor's access flag is clear"
    case .addressSize:
      return "address size: a table's or the page's address is beyond what stage 2 is configured for"
    case .other: return "stage 2 failed: \(facts.meaning)"
    }
  }

  /// What did the walk stop at?
  private var onWalk: String {
    let table = facts.stageOne.last.map { "its level-\($0.level) descriptor at IPA \(hexadecimal($0.address))" }
    let subject = "the walk of stage 1 itself faulted in stage 2: \(table ?? "a table of the guest") "
    switch facts.status {
    case .permission: return subject + "lies in a page that stage 2 does not let it read"
    case .translation: return subject + "lies in a page that stage 2 does not map" + consequence(of: "the page")
    default: return subject + "could not be reached"
    }
  }

  private var translation: String {
    if facts.isHole {
      let subject = "the IPA is a hole: the board has nothing there, and stage 2 maps nothing"
      return subject + consequence(of: "the access")
    }
    if facts.isRAM { return "stage 2 has no mapping for this page of RAM" + consequence(of: "the page") }
    guard let place = facts.place else { return "stage 2 has no mapping for the page" + consequence(of: "the access") }
    let subject = "stage 2 has no mapping for the page of \(place)"
    if facts.outcome == "emulated" { return subject + ": the hypervisor emulates this device" }
    return subject + consequence(of: "the device")
  }

  private func consequence(of subject: String) -> String {
    switch facts.outcome {
    case "emulated": return "; the hypervisor did the access in the guest's place"
    case "mapped": return "; the hypervisor has mapped it since"
    case "injected":
      if subject == "the access" { return "; the access was refused, and the guest got an abort" }
      return ": \(subject) is not the domain's, or not yet, and the guest got an abort"
    default: return ""
    }
  }

  private var permission: String {
    let leaf = facts.stageTwo.last
    let rights = leaf?.rights?.split(separator: ",").map { $0.drop { $0 == " " } } ?? []
    let verb = facts.access == "execute" ? "executed from" : facts.access == "write" ? "written" : "read"
    let kind = leaf?.meaning ?? "page"
    // S2AP says what may be read and written, XN what may be executed.
    let right = facts.access == "execute" ? rights.dropFirst().first : rights.first
    let state = right.map { " is \($0 == "no execution" ? "not executable" : String($0)) for the domain," } ?? ""
    var text = "permission: the \(kind)\(state) and was \(verb)"
    if let place = facts.place { text += " (\(place))" }
    switch facts.outcome {
    case "mapped": text += "; the hypervisor has changed the rights since"
    case "injected": text += "; the guest got an abort"
    case "emulated": text += "; the hypervisor did the access in the guest's place"
    default: break
    }
    return text
  }
}
