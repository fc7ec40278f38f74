import RenewalCore

/// The errors that the interface declares. Those of the protocol itself, such
/// as a method that does not exist, are not among them.
package enum ControlError: Error, Hashable, Sendable {
  case noSuchGroup(String)
  /// The text fits several groups.
  case ambiguousGroup(String, matches: [String])
  case noSuchAccount(AccountName)
  case noSuchAlert(Int)
  /// The daemon cannot do it in its present state; nothing was changed.
  case notNow(reason: String, remedy: String)
  /// Unknown, used, too old, or the renewal has moved on since.
  case tokenRefused(reason: String)
  /// A file is no ledger, not of this daemon, or damaged; nothing was changed.
  case unsoundLedger(reason: String, remedy: String)
  /// The configuration is broken; the old one stays in force.
  case configurationRejected(problems: [String])
  /// The file of a new group is broken.
  case creationRejected(problems: [String])
  /// Groups, or an open order, have the name of the new group.
  case nameTaken(String, by: [String])
  /// A check that guards money said no; nothing was changed.
  case guarded(reason: String, remedy: String)

  /// What travels beside the name: of these the ones that the error declares.
  package struct Parameters: Codable, Hashable, Sendable {
    package var group: String?
    package var matches: [String]?
    package var account: AccountName?
    package var alert: Int?
    package var reason: String?
    package var remedy: String?
    package var problems: [String]?
    package var name: String?
    package var by: [String]?
  }

  /// As it travels: `io.renewald.Control.NoSuchGroup`.
  package var qualifiedName: String { "\(ControlInterface.name).\(name)" }

  private var name: String {
    switch self {
    case .noSuchGroup: "NoSuchGroup"
    case .ambiguousGroup: "AmbiguousGroup"
    case .noSuchAccount: "NoSuchAccount"
    case .noSuchAlert: "NoSuchAlert"
    case .notNow: "NotNow"
    case .tokenRefused: "TokenRefused"
    case .unsoundLedger: "UnsoundLedger"
    case .configurationRejected: "ConfigurationRejected"
    case .creationRejected: "CreationRejected"
    case .nameTaken: "NameTaken"
    case .guarded: "Guarded"
    }
  }

  package var parameters: Parameters {
    switch self {
    case .noSuchGroup(let group): Parameters(group: group)
    case .ambiguousGroup(let group, let matches): Parameters(group: group, matches: matches)
    case .noSuchAccount(let account): Parameters(account: account)
    case .noSuchAlert(let alert): Parameters(alert: alert)
    case .notNow(let reason, let remedy), .unsoundLedger(let reason, let remedy):
      Parameters(reason: reason, remedy: remedy)
    case .tokenRefused(let reason): Parameters(reason: reason)
    case .configurationRejected(let problems), .creationRejected(let problems):
      Parameters(problems: problems)
    case .nameTaken(let name, let by): Parameters(name: name, by: by)
    case .guarded(let reason, let remedy): Parameters(reason: reason, remedy: remedy)
    }
  }

  /// `nil` for an error of another interface or a newer version, and for
  /// parameters that are not those of the error.
  package init?(qualifiedName: String, parameters: Parameters) {
    let candidates: [ControlError?] = [
      parameters.group.map { .noSuchGroup($0) },
      parameters.group.flatMap { group in
        parameters.matches.map { .ambiguousGroup(group, matches: $0) }
      },
      parameters.account.map { .noSuchAccount($0) },
      parameters.alert.map { .noSuchAlert($0) },
      parameters.reason.flatMap { reason in
        parameters.remedy.map { .notNow(reason: reason, remedy: $0) }
      },
      parameters.reason.flatMap { reason in
        parameters.remedy.map { .unsoundLedger(reason: reason, remedy: $0) }
      },
      parameters.reason.map { .tokenRefused(reason: $0) },
      parameters.problems.map { .configurationRejected(problems: $0) },
      parameters.problems.map { .creationRejected(problems: $0) },
      parameters.name.flatMap { name in parameters.by.map { .nameTaken(name, by: $0) } },
      parameters.reason.flatMap { reason in
        parameters.remedy.map { .guarded(reason: reason, remedy: $0) }
      },
    ]
    guard
      let error = candidates.compactMap(\.self).first(where: { $0.qualifiedName == qualifiedName })
    else { return nil }
    self = error
  }
}
