extension SandboxOrder {
  var json: WireJSON {
    .present([
      "id": .string(id), "group": .string(group), "action": .string(action.rawValue),
      "period": .integer(term.count), "periodUnit": .string(term.unit.rawValue),
      "amount": .string(amount.text(currency: currency)), "currency": .string(currency),
      "status": .string(status.rawValue), "origin": .string(origin.text),
      "created": .string(created.description),
      "paid": paid.map { .string($0.description) } ?? .null,
      "keyExpiryBefore": expiryBefore.map { .string($0.description) } ?? .null,
      "expiryAfter": expiryAfter.map { .string($0.description) } ?? .null,
    ])
  }
}

extension SandboxRequest {
  var json: WireJSON {
    var outcome = String(status)
    if let code { outcome += " \(code)" }
    if let fault { outcome += " (fault: \(fault.rawValue))" }
    return .present([
      "at": .string(at.description), "requestId": .string(requestID),
      "operation": .string(operation), "nonce": nonce.map(WireJSON.string),
      "group": group.map(WireJSON.string), "key": keyID.map(WireJSON.string),
      "order": orderID.map(WireJSON.string), "outcome": .string(outcome),
    ])
  }
}

extension Cloud {
  func controlRow(_ group: SandboxGroup, at now: CloudTime) -> WireJSON {
    let words = words(of: group, lag: 0, at: now)
    return [
      "id": .string(group.id), "name": .string(group.name), "region": .string(group.region),
      "chargeType": .string(group.chargeType.rawValue), "nodeType": .string(group.nodeType),
      "nodeAmount": .integer(group.nodeAmount), "status": .string(words.status),
      "resourceStatus": .string(words.resource),
      "created": .string(group.created.description),
      "expiry": group.expiry.map { .string($0.description) } ?? .null,
      "visibleExpiry": .array(
        settings.replicaLags.map { lag in
          group.expiry(asSeenAt: now, lag: lag).map { .string($0.description) } ?? .null
        }),
      "renewStatus": .string(group.renewStatus.rawValue), "deleted": .bool(group.isDeleted),
    ]
  }

  func controlState(at now: CloudTime) -> WireJSON {
    let paid = orders.filter { $0.status == .paid }
    return [
      "now": .string(now.description),
      "currency": .string(currency),
      "balance": .string(balance.text(currency: currency)),
      "credit": .string(credit.text(currency: currency)),
      "spent": .string(paid.reduce(.zero) { $0 + $1.amount }.text(currency: currency)),
      "groups": .integer(groups.count),
      "orders": .integer(orders.count),
      "paidOrders": .integer(paid.count),
      "requests": .integer(requests.count),
      "faults": .array(faults.map(\.json)),
      "settings": settings.json,
    ]
  }
}

extension SandboxSettings {
  var json: WireJSON {
    [
      "replicaLags": .array(replicaLags.map { .integer($0) }), "orderTime": .integer(orderTime),
      "deployTime": .integer(deployTime),
      "recyclingAfter": .integer(recyclingAfter), "releaseAfter": .integer(releaseAfter),
      "unpaidOrderLife": .integer(unpaidOrderLife), "renewsExpired": .bool(renewsExpired),
    ]
  }
}

extension SandboxFault {
  var json: WireJSON {
    .present([
      "kind": .string(kind.rawValue), "operation": operation.map(WireJSON.string),
      "group": group.map(WireJSON.string), "count": .integer(count ?? 0),
      "effect": .string(effect.rawValue),
    ])
  }

  /// Reads a fault as the control interface takes it; a count of 0 means until it is
  /// removed.
  init(_ body: ControlBody) throws(ControlError) {
    try body.allow([
      "kind", "operation", "group", "count", "effect", "status", "code", "message",
      "milliseconds", "seconds", "bytes", "field", "value",
    ])
    guard let kind = try body.word("kind", Kind.self) else { throw ControlError("kind is needed") }
    let count = try body.integer("count") ?? 1
    guard count >= 0 else { throw ControlError("count must be 0 or more") }
    self.init(
      kind, operation: try body.text("operation"), group: try body.text("group"),
      count: count == 0 ? nil : count, effect: try body.word("effect", Effect.self))
    status = try body.integer("status") ?? status
    code = try body.text("code") ?? code
    message = try body.text("message") ?? message
    milliseconds = try body.integer("milliseconds") ?? milliseconds
    seconds = try body.integer("seconds") ?? seconds
    bytes = try body.integer("bytes") ?? bytes
    field = try body.text("field") ?? field
    value = body.value("value") ?? value
    guard (100...599).contains(status) else { throw ControlError("status must be 100 to 599") }
    guard milliseconds >= 0, (0...1 << 28).contains(bytes) else {
      throw ControlError("milliseconds and bytes must not be negative, bytes at most 256 MiB")
    }
    if kind == .missingField || kind == .setField, field.isEmpty {
      throw ControlError("\(kind.rawValue) needs a field")
    }
  }
}
