import Configuration
import ControlProtocol
import InventoryStore
import RenewalCore
import Varlink

/// Callers that wait for something about a new group.
struct CreationDesk {
  struct Draft {
    var call: PrepareCreationCall
    var file: GroupFile
    var replier: VarlinkReplier
  }

  var drafts: [Int64: Draft] = [:]
  var followers: [Int64: [VarlinkReplier]] = [:]
  var lastNumber: Int64 = 0
}

/// The methods by which the cloud is asked, and a group is ordered.
extension ControlService {
  /// - Returns: whether the method is one of them.
  func create(_ call: VarlinkCall, _ replier: VarlinkReplier) throws -> Bool {
    switch call.method {
    case PrepareCreationCall.qualifiedMethod: try prepare(try call.decode(), replier)
    case ConfirmCreationCall.qualifiedMethod: try confirm(call, replier)
    case OrdersCall.qualifiedMethod: try orders(try call.decode(), replier)
    case AskPricesCall.qualifiedMethod: try askPrices(try call.decode(), replier)
    case SettleCreationCall.qualifiedMethod:
      replier.reply(try settle(try call.decode(), call.actor))
    default: return false
    }
    return true
  }

  /// Looks only: the files of a daemon that does not run have them, too.
  func creations() throws -> CreationsCall.Reply {
    let creations = try engine.store.read { try $0.creations(limit: 1000) }
    return CreationsCall.Reply(creations: creations.map { report($0) })
  }

  private func prepare(_ call: PrepareCreationCall, _ replier: VarlinkReplier) throws {
    let account = try call.account ?? onlyAccount()
    guard engine.accounts[account] != nil else { throw ControlError.noSuchAccount(account) }
    let file = try call.parsed()
    creationDesk.lastNumber += 1
    let number = creationDesk.lastNumber
    creationDesk.drafts[number] = CreationDesk.Draft(call: call, file: file, replier: replier)
    host.draft(
      CreationRequest(
        number: number, account: account, settings: file.settings,
        allowsNamesake: call.sameName ?? false))
  }

  /// The account of a call that names none.
  func onlyAccount() throws -> AccountName {
    let names = configuration.accounts.map(\.name)
    guard names.count == 1 else { throw VarlinkError.invalidParameter("account") }
    return names[0]
  }

  /// Answers who asked.
  func drafted(_ number: Int64, _ result: Result<CreationOffer, CreationRefusal>) {
    guard let draft = creationDesk.drafts.removeValue(forKey: number) else { return }
    do throws(CreationRefusal) {
      draft.replier.reply(reply(try result.get(), to: draft.call))
    } catch {
      draft.replier.fail(ControlError(error, in: draft.file).varlinkError)
    }
  }

  private func reply(
    _ offer: CreationOffer, to call: PrepareCreationCall
  ) -> PrepareCreationCall.Reply {
    let creation = offer.creation
    let settings = creation.settings
    let rule = engine.settings.policy.rule(for: creation.foreseen, of: offer.account)
    let isDryRun = call.dryRun ?? false
    if isDryRun { engine.withdrawOffer(offer.token) }
    let life = Span.seconds((offer.expires - engine.reading.boot) / 1000)
    return PrepareCreationCall.Reply(
      token: isDryRun ? nil : offer.token, expiresAt: (engine.reading.wall + life).timestamp,
      account: offer.account, name: creation.name, region: creation.region,
      chargeType: creation.chargeType.rawValue, period: creation.period.rawValue,
      amount: creation.amount, instanceType: creation.instanceType,
      autoPay: settings["AutoPay"]?.boolean ?? true,
      autoRenew: settings["AutoRenew"]?.boolean ?? false, price: offer.quote.price,
      listPrice: offer.quote.listPrice, promotions: offer.quote.promotions, rule: rule?.name,
      action: rule.map { Term(GroupReport.Action($0.action)) },
      obstacle: offer.obstacle.map(\.reason),
      warnings: warnings(offer, rule))
  }

  private func warnings(_ offer: CreationOffer, _ rule: RenewalRule?) -> [String] {
    var warnings: [String] = []
    let settings = offer.creation.settings
    let isNative = settings["AutoRenew"]?.boolean == true
    if offer.creation.chargeType == .prePaid {
      switch rule?.action {
      case nil: warnings.append("no rule covers the group: it will not be renewed")
      case .lapse?: warnings.append("the rule lets the group expire")
      case .renew? where isNative, .approve? where isNative:
        warnings.append("the cloud would renew the group as well as renewald: choose one payer")
      case .renew?, .approve?, .verify?: break
      }
      if settings["AutoPay"]?.boolean == false {
        warnings.append("without auto_pay an unpaid order is left, and no group until it is paid")
      }
    } else {
      warnings.append("it is paid by use: the price is what the cloud names for the order")
    }
    if !offer.namesakes.isEmpty {
      let ids = offer.namesakes.map(\.text).joined(separator: ", ")
      warnings.append("the name is that of \(ids) already")
    }
    return warnings
  }

