/// Tags of the property interface that are answered (raspberrypi/firmware wiki, "Mailbox property
/// interface"). Any other tag is left as it came: bit 31 of its length clear, its value untouched, and the
/// message as a whole still a success, as the real firmware does.
///
/// Left unanswered on purpose: 0x0003_0066 notify display done; 0x0004_8010 VCHIQ init, whose non-zero
/// value makes the driver decline cleanly.
enum PropertyTag: UInt32, CaseIterable {
  case firmwareRevision = 0x0000_0001
  case boardModel = 0x0001_0001
  case boardRevision = 0x0001_0002
  case macAddress = 0x0001_0003
  case boardSerial = 0x0001_0004
  case armMemory = 0x0001_0005
  case videoCoreMemory = 0x0001_0006
  case clocks = 0x0001_0007

  case powerState = 0x0002_0001
  case setPowerState = 0x0002_8001

  case clockState = 0x0003_0001
  case setClockState = 0x0003_8001
  case clockRate = 0x0003_0002
  case setClockRate = 0x0003_8002
  case maximumClockRate = 0x0003_0004
  case minimumClockRate = 0x0003_0007
  case measuredClockRate = 0x0003_0047
  case temperature = 0x0003_0006
  case maximumTemperature = 0x0003_000a
  case domainState = 0x0003_0030
  case setDomainState = 0x0003_8030
  case expanderState = 0x0003_0041
  case setExpanderState = 0x0003_8041
  case setSDHostClock = 0x0003_8042
  case expanderConfiguration = 0x0003_0043
  case setExpanderConfiguration = 0x0003_8043
  case throttled = 0x0003_0046
  case notifyReboot = 0x0003_0048
  case notifyXHCIReset = 0x0003_0058

  case allocateBuffer = 0x0004_0001
  case releaseBuffer = 0x0004_8001
  case blankScreen = 0x0004_0002
  case physicalSize = 0x0004_0003
  case virtualSize = 0x0004_0004
  case depth = 0x0004_0005
  case pixelOrder = 0x0004_0006
  case alphaMode = 0x0004_0007
  case pitch = 0x0004_0008
  case virtualOffset = 0x0004_0009
  case overscan = 0x0004_000a
  case setPhysicalSize = 0x0004_8003
  case setVirtualSize = 0x0004_8004
  case setDepth = 0x0004_8005
  case setPixelOrder = 0x0004_8006
  case setAlphaMode = 0x0004_8007
  case setVirtualOffset = 0x0004_8009
  case setOverscan = 0x0004_800a

  case commandLine = 0x0005_0001
  case dmaChannels = 0x0006_0001
}
