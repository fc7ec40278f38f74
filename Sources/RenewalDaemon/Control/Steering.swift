import ControlProtocol
import InventoryStore
import RenewalCore
import Varlink

/// The methods that change something. The socket has decided by now that the
/// caller may; who he is goes into the ledger.
extension ControlService {
  /// - Returns: whether the method is one of them.
  func steer(_ call: VarlinkCall, _ replier: VarlinkReplier) throws -> Bool {
    let actor = call.actor
    switch call.method {
    case HoldCall.qualifiedMethod: replier.reply(try hold(try call.decode(), actor))
    case ReleaseCall.qualifiedMethod: replier.reply(try release(try call.decode(), actor))
    case PauseCall.qualifiedMethod:
      let reason = try said(try call.decode(PauseCall.self).reason)
      try operate(.pause(reason), actor)
      replier.reply()
    case ResumeCall.qualifiedMethod:
      if engine.pauseReason != nil { try operate(.resume, actor) }
      replier.reply()
    case AcknowledgeCall.qualifiedMethod:
      try acknowledge(try call.decode(), actor)
      replier.reply()
    case RenewNowCall.qualifiedMethod: replier.reply(try renewNow(try call.decode(), actor))
    case ApproveCall.qualifiedMethod: replier.reply(try approve(try call.decode(), actor))
    case VetoCall.qualifiedMethod: replier.reply(try veto(try call.decode(), actor))
    case LiftFuseCall.qualifiedMethod:
      try liftFuse(try call.decode(), actor)
      replier.reply()
    case PrepareOverrideCall.qualifiedMethod:
      replier.reply(try prepareOverride(try call.decode()))
    case ConfirmOverrideCall.qualifiedMethod:
      replier.reply(try confirmOverride(try call.decode(), actor))
    case ReloadCall.qualifiedMethod: replier.reply(try reload())
    default: return false
    }
    return true
  }

  func operate(_ command: OperatorCommand, _ actor: String) throws(ControlError) {
    do throws(OperatorRefusal) {
      try host.operate(command, actor: actor)
    } catch { throw ControlError(error) }
  }

  /// Words for those who come after.
  ///
  /// - Throws: `InvalidParameter` for none, or more than 500 characters.
  private func said(_ words: String, as parameter: String = "reason") throws(VarlinkError)
    -> String
  {
    guard words.contains(where: { !$0.isWhitespace }), words.count <= 500 else {
      throw .invalidParameter(parameter)
    }
    return words
  }

  // MARK: Holding

  private func hold(_ call: HoldCall, _ actor: String) throws -> HoldCall.Reply {
    let key = try find(call.group, in: call.account).record.key
    let until = call.until?.instant
    if let until, until <= engine.now(in: key.account) {
      throw VarlinkError.invalidParameter("until")
    }
    try operate(.hold(key, Hold(until: until, reason: try said(call.reason))), actor)
    return HoldCall.Reply(group: try report(key))
  }

  private func release(_ call: ReleaseCall, _ actor: String) throws -> ReleaseCall.Reply {
    let row = try find(call.group, in: call.account)
    let key = row.record.key
    let situation = try engine.store.read { try engine.situation(of: row, $0) }
    if situation.record.hold != nil || situation.deliberation?.veto != nil {
      try operate(.release(key), actor)
    }
    return ReleaseCall.Reply(group: try report(key))
  }

  private func approve(_ call: ApproveCall, _ actor: String) throws -> ApproveCall.Reply {
    let key = try find(call.group, in: call.account).record.key
    let reason = try said(call.reason ?? "approved")
    guard let price = call.price else { throw VarlinkError.invalidParameter("price") }
    try operate(.approve(key, seen: price, reason: reason), actor)
    return ApproveCall.Reply(group: try report(key))
  }

