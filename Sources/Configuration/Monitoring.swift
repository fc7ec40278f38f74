import RenewalCore

/// What the daemon tells the world by itself; all of it is off unless written down.
package struct MonitoringConfiguration: Hashable, Sendable {
  /// `[metrics] listen`
  package var listen: MetricsAddress?
  /// `[heartbeat]`
  package var heartbeat: HookAddress?
  /// `[[webhook]]`; names are unique.
  package var webhooks: [WebhookConfiguration]

  package init(
    listen: MetricsAddress? = nil, heartbeat: HookAddress? = nil,
    webhooks: [WebhookConfiguration] = []
  ) {
    self.listen = listen
    self.heartbeat = heartbeat
    self.webhooks = webhooks
  }
}

/// Where metrics are served: on this machine only.
package enum MetricsAddress: Hashable, Sendable, CustomStringConvertible {
  /// An IPv4 address of 127.0.0.0/8, or ::1 without brackets.
  case loopback(String, port: UInt16)
  case unix(String)

  package var description: String {
    switch self {
    case .loopback(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    case .unix(let path): "unix:\(path)"
    }
  }
}

/// Where messages go.
package enum HookAddress: Hashable, Sendable {
  case url(SecretURL)
  /// The name of a credential that holds the URL.
  case credential(String)
}

package struct WebhookConfiguration: Hashable, Sendable {
  package enum Kind: String, CaseIterable, Hashable, Sendable {
    case generic
    case dingtalk
    case slack
  }

  package enum Severity: String, CaseIterable, Hashable, Sendable {
    case page
    case warning
    case notice
  }

  package var name: String
  package var kind: Kind
  package var address: HookAddress
  /// The name of a credential with the secret that messages are signed with.
  package var secretCredential: String?
  /// The least severe alert that is told.
  package var severity: Severity

  package init(
    name: String, kind: Kind = .generic, address: HookAddress, secretCredential: String? = nil,
    severity: Severity = .warning
  ) {
    self.name = name
    self.kind = kind
    self.address = address
    self.secretCredential = secretCredential
    self.severity = severity
  }
}

extension MonitoringConfiguration {
  init(reading table: inout TableReader) {
    self.init()
    if var metrics = table.table("metrics") {
      listen = metrics.text("listen", "an address", Self.address)?.value
      metrics.finish()
    }
    if var heartbeat = table.table("heartbeat") {
      self.heartbeat = HookAddress(reading: &heartbeat)
      heartbeat.finish()
    }
    var places: [String: SourcePosition] = [:]
    webhooks = table.tables("webhook").compactMap { hookTable in
      guard let hook = WebhookConfiguration(reading: hookTable) else { return nil }
      if let first = places[hook.name] {
        table.diagnosis.report(
          hookTable.position, "webhook '\(hook.name)' stands already at \(first)")
      }
      places[hook.name] = hookTable.position
      return hook
    }
  }

  /// Whoever reads the metrics knows the fleet, and nothing here asks who reads.
  private static func address(_ text: String) throws(Misread) -> MetricsAddress {
    if text.hasPrefix("unix:") { return .unix(try socketPath(String(text.dropFirst(5)))) }
    guard let endpoint = try? Endpoint("http://\(text)"), let port = endpoint.port,
      endpoint.host != "localhost"
    else {
      throw Misread(
        "\"\(text)\": metrics are served on this machine only; write \"127.0.0.1:9468\" or "
          + "\"unix:/run/renewald/metrics\", and for others put a proxy with its own access "
          + "rules before it")
    }
    let host =
      endpoint.host.hasPrefix("[") ? endpoint.host.dropFirst().dropLast() : endpoint.host[...]
    return .loopback(String(host), port: port)
  }
}

extension HookAddress {
  /// `url` or `url_credential`; `nil`, and reported, where it is not one of them.
  fileprivate init?(reading table: inout TableReader) {
    let url = table.text("url", "a URL") { text throws(Misread) in
      do throws(EndpointError) { return try SecretURL(text) } catch {
        // What stands there may be a secret and is not repeated.
        throw Misread("'url' cannot be used: \(error)")
      }
    }
    let credential = table.text("url_credential", "the name of a credential", plainName)
    guard table.has("url") != table.has("url_credential") else {
      table.diagnosis.report(
        table.position,
        "\(table.title) needs either 'url' or 'url_credential', a credential with it")
      return nil
    }
    guard
      let address = url.map({ HookAddress.url($0.value) })
        ?? credential.map({ .credential($0.value) })
    else { return nil }
    self = address
  }
}

extension WebhookConfiguration {
  fileprivate init?(reading table: TableReader) {
    var table = table
    table.requires("name", "messages and metrics call the webhook by it")
    let name = table.text("name", "a string", plainName)
    let kind = table.word("kind", as: Kind.self)
    let address = HookAddress(reading: &table)
    let secret = table.text("secret_credential", "the name of a credential", plainName)
    let severity = table.word("severity", as: Severity.self)
    if kind?.value == .slack, table.has("secret_credential") {
      table.diagnosis.report(
        table.position, "Slack knows no signature: leave 'secret_credential' out")
    }
    table.finish()
    guard let name, let address else { return nil }
    self.init(
      name: name.value, kind: kind?.value ?? .generic, address: address,
      secretCredential: secret?.value, severity: severity?.value ?? .warning)
  }
}
