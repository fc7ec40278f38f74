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
    let filter = GroupFilter(parameters)
    var found = groups.filter { group in
      isVisible(group, lag: lag, at: call.now)
        && filter.admits(group, status: words(of: group, lag: lag, at: call.now).status)
    }
    if !found.isEmpty, call.rowShift > 0 {
      let shift = call.rowShift % found.count
      found = Array(found[shift...] + found[..<shift])
    }
    let start = (page - 1).multipliedReportingOverflow(by: size)
    let shown = start.overflow ? [] : found.dropFirst(start.partialValue).prefix(size)
    return [
      "AppInstanceGroupModels": .array(shown.map { row($0, lag: lag, at: call.now) }),
      "PageNumber": .integer(page), "PageSize": .integer(size),
      "TotalCount": .integer(found.count),
    ]
  }

  /// Whether a reader sees the group at all: creation takes as long to be seen as
  /// any other change, and a released group is gone.
  private func isVisible(_ group: SandboxGroup, lag: Int, at now: CloudTime) -> Bool {
    guard group.exists, group.created + lag <= now else { return false }
    return stage(expiry: group.expiry(asSeenAt: now, lag: lag), at: now) != .released
  }

  private func row(_ group: SandboxGroup, lag: Int, at now: CloudTime) -> WireJSON {
    let expiry = group.expiry(asSeenAt: now, lag: lag)
    let words = words(of: group, lag: lag, at: now)
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

  /// The two words that tell where a group stands, to a reader who is this many
  /// seconds behind (API reference, section 5.5).
  func words(of group: SandboxGroup, lag: Int, at now: CloudTime)
    -> (status: String, resource: String)
  {
    let expiry = group.expiry(asSeenAt: now, lag: lag)
    let words =
      switch stage(expiry: expiry, at: now) {
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

/// What a list is asked for; everything where a parameter was not sent.
private struct GroupFilter {
  private let equal: [(wanted: String, property: KeyPath<SandboxGroup, String>)]
  private let nameFragment: String?
  private let statuses: [String]
  private let tags: [(key: String, value: String?)]
  private let userGroups: [String]
  private let excludedUserGroups: [String]

  init(_ parameters: Parameters) {
    let properties: [(String, KeyPath<SandboxGroup, String>)] = [
      ("AppInstanceGroupId", \.id), ("AppCenterImageId", \.imageID), ("BizRegionId", \.region),
      ("RegionId", \.region), ("OfficeSiteId", \.officeSiteID), ("NodeInstanceType", \.nodeType),
    ]
    equal = properties.compactMap { name, property in parameters[name].map { ($0, property) } }
    nameFragment = parameters["AppInstanceGroupName"]
    statuses = parameters.list("Status")
    userGroups = parameters.list("UserGroupIds")
    excludedUserGroups = parameters.list("ExcludedUserGroupIds")
    var tags: [(key: String, value: String?)] = []
    while let key = parameters["Tag.\(tags.count + 1).Key"] {
      tags.append((key, parameters["Tag.\(tags.count + 1).Value"]))
    }
    self.tags = tags
  }

  func admits(_ group: SandboxGroup, status: String) -> Bool {
    equal.allSatisfy { group[keyPath: $0.property] == $0.wanted }
      && (nameFragment.map(group.name.contains) ?? true)
      && (statuses.isEmpty || statuses.contains(status))
      && tags.allSatisfy { tag in
        group.tags[tag.key].map { tag.value == nil || tag.value == $0 } ?? false
      }
      && (userGroups.isEmpty || userGroups.contains(where: group.userGroups.contains))
      && !excludedUserGroups.contains(where: group.userGroups.contains)
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