  private func veto(_ call: VetoCall, _ actor: String) throws -> VetoCall.Reply {
    let key = try find(call.group, in: call.account).record.key
    try operate(.veto(key, reason: try said(call.reason)), actor)
    // The last answer before a payment takes the veto into account.
    let open = try engine.store.read { try $0.openRenewal(of: key) }.flatMap { open in
      engine.pendingPayments[open.id] == nil ? open : nil
    }
    return VetoCall.Reply(
      group: try report(key),
      note: open.map {
        "renewal \($0.id) is \($0.state.rawValue): its request has left and may still take "
          + "effect; nothing follows it for this expiry"
      })
  }

  private func liftFuse(_ call: LiftFuseCall, _ actor: String) throws {
    guard let name = FuseName(rawValue: call.fuse) else {
      throw VarlinkError.invalidParameter("fuse")
    }
    try operate(.liftFuse(name, reason: try said(call.reason)), actor)
  }

  private func acknowledge(_ call: AcknowledgeCall, _ actor: String) throws {
    let note = try call.note.map { (note) throws(VarlinkError) in try said(note, as: "note") }
    try operate(.acknowledge(Int64(call.alert), note: note), actor)
  }

  private func report(_ key: GroupKey) throws -> GroupReport {
    guard let row = try engine.store.read({ try $0.group(key) }) else {
      throw ControlError.noSuchGroup(key.description)
    }
    return try report(row)
  }

  // MARK: Renewing

  private func renewNow(_ call: RenewNowCall, _ actor: String) throws -> RenewNowCall.Reply {
    let key = try find(call.group, in: call.account).record.key
    var answer = try whatStandsBefore(key)
    if answer == nil || engine.accounts[key.account]?.blockingRefusal != nil {
      try operate(.renewNow(key), actor)
      answer = try whatStandsBefore(key)
    }
    let (outcome, reason) =
      answer
      ?? (engine.preparations[key] != nil
        ? (.started, "its price and expiry are being asked; it is paid if every check passes")
        : (.deferred, "other renewals of the account come first; it follows by itself"))
    return RenewNowCall.Reply(group: try report(key), outcome: Term(outcome), reason: reason)
  }

  /// What keeps a group from being renewed at once, beside what only the cloud
  /// can tell; `nil` where nothing does.
  private func whatStandsBefore(_ key: GroupKey) throws -> (RenewNowCall.Outcome, String)? {
    guard let account = engine.accounts[key.account],
      let situation = try engine.store.read({ reader in
        try reader.group(key).map { try engine.situation(of: $0, reader) }
      })
    else { return (.refused, "account '\(key.account)' is not configured") }
    if let open = situation.open {
      let reason = "attempt \(open.intent.attempt) is \(open.state.rawValue) since \(open.since)"
      switch open.state {
      case .submitted, .accepted: return (.started, reason)
      default: return (.outcomeUnknown, reason)
      }
    }
    let checks =
      situation.groupChecks(at: engine.now(in: key.account), parameters: account.parameters)
      + engine.gate(of: account).checks
    guard let failed = checks.first(where: { !$0.passed && $0.check != .slotFree }) else {
      return nil
    }
    let reason =
      "check \(failed.check.rawValue) has to pass: \(failed.sentence); it saw: \(failed.input)"
    switch failed.check {
    case .isSubscription, .isDue: return (.nothingDue, reason)
    case .startHoldOver: return (.deferred, reason)
    default: return (.refused, reason)
    }
  }

  // MARK: Settling

