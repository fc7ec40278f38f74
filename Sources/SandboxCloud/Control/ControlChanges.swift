extension Cloud {
  /// What a person does in the console: the same as a call, without a signature.
  mutating func console(
    _ action: (inout Cloud) throws(Refusal) -> SandboxOrder
  ) throws(ControlError) -> WireJSON {
    do throws(Refusal) {
      return try action(&self).json
    } catch {
      throw ControlError(status: error.status, message: "\(error.code): \(error.message)")
    }
  }

  /// Renews and pays, as a competing person or tool would.
  mutating func renewInConsole(
    _ id: String, _ term: Term, at now: CloudTime
  ) throws(Refusal) -> SandboxOrder {
    guard let index = groupIndex(id), groups[index].exists, groups[index].expiry != nil else {
      throw .noSuchGroup(id)
    }
    let order = placeOrder(
      .renew, group: index, term: term, amount: quote(groups[index], term).trade,
      origin: .console, at: now)
    try pay(order, at: now)
    return orders[order]
  }

  mutating func payInConsole(_ id: String, at now: CloudTime) throws(Refusal) -> SandboxOrder {
    let index = try unpaidOrder(id)
    try pay(index, at: now)
    return orders[index]
  }

  mutating func cancelInConsole(_ id: String) throws(Refusal) -> SandboxOrder {
    let index = try unpaidOrder(id)
    orders[index].status = .cancelled
    return orders[index]
  }

  private func unpaidOrder(_ id: String) throws(Refusal) -> Int {
    guard let index = orders.firstIndex(where: { $0.id == id }) else {
      throw Refusal(404, "OrderNotExist", "The order \(id) does not exist.")
    }
    guard orders[index].status == .unpaid else {
      throw Refusal(409, "OrderStatusInvalid", "The order \(id) is not unpaid.")
    }
    return index
  }

  mutating func applyRenewal(
    _ id: String, _ body: ControlBody, at now: CloudTime
  ) throws(ControlError) -> WireJSON {
    try body.allow(["period", "periodUnit"])
    let count = try body.integer("period") ?? 1
    let unit = try body.word("periodUnit", Term.Unit.self) ?? .month
    return try console { (cloud) throws(Refusal) in
      try cloud.renewInConsole(id, Term(count, unit), at: now)
    }
  }

  mutating func applyAccount(_ body: ControlBody) throws(ControlError) -> WireJSON {
    try body.allow(["balance", "credit", "number"])
    func amount(_ name: String) throws(ControlError) -> Amount? {
      guard let text = try body.text(name) else { return nil }
      guard let amount = Amount(text, currency: currency) else {
        throw ControlError("\(name) must be an amount in \(currency), as a text")
      }
      return amount
    }
    (balance, credit) = (try amount("balance") ?? balance, try amount("credit") ?? credit)
    accountNumber = try body.text("number") ?? accountNumber
    return [
      "balance": .string(balance.text(currency: currency)),
      "credit": .string(credit.text(currency: currency)), "number": .string(accountNumber),
    ]
  }

  /// Adds a key or changes one: its secret, whether it is active, what it may not call.
  mutating func applyKey(_ body: ControlBody) throws(ControlError) -> WireJSON {
    try body.allow(["id", "secret", "active", "deny"])
    guard let id = try body.text("id") else { throw ControlError("id is needed") }
    let secret = try body.text("secret")
    guard var key = keys[id] ?? secret.map({ AccessKey(secret: $0) }) else {
      throw ControlError("a new key needs a secret")
    }
    key.secret = secret ?? key.secret
    key.isActive = try body.bool("active") ?? key.isActive
    key.deniedOperations = try body.texts("deny").map(Set.init) ?? key.deniedOperations
    keys[id] = key
    return [
      "id": .string(id), "active": .bool(key.isActive),
      "deny": .array(key.deniedOperations.sorted().map(WireJSON.string)),
    ]
  }

  /// Changes a group behind everyone's back. A new expiry becomes visible as slowly
  /// as any other.
  mutating func applyGroup(
    _ id: String, _ body: ControlBody, at now: CloudTime
  ) throws(ControlError) -> WireJSON {
    try body.allow([
      "name", "region", "expiry", "nodeAmount", "status", "resourceStatus", "renewStatus",
      "renewPeriod", "renewPeriodUnit", "deleted", "chargeType",
    ])
    guard let index = groupIndex(id) else {
      throw ControlError(status: 404, message: "there is no group \(id)")
    }
    var group = groups[index]
    group.name = try body.text("name") ?? group.name
    group.region = try body.text("region") ?? group.region
    group.nodeAmount = try body.integer("nodeAmount") ?? group.nodeAmount
    group.chargeType = try body.word("chargeType", SandboxGroup.ChargeType.self) ?? group.chargeType
    group.isDeleted = try body.bool("deleted") ?? group.isDeleted
    if let expiry = try body.time("expiry") { group.setExpiry(expiry, at: now) }
    // An empty word hands the choice back to the clock.
    if let word = try body.text("status") { group.shownStatus = word.isEmpty ? nil : word }
    if let word = try body.text("resourceStatus") {
      group.shownResourceStatus = word.isEmpty ? nil : word
    }
    if let status = try body.word("renewStatus", SandboxGroup.RenewStatus.self) {
      group.renewStatus = status
      group.autoRenewalSince = now
    }
    group.renewTerm.count = try body.integer("renewPeriod") ?? group.renewTerm.count
    group.renewTerm.unit = try body.word("renewPeriodUnit", Term.Unit.self) ?? group.renewTerm.unit
    groups[index] = group
    return controlRow(group, at: now)
  }

  mutating func applySettings(_ body: ControlBody) throws(ControlError) -> WireJSON {
    try body.allow([
      "replicaLags", "dateTolerance", "orderTime", "deployTime", "recyclingAfter", "releaseAfter",
      "unpaidOrderLife", "renewsExpired",
    ])
    // A copy, so that a mistake in one leaves all as they were.
    var changed = settings
    if let lags = try body.integers("replicaLags") {
      guard !lags.isEmpty, lags.allSatisfy({ $0 >= 0 }) else {
        throw ControlError("replicaLags must be one or more numbers of seconds, 0 or more")
      }
      changed.replicaLags = lags
    }
    changed.dateTolerance = try body.integer("dateTolerance") ?? settings.dateTolerance
    changed.orderTime = try body.integer("orderTime") ?? settings.orderTime
    changed.deployTime = try body.integer("deployTime") ?? settings.deployTime
    changed.recyclingAfter = try body.integer("recyclingAfter") ?? settings.recyclingAfter
    changed.releaseAfter = try body.integer("releaseAfter") ?? settings.releaseAfter
    changed.unpaidOrderLife = try body.integer("unpaidOrderLife") ?? settings.unpaidOrderLife
    changed.renewsExpired = try body.bool("renewsExpired") ?? settings.renewsExpired
    settings = changed
    return settings.json
  }
}
