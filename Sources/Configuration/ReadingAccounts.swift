import RenewalCore

extension AccountConfiguration {
  /// One `[[account]]`; `nil` where something in it is wrong.
  init?(
    reading table: TableReader, mode: Mode, protocol overrides: ProtocolOverrides
  ) {
    var table = table
    table.requires("name", "rules and messages call the account by it")
    table.requires("region", "write region = \"cn-shanghai\" or \"ap-southeast-1\"")
    let name = table.text("name", "a string", plainName)
    let region = table.string("region")
    let endpoint = table.text("endpoint", "a URL", Self.endpoint)
    let billingEndpoint = table.text("billing_endpoint", "a URL", Self.endpoint)
    let tokenEndpoint = table.text("token_endpoint", "a URL", Self.endpoint)
    let readsBilling = table.boolean("billing") ?? false
    let reader = table.text("reader_credential", "the name of a credential", plainName)
    let payer = table.text("payer_credential", "the name of a credential", plainName)
    let proxy = table.text("proxy", "a URL") { text throws(Misread) in
      do { return try Proxy(text) } catch { throw Misread("\"\(text)\": \(error)") }
    }
    let authorities = table.text("ca_file", "a path", absolutePath)
    if mode == .pay, table.has("reader_credential") {
      table.requires(
        "payer_credential", "mode = \"pay\" needs a credential to pay with; it may be the reader's")
    }
    table.finish()

    guard let name, let region else { return nil }
    let published = Endpoint.appStreaming(region: region.value)
    if published == nil, !table.has("endpoint") {
      let meant = suggestion(for: region.value, among: Endpoint.publishedRegions)
      table.diagnosis.report(
        region.position,
        "region '\(region.value)' has no published endpoint"
          + (meant.map { "; did you mean '\($0)'?" } ?? "; name its 'endpoint'"))
    }
    guard let chosen = table.has("endpoint") ? endpoint?.value : published else { return nil }
    if let proxy, chosen.scheme == .http {
      table.diagnosis.report(
        proxy.position, "plain http to this machine goes through no proxy: remove one of the two")
    }
    // A stand-in for the cloud answers for all services: its keys must never
    // reach the real ones.
    let standIn = chosen.isLoopback ? chosen : nil
    self.init(
      name: AccountName(name.value), region: region.value, endpoint: chosen,
      billingEndpoint: billingEndpoint?.value ?? standIn ?? .billing(region: region.value),
      tokenEndpoint: tokenEndpoint?.value ?? standIn ?? .tokens,
      readsBilling: readsBilling, readerCredential: reader?.value, payerCredential: payer?.value,
      proxy: proxy?.value, certificateAuthorities: authorities?.value)
    parameters = overrides.applied(to: self, diagnosis: table.diagnosis)
  }

  private static func endpoint(_ text: String) throws(Misread) -> Endpoint {
    do {
      return try Endpoint(text)
    } catch {
      throw Misread("\"\(text)\": \(error)")
    }
  }

}

/// A name that can stand in a path, a label and a command line.
func plainName(_ text: String) throws(Misread) -> String {
  let isPlain = text.utf8.allSatisfy { byte in
    (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
      || [45, 46, 95].contains(byte)
  }
  guard isPlain, !text.isEmpty, !text.hasPrefix(".") else {
    throw Misread("\"\(text)\": a name has only letters, digits, '-', '_' and '.' inside")
  }
  return text
}

func absolutePath(_ text: String) throws(Misread) -> String {
  guard text.hasPrefix("/"), !text.utf8.contains(0) else {
    throw Misread("\"\(text)\" is not an absolute path")
  }
  return text.count > 1 && text.hasSuffix("/") ? String(text.dropLast()) : text
}

/// The address of a Unix socket has 107 bytes for its path (unix(7)).
func socketPath(_ text: String) throws(Misread) -> String {
  let path = try absolutePath(text)
  guard path.utf8.count <= 107 else { throw Misread("a socket's path has at most 107 bytes") }
  return path
}
