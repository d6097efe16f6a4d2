import CPU

/// The registers by their numbers in packets, and the XML that tells a debugger of them (GDB manual, "Target
/// Descriptions", "AArch64 Features").
enum TargetDescription {
  static let stackPointer = 31
  static let programCounter = 32
  static let processorState = 33
  static let firstVector = 34
  static let status = 66
  static let control = 67
  static let firstSystem = 68

  static var count: Int { firstSystem + DebuggerRegister.all.count }

  /// Bytes of a register, 0 for one that does not exist.
  static func size(_ number: Int) -> Int {
    switch number {
    case 0..<processorState: 8
    case processorState, status, control: 4
    case firstVector..<status: 16
    case firstSystem..<count: 8
    default: 0
    }
  }

  static func system(_ number: Int) -> DebuggerRegister? {
    let all = DebuggerRegister.all
    return all.indices.contains(number - firstSystem) ? all[number - firstSystem] : nil
  }

  static let xml: [UInt8] = {
    var text = """
      <?xml version="1.0"?>
      <!DOCTYPE target SYSTEM "gdb-target.dtd">
      <target version="1.0">
      <architecture>aarch64</architecture>
      <feature name="org.gnu.gdb.aarch64.core">

      """
    for number in 0...30 {
      let generic =
        switch number {
        case 0...7: " generic=\"arg\(number + 1)\""
        case 29: " generic=\"fp\""
        case 30: " generic=\"ra\""
        default: ""
        }
      text += "<reg name=\"x\(number)\" bitsize=\"64\" regnum=\"\(number)\"\(generic)/>\n"
    }
    text += """
      <reg name="sp" bitsize="64" type="data_ptr" regnum="31" generic="sp"/>
      <reg name="pc" bitsize="64" type="code_ptr" regnum="32" generic="pc"/>
      <flags id="cpsr_flags" size="4">
      <field name="SP" start="0" end="0"/>
      <field name="EL" start="2" end="3"/>
      <field name="nRW" start="4" end="4"/>
      <field name="F" start="6" end="6"/>
      <field name="I" start="7" end="7"/>
      <field name="A" start="8" end="8"/>
      <field name="D" start="9" end="9"/>
      <field name="IL" start="20" end="20"/>
      <field name="SS" start="21" end="21"/>
      <field name="V" start="28" end="28"/>
      <field name="C" start="29" end="29"/>
      <field name="Z" start="30" end="30"/>
      <field name="N" start="31" end="31"/>
      </flags>
      <reg name="cpsr" bitsize="32" type="cpsr_flags" regnum="33" generic="flags"/>
      </feature>
      <feature name="org.gnu.gdb.aarch64.fpu">
      <vector id="v2d" type="ieee_double" count="2"/>
      <vector id="v2u" type="uint64" count="2"/>
      <vector id="v4f" type="ieee_single" count="4"/>
      <vector id="v4u" type="uint32" count="4"/>
      <vector id="v8u" type="uint16" count="8"/>
      <vector id="v16u" type="uint8" count="16"/>
      <vector id="v1u" type="uint128" count="1"/>
      <union id="vnd"><field name="f" type="v2d"/><field name="u" type="v2u"/></union>
      <union id="vns"><field name="f" type="v4f"/><field name="u" type="v4u"/></union>
      <union id="vnh"><field name="u" type="v8u"/></union>
      <union id="vnb"><field name="u" type="v16u"/></union>
      <union id="vnq"><field name="u" type="v1u"/></union>
      <union id="aarch64v">
      <field name="d" type="vnd"/><field name="s" type="vns"/><field name="h" type="vnh"/>
      <field name="b" type="vnb"/><field name="q" type="vnq"/>
      </union>

      """
    for number in 0...31 {
      text += "<reg name=\"v\(number)\" bitsize=\"128\" type=\"aarch64v\" regnum=\"\(firstVector + number)\"/>\n"
    }
    text += """
      <reg name="fpsr" bitsize="32" type="int" regnum="66"/>
      <reg name="fpcr" bitsize="32" type="int" regnum="67"/>
      </feature>

      """
    var groups: [String] = []
    for register in DebuggerRegister.all where !groups.contains(register.group) { groups.append(register.group) }
    for group in groups {
      text += "<feature name=\"org.tayberry.aarch64.\(group)\">\n"
      for (index, register) in DebuggerRegister.all.enumerated() where register.group == group {
        text += "<reg name=\"\(register.name)\" bitsize=\"64\" type=\"uint64\" regnum=\"\(firstSystem + index)\""
        text += " group=\"\(group)\"/>\n"
      }
      text += "</feature>\n"
    }
    return Array((text + "</target>\n").utf8)
  }()
}
