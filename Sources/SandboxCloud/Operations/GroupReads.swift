extension Cloud {
  /// GetAppInstanceGroup (API reference, section 5.4): one object under the plural name.
  mutating func getGroup(_ call: Call) throws(Refusal) -> WireJSON {
    try call.parameters.requireProductType()
    let id = try call.parameters.required("AppInstanceGroupId")
    let lag = max(call.staleness, nextReplicaLag())
    guard let index = groupIndex(id), isVisible(groups[index], lag: lag, at: call.now) else {
      throw .noSuchGroup(id)
    }
    var row = row(groups[index], lag: lag, at: call.now)
    row["AppInstanceTypeName"] = .string(groups[index].nodeType)
    row["SessionType"] = "NORMAL"
    return ["AppInstanceGroupModels": row]
  }

  /// ListAppInstanceGroup (API reference, section 5.3).
  mutating func listGroups(_ call: Call) throws(Refusal) -> WireJSON {
    let parameters = call.parameters
    try parameters.requireProductType()
    let page = try parameters.integer("PageNumber", in: 1...Int.max) ?? 1
    // The default is not published; 20 is that of a sibling call.
    let size = try parameters.integer("PageSize", in: 1...100) ?? 20
    let lag = max(call.staleness, nextReplicaLag())
    var rows = groups.filter { isVisible($0, lag: lag, at: call.now) }
      .map { row($0, lag: lag, at: call.now) }
    func keep(_ parameter: String, _ member: String) {
      guard let wanted = parameters[parameter] else { return }
      rows.removeAll { $0[member]?.text != wanted }
    }
    keep("AppInstanceGroupId", "AppInstanceGroupId")
    keep("AppCenterImageId", "AppCenterImageId")
    keep("BizRegionId", "RegionId")
    keep("RegionId", "RegionId")
    keep("OfficeSiteId", "OfficeSiteId")
    keep("NodeInstanceType", "AppInstanceType")
    if let fragment = parameters["AppInstanceGroupName"] {
      rows.removeAll { $0["AppInstanceGroupName"]?.text?.contains(fragment) != true }
    }
    let statuses = parameters.list("Status")
    if !statuses.isEmpty {
      rows.removeAll { !statuses.contains($0["Status"]?.text ?? "") }
    }
    let wantedGroups = Set(parameters.list("UserGroupIds"))
    let unwantedGroups = Set(parameters.list("ExcludedUserGroupIds"))
    let userGroups = Dictionary(uniqueKeysWithValues: groups.map { ($0.id, $0.userGroups) })
    rows.removeAll { row in
      let own = userGroups[row["AppInstanceGroupId"]?.text ?? ""] ?? []
      return (!wantedGroups.isEmpty && wantedGroups.isDisjoint(with: own))
        || !unwantedGroups.isDisjoint(with: own)
    }
    var tag = 1
    while let key = parameters["Tag.\(tag).Key"] {
      let value = parameters["Tag.\(tag).Value"]
      rows.removeAll { row in
        row["Tags"]?.elements?.contains {
          $0["Key"]?.text == key && (value == nil || $0["Value"]?.text == value)
        } != true
      }
      tag += 1
    }
    if !rows.isEmpty, call.rowShift > 0 {
      let shift = call.rowShift % rows.count
      rows = Array(rows[shift...] + rows[..<shift])
    }
    let start = (page - 1).multipliedReportingOverflow(by: size)
    let shown = start.overflow ? [] : rows.dropFirst(start.partialValue).prefix(size)
    return [
      "AppInstanceGroupModels": .array(Array(shown)), "PageNumber": .integer(page),
      "PageSize": .integer(size), "TotalCount": .integer(rows.count),
    ]
  }

  /// Whether a reader sees the group at all: creation takes as long to be seen as
  /// any other change, and a released group is gone.
  private func isVisible(_ group: SandboxGroup, lag: Int, at now: CloudTime) -> Bool {
    guard group.exists, group.created + lag <= now else { return false }
    return stage(of: group, expiry: group.expiry(asSeenAt: now, lag: lag), at: now) != .released
  }

  private func row(_ group: SandboxGroup, lag: Int, at now: CloudTime) -> WireJSON {
    let expiry = group.expiry(asSeenAt: now, lag: lag)
    let words = statusWords(of: group, expiry: expiry, at: now)
    let tags = WireJSON.array(
      group.tags.sorted { $0.key < $1.key }.map {
        ["Key": .string($0.key), "Value": .string($0.value), "Scope": "Custom"]
      })
    var pool = group.nodePool
    pool["NodePoolId"] = .string(group.nodePoolID)
    pool["NodeInstanceType"] = .string(group.nodeType)
    pool["NodeTypeName"] = .string(group.nodeType)
    pool["NodeAmount"] = .integer(group.nodeAmount)
    pool["Amount"] = .integer(group.nodeAmount)
    pool["NodeUsed"] = 0
    pool["ScalingNodeAmount"] = 0
    pool["ScalingNodeUsed"] = 0
    return .present([
      "AppInstanceGroupId": .string(group.id),
      "AppInstanceGroupName": .string(group.name),
      "AppCenterImageId": .string(group.imageID),
      "AppInstanceType": .string(group.nodeType),
      "AppPolicyId": .string(group.policyID),
      "AccessType": "INTERNET",
      "Amount": .integer(group.nodeAmount),
      "Apps": [],
      "AuthMode": .string(group.authMode),
      "ChargeResourceMode": .string(group.chargeResourceMode),
      "ChargeType": .string(group.chargeType.rawValue),
      "ExpiredTime": expiry.map { .string($0.groupText) },
      "GmtCreate": .string(group.created.groupText),
      "MaxAmount": .integer(group.nodeAmount),
      "MinAmount": 1,
      "NodePool": [.object(pool)],
      "OfficeSiteId": .string(group.officeSiteID),
      "OsType": "Windows",
      "ProductType": "CloudApp",
      "RegionId": .string(group.region),
      "ReserveAmountRatio": "0",
      "ReserveMaxAmount": 0,
      "ReserveMinAmount": 0,
      "ResourceStatus": .string(words.resource),
      "ResourceTags": tags,
      "SessionTimeout": .string(String(group.sessionTimeout)),
      "SkipUserAuthCheck": false,
      "SpecId": .string(group.specID),
      "Status": .string(words.status),
      "Tags": tags,
    ])
  }

  /// The two words that tell where a group stands (API reference, section 5.5).
  func statusWords(of group: SandboxGroup, expiry: CloudTime?, at now: CloudTime)
    -> (status: String, resource: String)
  {
    let words =
      switch stage(of: group, expiry: expiry, at: now) {
      case .running where now < group.created + settings.deployTime: ("DEPLOYING", "CREATING")
      case .running:
        (
          "PUBLISHED",
          expiry.map { $0 - now <= 7 * CloudTime.day } == true
            ? "EXPIRED_IN_7_DAYS" : "AVAILABLE"
        )
      case .expired: ("EXPIRED", "UNAVAILABLE")
      case .recycling: ("EXPIRED_RECYCLING", "UNAVAILABLE")
      case .released: ("EXPIRED_RECYCLING", "RELEASED")
      }
    return (group.shownStatus ?? words.0, group.shownResourceStatus ?? words.1)
  }
}

extension Refusal {
  // The product's own codes for groups that are unknown or cannot be renewed are not
  // published (API reference, section 8.3). These are the sandbox's, in the
  // documented pattern `Invalid<X>`.
  static func noSuchGroup(_ id: String) -> Refusal {
    Refusal(404, "InvalidAppInstanceGroup.NotFound", "The delivery group \(id) does not exist.")
  }
}
