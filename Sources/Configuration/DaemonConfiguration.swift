import RenewalCore

/// Everything an operator writes down, checked as a whole.
///
/// There is no half-valid value of this type: a file with one problem gives a
/// `ConfigurationError` that names every problem.
package struct DaemonConfiguration: Hashable, Sendable {
  /// A fresh installation observes.
  package var mode: Mode
  package var directories: Directories
  /// Path of the socket on which readers ask.
  package var statusSocket: String
  /// Path of the socket on which operators change things.
  package var controlSocket: String
  /// At least one; names are unique.
  package var accounts: [AccountConfiguration]
  package var policy: RenewalPolicy
  /// From the start of one walk over all groups to the start of the next.
  package var sweepInterval: Span
  package var monitoring = MonitoringConfiguration()
  package var backup: BackupConfiguration

  package init(
    mode: Mode = .observe, directories: Directories = .standard,
    statusSocket: String? = nil, controlSocket: String? = nil, accounts: [AccountConfiguration],
    policy: RenewalPolicy, sweepInterval: Span = .hours(1),
    backup: BackupConfiguration = BackupConfiguration()
  ) {
    self.mode = mode
    self.directories = directories
    self.statusSocket = statusSocket ?? directories.runtime + "/status"
    self.controlSocket = controlSocket ?? directories.runtime + "/control"
    self.accounts = accounts
    self.policy = policy
    self.sweepInterval = sweepInterval
    self.backup = backup
  }
}

/// `[backup]`: copies of the ledger, in the state directory.
package struct BackupConfiguration: Hashable, Sendable {
  /// Whether one is made every day without being asked for.
  package var isAutomatic: Bool
  package var retention: BackupRetention

  package init(isAutomatic: Bool = true, retention: BackupRetention = BackupRetention()) {
    self.isAutomatic = isAutomatic
    self.retention = retention
  }
}

/// Where the daemon keeps what outlives it.
package struct Directories: Hashable, Sendable {
  /// Ledger and inventory; survives everything.
  package var state: String
  /// Anchors and sockets; survives a restart, gone at reboot.
  package var runtime: String

  package init(state: String, runtime: String) {
    self.state = state
    self.runtime = runtime
  }

  package static let standard = Directories(state: "/var/lib/renewald", runtime: "/run/renewald")
}

/// One set of credentials at one endpoint.
package struct AccountConfiguration: Hashable, Sendable {
  package var name: AccountName
  /// The endpoint's region, which need not be that of the groups.
  package var region: String
  package var endpoint: Endpoint
  package var billingEndpoint: Endpoint
  package var tokenEndpoint: Endpoint
  /// Whether the key may read billing, the second witness of a payment.
  package var readsBilling: Bool
  /// Name of a file in the credentials directory. `nil`: the vendor's default chain.
  package var readerCredential: String?
  /// Set wherever the reader's is and the mode is `pay`. Otherwise `nil`: what
  /// the default chain gives also pays.
  package var payerCredential: String?
  /// What requests by TLS go through.
  package var proxy: Proxy?
  /// PEM file trusted instead of the system's authorities.
  package var certificateAuthorities: String?
  /// `[protocol]` over the defaults that follow from `readsBilling`.
  package var parameters: ProtocolParameters

  package init(
    name: AccountName, region: String, endpoint: Endpoint, billingEndpoint: Endpoint,
    tokenEndpoint: Endpoint = .tokens, readsBilling: Bool = false, readerCredential: String? = nil,
    payerCredential: String? = nil, proxy: Proxy? = nil, certificateAuthorities: String? = nil,
    parameters: ProtocolParameters? = nil
  ) {
    self.name = name
    self.region = region
    self.endpoint = endpoint
    self.billingEndpoint = billingEndpoint
    self.tokenEndpoint = tokenEndpoint
    self.readsBilling = readsBilling
    self.readerCredential = readerCredential
    self.payerCredential = payerCredential
    self.proxy = proxy
    self.certificateAuthorities = certificateAuthorities
    self.parameters = parameters ?? (readsBilling ? .withBilling : .withoutBilling)
  }
}
