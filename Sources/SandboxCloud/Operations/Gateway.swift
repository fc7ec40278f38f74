/// One authenticated call of an operation.
struct Call: Sendable {
  var operation: String
  var version: String
  var parameters: Parameters
  var keyID: String?
  var now: CloudTime
  /// Seconds that the answer is behind, by a fault.
  var staleness = 0
  /// By how many places the rows of a list have moved.
  var rowShift = 0
}

extension Cloud {
  /// Answers one request on the cloud's port, whichever service it is for.
  mutating func answer(_ request: WireRequest, at now: CloudTime) -> WireAnswer {
    var record = SandboxRequest(
      at: now, requestID: generator.requestID(), operation: request.path,
      nonce: request.header("x-acs-signature-nonce"), status: 200)
    var fault: SandboxFault?
    var body: WireJSON
    var answer: WireAnswer
    do throws(Refusal) {
      if request.path != "/" {
        answer = try answerMetadata(request, at: now, record: &record, fault: &fault)
        body = WireJSON(bytes: answer.body) ?? .object([:])
      } else {
        body = try answerCall(request, at: now, record: &record, fault: &fault)
        body["RequestId"] = .string(record.requestID)
        answer = .json(body)
      }
    } catch {
      body = .object(error.extra)
      body["RequestId"] = .string(record.requestID)
      body["HostId"] = .string(request.header("host") ?? "")
      body["Code"] = .string(error.code)
      body["Message"] = .string(error.message)
      body["Recommend"] = .string(
        "https://api.alibabacloud.com/troubleshoot?q=\(error.code)&requestId=\(record.requestID)")
      answer = .json(body, status: error.status)
    }
    record.code = body["Code"]?.text
    record.orderID = body["OrderId"]?.text ?? body["AppInstanceGroupModel"]?["OrderId"]?.text
    if let fault {
      answer = fault.shape(answer, body: body)
      record.fault = fault.kind
    }
    switch fault?.kind {
    case .noDate: break
    case .date: answer.headers.append(("date", (now + (fault?.seconds ?? 0)).httpDate))
    default: answer.headers.append(("date", now.httpDate))
    }
    record.status = answer.status
    requests.append(record)
    if requests.count > Self.requestLogLimit {
      requests.removeFirst(requests.count - Self.requestLogLimit / 2)
    }
    return answer
  }

  private mutating func answerCall(
    _ request: WireRequest, at now: CloudTime, record: inout SandboxRequest,
    fault: inout SandboxFault?
  ) throws(Refusal) -> WireJSON {
    let parameters = try Parameters(request)
    guard let operation = request.header("x-acs-action") ?? parameters["Action"] else {
      throw .missing("Action")
    }
    guard let version = request.header("x-acs-version") ?? parameters["Version"] else {
      throw .missing("Version")
    }
    record.operation = operation
    record.group = parameters["AppInstanceGroupId"]
    record.nonce = record.nonce ?? parameters["SignatureNonce"]
    guard ["2021-09-01", "2017-12-14", "2015-04-01"].contains(version) else {
      throw Refusal(400, "InvalidVersion", "Specified parameter Version is not valid.")
    }
    // Only the token service is called by GET as well (API reference, section 9.4).
    guard request.method == "POST" || (request.method == "GET" && version == "2015-04-01") else {
      throw Refusal(403, "UnsupportedHTTPMethod", "This http method is not supported.")
    }
    let keyID = try authenticate(request, operation: operation, parameters: parameters, at: now)
    record.keyID = keyID
    var call = Call(
      operation: operation, version: version, parameters: parameters, keyID: keyID, now: now)
    fault = takeFault(operation: operation, group: record.group)
    switch fault?.effect {
    case .some(.none):
      return .object([:])
    case .late:
      lateCalls.append((now + (fault?.seconds ?? 0), call))
      return .object([:])
    case .done, nil:
      call.staleness = fault?.kind == .stale ? fault?.seconds ?? 0 : 0
      call.rowShift = fault?.kind == .movingRows ? readCount : 0
      return try perform(call)
    }
  }

  /// The first fault that is meant for a call, used up by one.
  mutating func takeFault(operation: String, group: String?) -> SandboxFault? {
    guard
      let index = faults.firstIndex(where: { $0.matches(operation: operation, group: group) })
    else { return nil }
    let fault = faults[index]
    if let count = fault.count {
      if count <= 1 { faults.remove(at: index) } else { faults[index].count = count - 1 }
    }
    return fault
  }

  /// Does what a call says. The three services share the port and are told apart by
  /// their version.
  mutating func perform(_ call: Call) throws(Refusal) -> WireJSON {
    switch (call.version, call.operation) {
    case ("2021-09-01", "ListAppInstanceGroup"): try listGroups(call)
    case ("2021-09-01", "GetAppInstanceGroup"): try getGroup(call)
    case ("2021-09-01", "GetResourceRenewPrice"): try renewalPrice(call)
    case ("2021-09-01", "RenewAppInstanceGroup"): try renewGroup(call)
    case ("2021-09-01", "CreateAppInstanceGroup"): try createGroup(call)
    case ("2021-09-01", "GetResourcePrice"): try resourcePrice(call)
    case ("2021-09-01", "ListNodeInstanceType"): try listNodeTypes(call)
    case ("2021-09-01", "ListRegions"): listRegions()
    case ("2021-09-01", "ModifyAppInstanceGroupAttribute"): try modifyGroup(call)
    case ("2021-09-01", "ModifyNodePoolAmount"): try modifyNodePoolAmount(call)
    case ("2021-09-01", "DeleteAppInstanceGroup"): try deleteGroup(call)
    case ("2017-12-14", "QueryAccountBalance"): queryBalance()
    case ("2017-12-14", "QueryAvailableInstances"): try queryInstances(call)
    case ("2017-12-14", "QueryOrders"): try queryOrders(call)
    case ("2017-12-14", "GetOrderDetail"): try orderDetail(call)
    case ("2017-12-14", "CancelOrder"): try cancelOrder(call)
    case ("2017-12-14", "SetRenewal"): try setRenewal(call)
    case ("2015-04-01", "AssumeRole"): try assumeRole(call)
    case ("2015-04-01", "AssumeRoleWithOIDC"): try assumeRoleWithOIDC(call)
    case ("2015-04-01", "GetCallerIdentity"): callerIdentity(call)
    default:
      throw Refusal(404, "InvalidApi.NotFound", "Specified api is not found: \(call.operation).")
    }
  }
}
