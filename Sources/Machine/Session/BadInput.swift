/// Something a person gave us cannot be used: where, what, and what to do about it.
///
/// Prints as `FILE:PLACE: problem; remedy`. The command line turns it into exit code 2.
public struct BadInput: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file, or the option, that holds the fault.
  public var source: String
  /// Where in it: `3:14` (line and column), `offset 0x40`; nil when it is the whole.
  public var place: String?
  public var problem: String
  public var remedy: String

  public init(_ source: String, at place: String? = nil, _ problem: String, remedy: String) {
    self.source = source
    self.place = place
    self.problem = problem
    self.remedy = remedy
  }

  public var description: String {
    let location = place.map { "\(source):\($0)" } ?? source
    return "\(location): \(problem); \(remedy)"
  }
}

/// The known word nearest to a mistyped one, for "did you mean".
func nearestWord(to word: String, among known: [String]) -> String? {
  let scored = known.map { (word: $0, distance: editDistance(word, $0)) }
  guard let best = scored.min(by: { $0.distance < $1.distance }) else { return nil }
  return best.distance <= max(2, word.count / 3) ? best.word : nil
}

/// Levenshtein distance, for words as short as option names.
func editDistance(_ first: String, _ second: String) -> Int {
  let left = Array(first.utf8.prefix(64))
  let right = Array(second.utf8.prefix(64))
  var row = Array(0...right.count)
  for i in left.indices {
    var diagonal = row[0]
    row[0] = i + 1
    for j in right.indices {
      let substituted = diagonal + (left[i] == right[j] ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(substituted, row[j] + 1, diagonal + 1)
    }
  }
  return row[right.count]
}