  private func prepareOverride(_ call: PrepareOverrideCall) throws -> PrepareOverrideCall.Reply {
    let row = try find(call.group, in: call.account)
    let reading = engine.reading
    let offer: OverrideOffer
    do throws(OperatorRefusal) {
      offer = try engine.prepareOverride(of: row.record.key, at: reading)
    } catch { throw ControlError(error) }
    let decision = OverrideDecision(call.override)
    let isBehind = row.record.latest.expiry != row.record.maximumExpiry
    if decision == .acceptExpiry, offer.renewal != nil || !isBehind {
      throw ControlError.notNow(
        reason: isBehind
          ? "a renewal of \(row.record.key) is open" : "no later expiry was ever seen",
        remedy: "renewalctl show \(row.record.latest.id)")
    }
    // Where nothing is open, there is still another attempt to be granted.
    let attempts = try engine.store.read { try $0.attempts(for: offer.key) }
    let renewal = offer.renewal ?? (decision == .retryOnce ? attempts.last : nil)
    guard renewal != nil || decision == .acceptExpiry else {
      throw ControlError.notNow(
        reason: "no renewal of \(row.record.key) is in doubt",
        remedy: "renewalctl show \(row.record.latest.id)")
    }
    prepared = prepared.filter { engine.offers[$0.key] != nil }
    prepared[offer.token] = decision
    return PrepareOverrideCall.Reply(
      token: offer.token,
      expiresAt: (reading.wall + .seconds((offer.expires - reading.boot) / 1000)).timestamp,
      renewal: try renewal.map { renewal in
        report(renewal, try engine.store.read { try $0.ledger(of: renewal) })
      }, group: try report(row),
      sentence: sentence(decision, isOpen: offer.renewal != nil))
  }

  private func sentence(_ decision: OverrideDecision, isOpen: Bool) -> String {
    switch decision {
    case .confirmPaid:
      "it is recorded as paid, and nothing more is paid for this expiry"
    case .confirmNotPaid:
      "it is recorded as not paid, and the group may be paid for again"
    case .retryOnce:
      (isOpen ? "it is recorded as not paid, and " : "")
        + "one more attempt may be paid for, beyond the automatic ones"
    case .acceptExpiry:
      "its expiry is taken for true although a later one was seen, and the group may be "
        + "paid for again from there"
    }
  }

  private func confirmOverride(
    _ call: ConfirmOverrideCall, _ actor: String
  ) throws -> ConfirmOverrideCall.Reply {
    guard let decision = prepared.removeValue(forKey: call.token),
      let key = engine.offers[call.token]?.key.subject
    else { throw ControlError.tokenRefused(reason: "it is unknown or was used") }
    guard call.order == nil || decision == .confirmPaid else {
      throw VarlinkError.invalidParameter("order")
    }
    let given = try call.reason.map { (reason) throws(VarlinkError) in try said(reason) }
    guard given != nil || decision != .acceptExpiry else {
      throw VarlinkError.invalidParameter("reason")
    }
    let reason =
      given ?? call.order.map { "found paid as order \($0)" } ?? "after a look at the console"
    try operate(.override(decision, token: call.token, reason: reason), actor)
    return ConfirmOverrideCall.Reply(group: try report(key))
  }

  // MARK: The daemon

  private func reload() throws -> ReloadCall.Reply {
    do throws(DaemonFailure) { try host.reload() } catch {
      throw ControlError.configurationRejected(
        problems: error.message.split(separator: "\n").map(String.init))
    }
    return ReloadCall.Reply(
      configuration: configurationReport, credentials: host.credentialsNote)
  }
}

extension VarlinkCall {
  /// For the ledger: on which socket, and who.
  var actor: String { "\(caller.socket) uid \(caller.peer.userID) pid \(caller.peer.processID)" }
}

extension ControlError {
  fileprivate init(_ refusal: OperatorRefusal) {
    switch refusal {
    case .noSuchGroup(let key): self = .noSuchGroup(key.description)
    case .noSuchAlert(let id): self = .noSuchAlert(Int(id))
    case .tokenRefused(let reason): self = .tokenRefused(reason: reason)
    case .notNow(let reason): self = .notNow(reason: reason, remedy: "renewalctl status")
    case .guarded(let reason): self = .guarded(reason: reason, remedy: "renewalctl status")
    }
  }
}

extension OverrideDecision {
  fileprivate init(_ word: PrepareOverrideCall.Override) {
    self =
      switch word {
      case .confirmPaid: .confirmPaid
      case .confirmNotPaid: .confirmNotPaid
      case .retryOnce: .retryOnce
      case .acceptExpiry: .acceptExpiry
      }
  }
}
