extension Cloud {
  /// The role of the instance that the metadata service pretends to be on.
  static let instanceRole = "sandbox-role"

  /// STS AssumeRole.
  mutating func assumeRole(_ call: Call) throws(Refusal) -> WireJSON {
    if let policy = call.parameters["Policy"], WireJSON(bytes: policy.utf8)?.members == nil {
      throw .invalid("Policy", "is not a JSON object")
    }
    return try roleSession(call)
  }

  /// STS AssumeRoleWithOIDC. Unsigned: the token is the proof. A token here is
  /// anything that has the three parts of a JSON web token.
  mutating func assumeRoleWithOIDC(_ call: Call) throws(Refusal) -> WireJSON {
    let provider = try call.parameters.required("OIDCProviderArn")
    let token = try call.parameters.required("OIDCToken")
    guard token.split(separator: ".", omittingEmptySubsequences: false).count == 3 else {
      throw Refusal(400, "AuthenticationFail.OIDCToken.Invalid", "The OIDC token is not a token.")
    }
    var answer = try roleSession(call)
    answer["OIDCTokenInfo"] = [
      "Issuer": .string(provider), "Subject": "sandbox", "ClientIds": "sandbox",
      "VerificationInfo": "Success",
      "ExpirationTime": .string((call.now + 3600).description),
      "IssuanceTime": .string(call.now.description),
    ]
    return answer
  }

  private mutating func roleSession(_ call: Call) throws(Refusal) -> WireJSON {
    let role = try call.parameters.required("RoleArn")
    let session = try call.parameters.required("RoleSessionName")
    guard role.hasPrefix("acs:ram::"), role.contains(":role/") else {
      throw .invalid("RoleArn", "must look like acs:ram::123456789012:role/name")
    }
    guard (2...64).contains(session.utf8.count),
      session.utf8.allSatisfy({
        (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0)
          || ".@-_".utf8.contains($0)
      })
    else { throw .invalid("RoleSessionName", "must be 2 to 64 letters, digits or .@-_") }
    // The upper bound is a role's own setting; 43200 is the largest it can have.
    let life = try call.parameters.integer("DurationSeconds", in: 900...43200) ?? 3600
    let issued = issueCredentials(role: role, session: session, life: life, at: call.now)
    return [
      "Credentials": [
        "AccessKeyId": .string(issued.id), "AccessKeySecret": .string(issued.key.secret),
        "SecurityToken": .string(issued.token),
        "Expiration": .string((call.now + life).description),
      ],
      "AssumedRoleUser": [
        "Arn": .string(Self.sessionARN(role: role, session: session)),
        "AssumedRoleId": .string("300000000000001:\(session)"),
      ],
    ]
  }

  /// STS GetCallerIdentity.
  func callerIdentity(_ call: Call) -> WireJSON {
    let session = call.keyID.flatMap { keys[$0]?.session }
    return .present([
      "AccountId": .string(accountNumber),
      "Arn": .string(
        session.map { Self.sessionARN(role: $0.roleARN, session: $0.sessionName) }
          ?? "acs:ram::\(accountNumber):user/sandbox"),
      "IdentityType": session == nil ? "RAMUser" : "AssumedRoleUser",
      "PrincipalId": .string(
        session.map { "300000000000001:\($0.sessionName)" } ?? "200000000000001"),
      "UserId": session == nil ? "200000000000001" : nil,
      "RoleId": session == nil ? nil : "300000000000001",
    ])
  }

  mutating func issueCredentials(role: String, session: String, life: Int, at now: CloudTime)
    -> (id: String, key: AccessKey, token: String)
  {
    // Ended ones are kept for a day, so that their use is answered as expired.
    keys = keys.filter { $0.value.session.map { $0.expires + CloudTime.day > now } ?? true }
    let id = "STS.\(generator.word(22))"
    let token = generator.word(64)
    let key = AccessKey(
      secret: generator.word(40),
      session: AccessKey.Session(
        token: token, expires: now + life, roleARN: role, sessionName: session))
    keys[id] = key
    return (id, key, token)
  }

  private static func sessionARN(role: String, session: String) -> String {
    let account = role.split(separator: ":").dropFirst(2).first ?? ""
    return "acs:ram::\(account):assumed-role/\(role.split(separator: "/").last ?? "")/\(session)"
  }
}
