extension SandboxServer {
  /// Answers one request of the control interface: plain HTTP with JSON bodies.
  func control(_ request: WireRequest) -> WireAnswer {
    let path = request.path.split(separator: "/").map(String.init)
    if request.method == "GET", path.isEmpty { return .text(Self.manual + "\n") }
    do throws(ControlError) {
      return .json(
        request.method == "GET"
          ? try look(path) : try act(request.method, path, try ControlBody(request)))
    } catch {
      return .json(["error": .string(error.message)], status: error.status)
    }
  }

  private func look(_ path: [String]) throws(ControlError) -> WireJSON {
    switch path {
    case ["orders"]: change { cloud, _ in .array(cloud.orders.map(\.json)) }
    case ["groups"]:
      change { cloud, now in .array(cloud.groups.map { cloud.controlRow($0, at: now) }) }
    case ["requests"]: change { cloud, _ in .array(cloud.requests.map(\.json)) }
    case ["state"]: change { cloud, now in cloud.controlState(at: now) }
    default: throw .nothingHere
    }
  }

  private func act(
    _ method: String, _ path: [String], _ body: ControlBody
  ) throws(ControlError) -> WireJSON {
    let id = path.count > 1 ? path[1] : ""
    switch (method, path.first, path.dropFirst(2).first, path.count) {
    case ("POST", "clock", nil, 1):
      return try moveClock(body)
    case ("POST", "faults", nil, 1):
      inject(try SandboxFault(body))
      return ["faults": .array(faults.map(\.json))]
    case ("DELETE", "faults", nil, 1):
      clearFaults()
      return ["faults": []]
    default:
      return try change { (cloud, now) throws(ControlError) in
        switch (method, path.first, path.dropFirst(2).first, path.count) {
        case ("POST", "settings", nil, 1): try cloud.applySettings(body)
        case ("POST", "account", nil, 1): try cloud.applyAccount(body)
        case ("POST", "keys", nil, 1): try cloud.applyKey(body)
        case ("POST", "groups", nil, 2): try cloud.applyGroup(id, body, at: now)
        case ("POST", "groups", "renew", 3): try cloud.applyRenewal(id, body, at: now)
        case ("POST", "orders", "pay", 3):
          try cloud.console { (cloud) throws(Refusal) in try cloud.payInConsole(id, at: now) }
        case ("POST", "orders", "cancel", 3):
          try cloud.console { (cloud) throws(Refusal) in try cloud.cancelInConsole(id) }
        default: throw .nothingHere
        }
      }
    }
  }

  private func moveClock(_ body: ControlBody) throws(ControlError) -> WireJSON {
    try body.allow(["advance", "set"])
    if let text = try body.text("advance") {
      guard let seconds = Int(durationText: text) else {
        throw ControlError("advance must be a number with s, m, h or d, for instance 72h")
      }
      advanceClock(bySeconds: seconds)
    } else if let time = try body.time("set") {
      setClock(to: time)
    } else {
      throw ControlError("either advance or set is needed")
    }
    return ["now": .string(now.description)]
  }
}
