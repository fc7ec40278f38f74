extension Cloud {
  /// The group that a change is for, by the cloud's own truth.
  func liveGroup(_ call: Call) throws(Refusal) -> Int {
    let id = try call.parameters.required("AppInstanceGroupId")
    guard let index = groupIndex(id), groups[index].exists,
      stage(of: groups[index], at: call.now) != .released
    else { throw .noSuchGroup(id) }
    return index
  }

  /// ModifyAppInstanceGroupAttribute: names and settings, nothing about money.
  mutating func modifyGroup(_ call: Call) throws(Refusal) -> WireJSON {
    let parameters = call.parameters
    try parameters.requireProductType()
    let index = try liveGroup(call)
    var group = groups[index]
    group.name = parameters["AppInstanceGroupName"] ?? group.name
    group.sessionTimeout = try parameters.sessionTimeout() ?? group.sessionTimeout
    _ = try parameters.boolean("PerSessionPerApp")
    if let pool = try NestedObject.parameter("NodePool", of: parameters) {
      let limit = Catalogue.nodeType(group.nodeType)?.maxCapacity ?? 1
      if let capacity = try pool.integer("NodeCapacity", in: 1...limit) {
        group.nodePool["NodeCapacity"] = .integer(capacity)
      }
      if let id = try pool.text("NodePoolId"), id != group.nodePoolID {
        throw .invalid("NodePool.NodePoolId", "does not belong to this delivery group")
      }
    }
    if let network = try NestedObject.parameter("Network", of: parameters) {
      for rule in try network.objects("DomainRules") {
        _ = try rule.requiredText("Domain")
        _ = try rule.requiredText("Policy")
      }
    }
    try checkSecurityAndStorage(parameters)
    groups[index] = group
    return [:]
  }

  /// ModifyNodePoolAmount: more nodes for the rest of the term, paid at once.
  mutating func modifyNodePoolAmount(_ call: Call) throws(Refusal) -> WireJSON {
    try call.parameters.requireProductType()
    let index = try liveGroup(call)
    guard let pool = try NestedObject.parameter("NodePool", of: call.parameters) else {
      throw .missing("NodePool")
    }
    let amount = try pool.requiredInteger("NodeAmount", in: NodePool.nodeAmounts)
    guard let expiry = groups[index].expiry else {
      throw Refusal(
        400, "InvalidAppInstanceGroup.ChargeType", "Only subscriptions have nodes to add.")
    }
    let added = amount - groups[index].nodeAmount
    guard added > 0 else {
      throw Refusal(
        400, "InvalidAmount.UnIncrease", "The number of nodes must be larger than before.")
    }
    // Each day begun costs a thirtieth of the month.
    let days = max(0, (expiry - call.now + CloudTime.day - 1) / CloudTime.day)
    let monthly = monthlyPrice(of: groups[index].nodeType).minorUnits
    let order = placeOrder(
      .expand, group: index, term: Term(1, .month),
      amount: Amount(minorUnits: monthly * added * days / 30), origin: .key(call.keyID ?? ""),
      at: call.now)
    orders[order].addedNodes = added
    try pay(order, at: call.now)
    return ["Data": ["OrderId": .string(orders[order].id)]]
  }

  /// DeleteAppInstanceGroup: for pay as you go only (API reference, section 5.7).
  mutating func deleteGroup(_ call: Call) throws(Refusal) -> WireJSON {
    try call.parameters.requireProductType()
    let index = try liveGroup(call)
    guard groups[index].chargeType == .postPaid else {
      throw Refusal(
        400, "InvalidAppInstanceGroup.ChargeType", "A subscription cannot be deleted.")
    }
    groups[index].isDeleted = true
    return [:]
  }
}
