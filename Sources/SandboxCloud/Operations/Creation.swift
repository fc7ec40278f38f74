extension Cloud {
  /// CreateAppInstanceGroup (API reference, section 5.2).
  mutating func createGroup(_ call: Call) throws(Refusal) -> WireJSON {
    let parameters = call.parameters
    try parameters.requireProductType()
    let image = try parameters.required("AppCenterImageId")
    guard let chargeType = try parameters.word("ChargeType", SandboxGroup.ChargeType.self) else {
      throw .missing("ChargeType")
    }
    let term = try parameters.term()
    if chargeType == .postPaid, term != Term(1, .month) {
      throw .invalid("Period", "must be 1 Month for pay as you go")
    }
    let timeout = try parameters.sessionTimeout()
    guard let timeout else { throw .missing("SessionTimeout") }
    let region = try parameters.required("BizRegionId")
    guard Catalogue.regions.contains(region) else {
      throw .invalid("BizRegionId", "is not a region of this service")
    }
    let resourceMode = try parameters.required("ChargeResourceMode")
    try parameters.check("ChargeResourceMode", against: ["Node", "AppInstance"])
    try parameters.check("SubPayType", against: ["postPaid", "monthPackage", "prePaid"])
    try parameters.check("AuthMode", against: ["App", "AppInstanceGroup", "Session"])
    let autoPay = try parameters.boolean("AutoPay") ?? false
    let autoRenew = try parameters.boolean("AutoRenew") ?? false
    let promotion = try parameters.promotion()
    guard let poolObject = try NestedObject.parameter("NodePool", of: parameters) else {
      throw .missing("NodePool")
    }
    let pool = try NodePool(poolObject, chargeType: chargeType, at: call.now)
    try checkPolicies(parameters)
    guard term.isSold else {
      throw Refusal(
        400, "COMMODITY.INVALID_COMPONENT", "\(term.count) \(term.unit.rawValue) is not on sale.")
    }

    var group = SandboxGroup(
      id: "aig-" + generator.word(16), name: parameters["AppInstanceGroupName"] ?? "",
      region: region, chargeType: chargeType, nodeType: pool.nodeType.name,
      nodeAmount: pool.nodeAmount, created: call.now, expiry: nil)
    group.imageID = image
    group.sessionTimeout = timeout
    group.chargeResourceMode = resourceMode
    group.authMode = parameters["AuthMode"] ?? group.authMode
    group.policyID = parameters["AppPolicyId"] ?? group.policyID
    group.officeSiteID = try parameters.object("Network")?["OfficeSiteId"]?.text ?? ""
    group.userGroups = parameters.list("UserGroupIds")
    group.nodePool = pool.members
    group.renewStatus = autoRenew && chargeType == .prePaid ? .auto : .manual
    group.autoRenewalSince = call.now
    group.renewTerm = term
    // Hidden until its order is paid.
    group.isDelivered = false
    groups.append(group)

    let isSubscription = chargeType == .prePaid
    let order = placeOrder(
      .create, group: groups.count - 1, term: term,
      amount: isSubscription ? quote(group, term, promotion: promotion).trade : .zero,
      origin: .key(call.keyID ?? ""), at: call.now)
    if autoPay || !isSubscription { try pay(order, at: call.now) }
    return [
      "AppInstanceGroupModel": [
        "AppInstanceGroupId": .string(group.id), "NodePoolId": .string(group.nodePoolID),
        "OrderId": .string(orders[order].id),
      ]
    ]
  }

  /// The objects that have no effect here are checked for their types and their
  /// published words, and not kept.
  private func checkPolicies(_ parameters: Parameters) throws(Refusal) {
    if let network = try NestedObject.parameter("Network", of: parameters) {
      let strategy = try network.word("StrategyType", of: ["Mixed", "Shared"])
      _ = try network.integer("IpExpireMinutes", in: 60...Int.max)
      _ = try network.text("OfficeSiteId")
      _ = try network.texts("VSwitchIds")
      let routes = try network.objects("Routes")
      if !routes.isEmpty, strategy != "Mixed" {
        throw .invalid("Network.Routes", "can be given with StrategyType Mixed only")
      }
      for route in routes {
        _ = try route.requiredText("Destination")
        _ = try route.requiredText("Mode")
      }
      for rule in try network.objects("DomainRules") {
        _ = try rule.requiredText("Domain")
        _ = try rule.requiredText("Policy")
      }
    }
    if let runtime = try NestedObject.parameter("RuntimePolicy", of: parameters) {
      for name in [
        "DebugMode", "PersistentAppInstanceScheduleMode", "SessionPreOpen", "SessionType",
        "SessionUserGenerationMode",
      ] {
        _ = try runtime.text(name)
      }
      _ = try runtime.bool("PerSessionPerApp")
    }
    try checkSecurityAndStorage(parameters)
    if let video = try NestedObject.parameter("VideoPolicy", of: parameters) {
      for name in ["FrameRate", "SessionResolutionHeight", "SessionResolutionWidth"] {
        _ = try video.integer(name, in: 1...Int.max)
      }
      _ = try video.bool("TerminalResolutionAdaptive")
      let webRTC = try video.bool("Webrtc")
      let mode = try video.word("StreamingMode", of: ["video", "mix"])
      if webRTC == true, mode == "mix" {
        throw .invalid("VideoPolicy.StreamingMode", "must be video with Webrtc")
      }
    }
    if let policy = try NestedObject.parameter("UserDefinePolicy", of: parameters) {
      _ = try policy.text("CustomConfig")
    }
    let userInfo = try NestedObject.parameter("UserInfo", of: parameters)
    let userType = try userInfo?.word("Type", of: ["Simple"])
    if !parameters.list("Users").isEmpty, userType == nil { throw .missing("UserInfo.Type") }
  }

  func checkSecurityAndStorage(_ parameters: Parameters) throws(Refusal) {
    if let security = try NestedObject.parameter("SecurityPolicy", of: parameters) {
      _ = try security.bool("ResetAfterUnbind")
      _ = try security.bool("SkipUserAuthCheck")
    }
    if let storage = try NestedObject.parameter("StoragePolicy", of: parameters) {
      _ = try storage.texts("StorageTypeList")
      if let profile = try storage.object("UserProfile") {
        _ = try profile.text("RemoteStoragePath")
        _ = try profile.text("RemoteStorageType")
        _ = try profile.text("FileSystemId")
        _ = try profile.bool("UserProfileSwitch")
      }
      if let follow = try storage.object("UserProfileFollow") {
        _ = try follow.text("FileSystemId")
        _ = try follow.bool("ProfileFollowSwitch")
      }
    }
  }
}

extension Parameters {
  /// Minutes: -1 for never, or 3 to 300.
  func sessionTimeout() throws(Refusal) -> Int? {
    guard let minutes = try integer("SessionTimeout") else { return nil }
    guard minutes == -1 || (3...300).contains(minutes) else {
      throw .invalid("SessionTimeout", "must be -1 or 3 to 300")
    }
    return minutes
  }

  func check(_ name: String, against words: [String]) throws(Refusal) {
    guard let value = self[name], !words.contains(value) else { return }
    throw .invalid(name, "must be one of \(words.joined(separator: ", "))")
  }
}
