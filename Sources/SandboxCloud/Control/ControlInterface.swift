extension SandboxServer {
  private static let paths =
    "/orders /groups /requests /state /clock /faults /settings /account /keys"

  /// Answers one request of the control interface: plain HTTP with JSON bodies.
  func control(_ request: WireRequest) -> WireAnswer {
    let path = request.path.split(separator: "/").map(String.init)
    do throws(ControlError) {
      return .json(
        request.method == "GET" ? try look(path) : try change(request, path))
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
    default: throw ControlError(status: 404, message: "GET takes /orders /groups /requests /state")
    }
  }

  private func change(_ request: WireRequest, _ path: [String]) throws(ControlError) -> WireJSON {
    let body = try ControlBody(request)
    switch (request.method, path.first, path.count) {
    case ("POST", "clock", 1):
      try moveClock(body)
      return ["now": .string(now.description)]
    case ("POST", "faults", 1):
      inject(try SandboxFault(body))
      return ["faults": .array(faults.map(\.json))]
    case ("DELETE", "faults", 1):
      clearFaults()
      return ["faults": []]
    case ("POST", "settings", 1):
      var settings = settings
      try settings.apply(body)
      self.settings = settings
      return settings.json
    case ("POST", "account", 1):
      return try changeCloud { (cloud, now) throws(ControlError) in
        try cloud.applyAccount(body)
        return cloud.controlState(at: now)
      }
    case ("POST", "keys", 1):
      return try changeCloud { (cloud, _) throws(ControlError) in try cloud.applyKey(body) }
    case ("POST", "groups", 2):
      return try changeCloud { (cloud, now) throws(ControlError) in
        try cloud.applyGroup(path[1], body, at: now)
      }
    case ("POST", "groups", 3) where path[2] == "renew":
      return try changeCloud { (cloud, now) throws(ControlError) in
        try body.allow(["period", "periodUnit"])
        let count = try body.integer("period") ?? 1
        let unit = try body.word("periodUnit", Term.Unit.self) ?? .month
        return try cloud.console { (cloud) throws(Refusal) in
          try cloud.renewInConsole(
            path[1], Term(count, unit), at: now)
        }
      }
    case ("POST", "orders", 3) where ["pay", "cancel"].contains(path[2]):
      return try changeCloud { (cloud, now) throws(ControlError) in
        try cloud.console { (cloud) throws(Refusal) in
          path[2] == "pay"
            ? try cloud.payInConsole(path[1], at: now)
            : try cloud.cancelInConsole(path[1])
        }
      }
    default:
      throw ControlError(
        status: 404, message: "\(request.method) \(request.path): there is \(Self.paths)")
    }
  }

  /// `change` for a change that may be refused.
  private func changeCloud(
    _ body: (inout Cloud, CloudTime) throws(ControlError) -> WireJSON
  ) throws(ControlError) -> WireJSON {
    let result = change { cloud, now in
      Result { () throws(ControlError) in try body(&cloud, now) }
    }
    return try result.get()
  }

  private func moveClock(_ body: ControlBody) throws(ControlError) {
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
  }
}
