extension Cloud {
  private static let credentialsPath = "/latest/meta-data/ram/security-credentials/"

  /// Answers what has a path of its own: the instance metadata service, which
  /// insists on its tokens, and the credentials URI (API reference, section 9.4).
  ///
  /// For faults the operations are called `Metadata` and `CredentialsURI`.
  mutating func answerMetadata(
    _ request: WireRequest, at now: CloudTime, record: inout SandboxRequest,
    fault: inout SandboxFault?
  ) throws(Refusal) -> WireAnswer {
    switch (request.method, request.path) {
    case ("GET", "/credentials"):
      record.operation = "CredentialsURI"
      fault = takeFault(operation: record.operation, group: nil)
      return .json(instanceCredentials(at: now))
    case ("PUT", "/latest/api/token"):
      record.operation = "Metadata"
      fault = takeFault(operation: record.operation, group: nil)
      guard
        let life = request.header("x-aliyun-ecs-metadata-token-ttl-seconds").flatMap({ Int($0) }),
        (1...21600).contains(life)
      else {
        throw Refusal(400, "InvalidParameter.TTL", "The token's life must be 1 to 21600 seconds.")
      }
      metadataTokens = metadataTokens.filter { $0.value > now }
      let token = generator.word(56)
      metadataTokens[token] = now + life
      return .text(token)
    case ("GET", let path) where path.hasPrefix(Self.credentialsPath):
      record.operation = "Metadata"
      fault = takeFault(operation: record.operation, group: nil)
      guard let token = request.header("x-aliyun-ecs-metadata-token"),
        let end = metadataTokens[token], end > now
      else { throw Refusal(403, "Forbidden.Token", "A metadata token is needed.") }
      switch path.dropFirst(Self.credentialsPath.count) {
      case "": return .text(Self.instanceRole)
      case Self.instanceRole: return .json(instanceCredentials(at: now))
      default: throw Refusal(404, "InvalidRole.NotFound", "The instance has no such role.")
      }
    default:
      throw Refusal(404, "InvalidPath.NotFound", "There is nothing at \(request.path).")
    }
  }

  private mutating func instanceCredentials(at now: CloudTime) -> WireJSON {
    let life = 6 * 3600
    let issued = issueCredentials(
      role: "acs:ram::\(accountNumber):role/\(Self.instanceRole)", session: "i-sandbox0001",
      life: life, at: now)
    return [
      "Code": "Success", "AccessKeyId": .string(issued.id),
      "AccessKeySecret": .string(issued.key.secret), "SecurityToken": .string(issued.token),
      "Expiration": .string((now + life).description), "LastUpdated": .string(now.description),
    ]
  }
}
