import Foundation
import Testing

@testable import Reports

@Suite("HTML report")
struct PageTests {
  private func page(_ events: [String]) throws -> String {
    String(decoding: HTMLReport(try Trace(Array(traceText(events).utf8), file: "t")).bytes, as: UTF8.self)
  }

  private let map =
    #"{"time":9000,"event":"stage2-map","vmid":1,"domain":"d0","mappings":[["0x10000000","0x200000","0x10000000","rwx"],"#
    + #"["0x10200000","0x200000","0x10200000","rwx"],["0xfe200000","0x1000","0xfe200000","rw-d"],"#
    + #"["0xffffffffffffffff","0xffffffffffffffff","0x1","rwx"],["bad"],7]}"#

  @Test("SHA-256 of FIPS 180-4's examples")
  func digest() {
    #expect(SHA256.base64(Array("abc".utf8)) == "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=")
    #expect(SHA256.base64([]) == "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")
    let two = Array("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".utf8)
    #expect(SHA256.base64(two) == "JI1qYdIGOLjlwCaTDD5gOaM85Flk/yFn9uzt1BnbBsE=")
  }

  @Test("Facts, faults, exits and map are on the page")
  func contents() throws {
    let page = try page([
      faultLine(), #"{"time":2885,"event":"s2-end","core":2,"el":2,"vmid":1,"domain":"d0","vcpu":2,"of":0,"outcome":"emulated"}"#,
      event(5000, "hypercall", el: 1, #""number":29,"name":"HYPERVISOR_sched_op","operation":"block""#),
      event(5200, "hypercall-end", el: 2, #""of":2,"number":29,"result":"0x0""#), map,
    ])
    for text in [
      "<dt>Events</dt><dd>5</dd>", "<dd>d0 (2 vCPUs)</dd>", "<b>1</b><span>stage-2 faults</span>",
      "<td>gic.distributor</td><td>write</td><td>emulated</td><td class=n>1,885</td>",
      "the hypervisor emulates this device", "<td>HYPERVISOR_sched_op block</td><td class=n>200</td>",
      "<td class=c>0x10000000</td><td>4 MiB</td>", "0xff841000  gic.distributor: 1 fault",
    ] {
      #expect(page.contains(text), "\(text)")
    }
  }

  @Test("Nothing on the page comes from elsewhere")
  func alone() throws {
    let page = try page([faultLine(), map])
    for text in ["http:", "https:", "src=", "href=", "@import", "url("] { #expect(!page.contains(text), "\(text)") }
  }

  /// In every text that a trace can hold.
  private let hostile = [
    "</script><script>alert(1)</script>", "\\\"><img src=x onerror=alert(1)>", "'><svg/onload=alert(1)>",
    "]]><!--", "\\u2028\\u0000\\u202e&lt;script&gt;",
  ]

  @Test("A hostile trace gets no markup onto the page")
  func injection() throws {
    var events: [String] = []
    for (number, text) in hostile.enumerated() {
      events.append(
        #"{"time":\#(number),"event":"s2-fault","core":0,"el":1,"vmid":1,"domain":"\#(text)","vcpu":0,"pc":"0x0","#
          + #""symbol":"\#(text)","va":"0x0","ipa":"0x0","at":"\#(text)","access":"\#(text)","to":2,"esr":"0x93930047","#
          + #""meaning":"\#(text)","instruction":"\#(text)","stage1":[{"is":"\#(text)","rights":"\#(text)"}],"#
          + #""stage2":[{"level":3,"is":"page","output":"0x0","bits":12,"rights":"\#(text)"}]}"#)
      for name in ["trap", "hypercall", "hvc", "\(text)"] {
        events.append(
          event(number, name, el: 1, #""meaning":"\#(text)","name":"\#(text)","operation":"\#(text)","x":"\#(text)""#))
      }
      events.append(#"{"time":9,"event":"console","text":"\#(text)"}"#)
      events.append(
        #"{"time":9,"event":"stage2-map","vmid":\#(number + 2),"domain":"\#(text)","mappings":[["0x0","0x1000","0x0","\#(text)"]]}"#)
    }
    let page = try page(events)
    #expect(page.split(separator: "<script").count == 3)
    #expect(page.split(separator: "</script").count == 3)
    for text in ["<img", "<svg/", "]]>", "<!--", "\u{2028}", "\u{202e}", "\u{0}"] {
      let isThere = page.contains(text)
      #expect(!isThere, "\(text.unicodeScalars.map(\.value))")
    }
    let isEscaped = page.contains("&lt;/script&gt;&lt;script&gt;alert(1)") && page.contains("\\u003c/script\\u003e")
    #expect(isEscaped)
  }

  @Test("Hostile header texts are escaped as well")
  func header() throws {
    let text =
      #"{"schema":"tayberry.trace/1","machine":{"stepping":"<b>"},"events":["<i>"],"symbols":["<u>"]}"# + "\n"
    let page = String(decoding: HTMLReport(try Trace(Array(text.utf8), file: "t")).bytes, as: UTF8.self)
    for tag in ["<b>c", "<i>", "<u>"] { #expect(!page.contains(tag)) }
    #expect(page.contains("&lt;u&gt;"))
    #expect(page.contains("There are none in the trace"))
  }

  @Test("The same trace gives the same page")
  func deterministic() throws { #expect(try page([faultLine(), map]) == page([faultLine(), map])) }

  @Test("Neighbouring ranges become one, and holes stand beside them")
  func maps() throws {
    let trace = try makeTrace(faultLine(), map)
    let maps = StageTwoMap.all(trace)
    #expect(maps.count == 1)
    #expect(maps[0].ranges.first == StageTwoMap.Range(ipa: 0x1000_0000, size: 0x40_0000, pa: 0x1000_0000, rights: "rwx"))
    #expect(maps[0].ranges.count == 3)
    #expect(maps[0].holes == [StageTwoMap.Hole(page: 0xff84_1000, place: "gic.distributor", count: 1)])
  }

  @Test("Without a map in the trace, the walks of the faults give one")
  func mapOfWalks() throws {
    let maps = StageTwoMap.all(try makeTrace(faultLine()))
    #expect(maps.first?.isWhole == false)
    // The fault's first table lies at 0x2bffe200, in a block of 1 GiB.
    #expect(maps.first?.ranges == [StageTwoMap.Range(ipa: 0, size: 1 << 30, pa: 0, rights: "rwx")])
  }
}