  // MARK: Ordering

  private func confirm(_ call: VarlinkCall, _ replier: VarlinkReplier) throws {
    let token = try call.decode(ConfirmCreationCall.self).token
    try operate(.createGroup(token: token), call.actor)
    guard let creation = try engine.store.read({ try $0.creations(limit: 1) }).first else {
      throw ControlError.notNow(
        reason: "the order is not in the ledger", remedy: "renewalctl creations")
    }
    let reply = ConfirmCreationCall.Reply(creation: report(creation))
    guard call.wantsMore, creation.state.isMoving else {
      replier.reply(reply)
      return
    }
    replier.replyContinuing(reply)
    creationDesk.followers[creation.id, default: []].append(replier)
  }

  /// Tells those who wait of what became of their orders.
  func tellOfCreations(_ rows: [LedgerRow]) {
    guard !creationDesk.followers.isEmpty,
      rows.contains(where: { $0.entry.kind == .creationChanged })
    else { return }
    for (id, followers) in creationDesk.followers {
      guard let creation = (try? engine.store.read { try $0.creation(id) }).flatMap({ $0 })
      else { continue }
      let group = creation.group.flatMap { id in
        (try? engine.store.read {
          try $0.group(GroupKey(account: creation.intent.account, group: id))
        }).flatMap { $0 }
      }
      let reply = ConfirmCreationCall.Reply(
        creation: report(creation), group: group.flatMap { try? report($0) })
      for follower in followers {
        if creation.state.isMoving {
          follower.replyContinuing(reply)
        } else {
          follower.reply(reply)
        }
      }
      if !creation.state.isMoving { creationDesk.followers[id] = nil }
    }
  }

  private func settle(
    _ call: SettleCreationCall, _ actor: String
  ) throws -> SettleCreationCall.Reply {
    let id = Int64(call.creation)
    guard let before = try engine.store.read({ try $0.creation(id) }) else {
      throw VarlinkError.invalidParameter("creation")
    }
    guard Term(RenewalReport.State(before.state)) == call.state else {
      throw ControlError.tokenRefused(reason: "the order has changed since")
    }
    let word: CreationWord =
      switch call.outcome {
      case .created: .created
      case .notCreated: .notCreated
      }
    try operate(.settleCreation(id, seen: before.state, word), actor)
    let after = try engine.store.read { try $0.creation(id) } ?? before
    return SettleCreationCall.Reply(creation: report(after))
  }

  private func report(_ creation: Creation) -> CreationReport {
    let intent = creation.intent
    let parameters = engine.accounts[intent.account]?.parameters ?? .withoutBilling
    return CreationReport(
      id: Int(creation.id), account: intent.account, name: intent.name, region: intent.region,
      chargeType: intent.chargeType, period: intent.period.rawValue, amount: intent.amount,
      instanceType: intent.instanceType, autoPay: intent.autoPay, price: intent.quote,
      state: Term(RenewalReport.State(creation.state)), isOpen: creation.state.isOpen,
      openedAt: intent.date.timestamp, since: creation.since.timestamp,
      provableAt: intent.provableFrom(parameters).timestamp, order: creation.order,
      group: creation.group, actor: intent.actor, note: creation.reason)
  }
}

extension PrepareCreationCall {
  func parsed() throws(ControlError) -> GroupFile {
    do throws(ConfigurationError) {
      return try GroupFile(parsing: ConfigurationSource(file: file, text: text))
    } catch {
      throw .creationRejected(problems: error.problems.map(\.description))
    }
  }

  /// What can be said of the file without the cloud.
  func check(at now: Instant) throws(ControlError) {
    let file = try parsed()
    do throws(CreationProblems) {
      _ = try GroupCreation(checking: file.settings, today: now.civil(offset: .hours(8)).date)
    } catch { throw ControlError(.broken(error), in: file) }
  }
}

extension RenewalState {
  /// Whether the next change is a matter of moments.
  fileprivate var isMoving: Bool { self == .submitted || self == .accepted }
}

extension ControlError {
  fileprivate init(_ refusal: CreationRefusal, in file: GroupFile) {
    switch refusal {
    case .broken(let problems):
      self = .creationRejected(problems: file.located(problems).problems.map(\.description))
    case .nameTaken(let name, let by): self = .nameTaken(name, by: by)
    case .guarded(let reason): self = .guarded(reason: reason, remedy: "renewalctl status")
    case .unanswered(let reason):
      self = .notNow(
        reason: "the cloud did not say what has to be known: \(reason)",
        remedy: "renewalctl status")
    }
  }
}
