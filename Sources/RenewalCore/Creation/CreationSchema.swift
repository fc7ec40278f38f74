/// One parameter of `CreateAppInstanceGroup` or a member of one.
struct CreationField: Sendable {
  indirect enum Kind: Sendable {
    /// Anything but nothing, in one line and without blanks around it: the cloud
    /// may drop those, and a group is looked for by its name.
    case text
    /// Anything but nothing.
    case document
    /// One of a published list, in exactly this case.
    case word([String])
    case number(ClosedRange<Int>, also: [Int] = [])
    /// A number in the file that travels as text.
    case numberText(ClosedRange<Int>)
    case boolean
    /// A boolean in the file that travels as text.
    case booleanText
    /// `2030-02-01`.
    case date
    /// `09:30`.
    case time
    /// An IPv4 address with the length of its network: `139.196.0.0/16`.
    case network
    /// `cn-hangzhou`.
    case region
    case list(Kind, ClosedRange<Int>)
    case table([CreationField])
  }

  /// As it travels: `AppCenterImageId`.
  let name: String
  let kind: Kind
  /// Whether it has to be there whatever else is.
  let isNeeded: Bool

  init(_ name: String, _ kind: Kind, needed: Bool = false) {
    self.name = name
    self.kind = kind
    isNeeded = needed
  }

  /// As it stands in a file: `app_center_image_id`.
  var key: String {
    var key = ""
    var wasLower = false
    for character in name {
      if character.isUppercase, wasLower { key.append("_") }
      wasLower = character.isLowercase
      key += character.lowercased()
    }
    return key
  }
}

extension CreationField {
  private static let positive = 1...Int(Int32.max)

  /// Every parameter there is, with its published range (API reference,
  /// section 5.2 and its table of operations; where a line says "client", the
  /// comments and metadata of the vendor's clients, version 5.9.0).
  static let all: [CreationField] = [
    CreationField("AppCenterImageId", .text, needed: true),
    // Optional to the cloud. Needed here: a lost answer is looked for by name.
    CreationField("AppInstanceGroupName", .text, needed: true),
    CreationField("AppPackageType", .text),
    CreationField("AppPolicyId", .text),
    CreationField("AuthMode", .word(["App", "AppInstanceGroup", "Session"])),
    CreationField("AutoPay", .boolean),
    CreationField("AutoRenew", .boolean),
    CreationField("BizRegionId", .region, needed: true),
    CreationField("ChargeResourceMode", .word(["Node", "AppInstance"])),
    CreationField("ChargeType", .word(ChargeType.allCases.map(\.rawValue)), needed: true),
    CreationField("ClusterId", .text),
    CreationField("Network", .table(network)),
    CreationField("NodePool", .table(nodePool)),
    CreationField("Period", .number(positive), needed: true),
    CreationField(
      "PeriodUnit", .word(BillingPeriod.Unit.allCases.map(\.rawValue)), needed: true),
    CreationField("PreOpenAppId", .text),
    CreationField("PromotionId", .text),
    CreationField("RuntimePolicy", .table(runtimePolicy)),
    CreationField(
      "SecurityPolicy",
      .table([
        CreationField("ResetAfterUnbind", .boolean), CreationField("SkipUserAuthCheck", .boolean),
      ])),
    CreationField("SessionTimeout", .number(3...300, also: [-1])),
    CreationField("StoragePolicy", .table(storagePolicy)),
    CreationField("SubPayType", .word(["prePaid", "postPaid", "monthPackage"])),
    CreationField(
      "UserDefinePolicy", .table([CreationField("CustomConfig", .document, needed: true)])),
    CreationField("UserGroupIds", .list(.text, 1...Int.max)),
    CreationField("UserInfo", .table([CreationField("Type", .word(["Simple"]), needed: true)])),
    CreationField("Users", .list(.text, 1...Int.max)),
    CreationField("VideoPolicy", .table(videoPolicy)),
  ]

