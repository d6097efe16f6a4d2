// How reports write numbers, and texts that a guest may have chosen.

func hexadecimal(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }

/// `1,234,567`.
func grouped(_ value: UInt64) -> String {
  var digits = Array(String(value).utf8)
  var place = digits.count - 3
  while place > 0 {
    digits.insert(UInt8(ascii: ","), at: place)
    place -= 3
  }
  return String(decoding: digits, as: UTF8.self)
}

func grouped(_ value: Int) -> String { grouped(UInt64(max(0, value))) }

/// `3.472934234`: seconds from nanoseconds, all digits.
func seconds(_ nanoseconds: UInt64) -> String {
  let rest = String(nanoseconds % 1_000_000_000)
  return "\(nanoseconds / 1_000_000_000)." + String(repeating: "0", count: 9 - rest.utf8.count) + rest
}

/// `4 KiB`, `2 MiB`.
func byteCount(_ value: UInt64) -> String {
  let units = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
  var value = value
  var unit = 0
  while value >= 1024, value & 1023 == 0, unit < units.count - 1 {
    value >>= 10
    unit += 1
  }
  return value == 1 && unit == 0 ? "1 byte" : "\(grouped(value)) \(units[unit])"
}

/// `1 fault`, `2 faults`.
func counted(_ count: Int, _ noun: String) -> String { "\(grouped(count)) \(noun)\(count == 1 ? "" : "s")" }

/// The text with every control character spelled out: what a guest wrote must not drive a terminal.
func shown(_ text: String) -> String {
  guard text.unicodeScalars.contains(where: isControl) else { return text }
  var result = ""
  for scalar in text.unicodeScalars {
    if isControl(scalar) {
      result += "\\x{" + String(scalar.value, radix: 16) + "}"
    } else {
      result.unicodeScalars.append(scalar)
    }
  }
  return result
}

private func isControl(_ scalar: Unicode.Scalar) -> Bool {
  // C0, DEL, C1, other ends of lines, and the marks that turn the direction of writing around.
  scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value) || (0x2028...0x202e).contains(scalar.value)
    || (0x2066...0x2069).contains(scalar.value)
}

extension String {
  func padded(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
  func rightAligned(_ width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }
}

/// Rows under a heading, columns as wide as they must be.
struct TextTable {
  enum Side { case left, right }
  private let sides: [Side]
  private var rows: [[String]]

  init(_ heading: [String], _ sides: [Side]) {
    rows = [heading]
    self.sides = sides
  }

  mutating func add(_ cells: [String]) { rows.append(cells.map(shown)) }

  var text: String {
    let widths = sides.indices.map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
    return rows.map { row in
      var line = ""
      for (column, cell) in row.enumerated() where column < sides.count {
        if column > 0 { line += "  " }
        let isLast = column == row.count - 1
        line += sides[column] == .right ? cell.rightAligned(widths[column]) : isLast ? cell : cell.padded(widths[column])
      }
      return line + "\n"
    }
    .joined()
  }
}
