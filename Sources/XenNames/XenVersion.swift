/// A release of Xen. Tables know 4.14 to 4.20; a later one is read as 4.20.
public struct XenVersion: Hashable, Comparable, Sendable, CustomStringConvertible {
  public var major: Int
  public var minor: Int

  public init(_ major: Int, _ minor: Int) {
    self.major = major
    self.minor = minor
  }

  /// `4.17`, or a longer text that begins so, such as a package's `4.17.5+23-ga4e5191dc0-1`.
  public init?(_ text: some StringProtocol) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count >= 2, let major = Int(parts[0]) else { return nil }
    guard let minor = Int(parts[1].prefix { $0.isASCII && $0.isNumber }) else { return nil }
    self.init(major, minor)
  }

  public static func < (left: XenVersion, right: XenVersion) -> Bool {
    (left.major, left.minor) < (right.major, right.minor)
  }

  public var description: String { "\(major).\(minor)" }
}