  /// Where a parameter that operations about prices name stands in a file.
  static func place(of name: String) -> (path: String, name: String, isInPool: Bool)? {
    if let field = all.first(where: { $0.name == name }) { return (field.key, name, false) }
    return nodePool.first { $0.name == name }.map { ("node_pool.\($0.key)", name, true) }
  }

  private static let network: [CreationField] = [
    CreationField(
      "DomainRules",
      .list(
        .table([
          CreationField("Domain", .text, needed: true),
          CreationField("Policy", .word(["allow", "block"]), needed: true),  // client
        ]), 1...Int.max)),
    CreationField("IpExpireMinutes", .number(60...Int(Int32.max))),  // client
    CreationField("OfficeSiteId", .text),
    CreationField(
      "Routes",
      .list(
        .table([
          CreationField("Destination", .network, needed: true),
          CreationField("Mode", .word(["Shared"]), needed: true),  // client
        ]), 1...Int.max)),
    CreationField("StrategyType", .word(["Mixed", "Shared"])),
    CreationField("VSwitchIds", .list(.text, 1...Int.max)),
  ]

  private static let nodePool: [CreationField] = [
    CreationField("MaxIdleAppInstanceAmount", .number(positive)),
    CreationField("MaxScalingAmount", .number(positive)),
    CreationField("NodeAmount", .number(1...100)),
    CreationField("NodeCapacity", .number(positive)),
    // Optional to the cloud. Needed here: without it there is no price to ask for.
    CreationField("NodeInstanceType", .text, needed: true),
    CreationField("RecurrenceSchedules", .list(.table(schedule), 1...7)),  // client
    CreationField("ScalingDownAfterIdleMinutes", .number(5...120)),
    CreationField("ScalingStep", .number(1...10)),
    CreationField("ScalingUsageThreshold", .numberText(0...100)),
    CreationField("StrategyDisableDate", .date),
    CreationField("StrategyEnableDate", .date),
    CreationField(
      "StrategyType",
      .word(["NODE_FIXED", "NODE_SCALING_BY_SCHEDULE", "NODE_SCALING_BY_USAGE"]), needed: true),
    CreationField("WarmUp", .boolean),
  ]

  private static let schedule: [CreationField] = [
    // The documentation says Weekly, its example weekly.
    CreationField("RecurrenceType", .word(["weekly", "Weekly"]), needed: true),
    CreationField("RecurrenceValues", .list(.number(1...7), 1...7), needed: true),
    CreationField(
      "TimerPeriods",
      .list(
        .table([
          CreationField("Amount", .number(positive), needed: true),
          CreationField("EndTime", .time, needed: true),
          CreationField("StartTime", .time, needed: true),
        ]), 1...3), needed: true),
  ]

  private static let runtimePolicy: [CreationField] = [
    CreationField("DebugMode", .word(["OFF", "ON"])),  // client
    CreationField("PerSessionPerApp", .boolean),
    CreationField("PersistentAppInstanceScheduleMode", .word(["DYNAMIC", "FIX_NODE"])),  // client
    CreationField("SessionPreOpen", .booleanText),
    CreationField("SessionType", .word(["CONSOLE", "NORMAL"])),  // client
    CreationField("SessionUserGenerationMode", .word(["wyid"])),  // client
  ]

  private static let storagePolicy: [CreationField] = [
    CreationField("StorageTypeList", .list(.text, 1...Int.max)),
    CreationField(
      "UserProfile",
      .table([
        CreationField("RemoteStoragePath", .text), CreationField("RemoteStorageType", .text),
        CreationField("UserProfileSwitch", .boolean),
      ])),
  ]

  private static let videoPolicy: [CreationField] = [
    // Help page "ModifyAppPolicy", the same object.
    CreationField("FrameRate", .number(30...30, also: [60])),
    CreationField("SessionResolutionHeight", .number(positive)),
    CreationField("SessionResolutionWidth", .number(positive)),
    CreationField("StreamingMode", .word(["video", "mix"])),
    CreationField("TerminalResolutionAdaptive", .boolean),
    CreationField("Webrtc", .boolean),
  ]
}
