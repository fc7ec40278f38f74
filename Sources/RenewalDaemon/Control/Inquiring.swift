import ControlProtocol
import InventoryStore
import RenewalCore
import Varlink

/// Free questions to the cloud on behalf of a caller who is curious.
///
/// They are asked one at a time, so many at most, and past the engine: no answer
/// of theirs is evidence for anything, and no decision waits for one.
protocol Inquiry: AnyObject, Sendable {
  var account: AccountName { get }
  /// The next question; `nil` when nothing is left to ask.
  var question: CloudRead? { get }
  func consume(_ reply: ReadReply) throws
  /// Answers the caller.
  func finish() throws
}

extension ControlService {
  /// Callers that are curious at once; each takes questions from the cloud's limit.
  private static let mostInquiries = 2

  func ask(_ inquiry: any Inquiry, _ replier: VarlinkReplier) throws {
    guard inquiries < Self.mostInquiries else {
      throw ControlError.notNow(
        reason: "others are asking the cloud at the moment", remedy: "the same again in a while")
    }
    inquiries += 1
    pursue(inquiry) { [self] result in
      inquiries -= 1
      answering(replier) {
        try result.get()
        try inquiry.finish()
      }
    }
  }

  /// Asks until nothing is left to ask, or an answer ends it.
  func pursue(
    _ inquiry: any Inquiry, then done: @escaping @Sendable (Result<Void, any Error>) -> Void
  ) {
    guard let question = inquiry.question else { return done(.success(())) }
    host.ask(question, of: inquiry.account) { [self] reply in
      turns.take { [self] in
        do { try inquiry.consume(reply) } catch { return done(.failure(error)) }
        pursue(inquiry, then: done)
      }
    }
  }

  // MARK: Orders

  func orders(_ call: OrdersCall, _ replier: VarlinkReplier) throws {
    let name = try call.account ?? onlyAccount()
    guard let account = engine.accounts[name] else { throw ControlError.noSuchAccount(name) }
    guard account.settings.readsBilling else {
      throw ControlError.notNow(
        reason: "account '\(name)' does not read billing, which alone knows its orders",
        remedy: "billing = true in its [[account]], with a key that may")
    }
    let zone = engine.settings.policy.zone
    guard
      let month = call.month.map({ CalendarMonth($0) })
        ?? CalendarMonth(of: engine.now(in: name), in: zone)
    else { throw VarlinkError.invalidParameter("month") }
    let report = MonthReport(month, in: zone)
    let created = try engine.store.read { try $0.creations(limit: 1000) }.filter {
      $0.intent.account == name && $0.intent.chargeType == ChargeType.prePaid.rawValue
        && $0.intent.date >= report.from.instant && $0.intent.date < report.to.instant
    }
    try ask(
      OrderInquiry(name, report, created) { orders in
        replier.reply(OrdersCall.Reply(account: name, month: report, orders: orders))
      }, replier)
  }

  // MARK: Prices

  /// What the next renewals cost, as the cloud says now.
  func askPrices(_ call: AskPricesCall, _ replier: VarlinkReplier) throws {
    let now = engine.now
    let until = try horizon(call.until, from: now)
    var wanted: [AccountName: [(GroupKey, BillingPeriod)]] = [:]
    run(
      Projection(
        ProjectionRules(engine.settings), bounds: .none, from: now, until: until,
        step: { [engine] step in
          guard case .pays = step.outcome, let rule = step.rule else { return }
          let key = step.record.key
          let isKnown = engine.quotes[key].map { quote in
            quote.period == rule.period && (quote.seenAt.map { now - $0 <= .hours(1) } ?? false)
          }
          if isKnown != true, wanted[key.account]?.contains(where: { $0.0 == key }) != true {
            wanted[key.account, default: []].append((key, rule.period))
          }
        },
        finish: { [self] in
          let all = wanted.sorted { $0.key < $1.key }.flatMap(\.value)
          try ask(
            PriceInquiry(Array(all.prefix(PriceInquiry.limit)), engine) { told, problem in
              replier.reply(
                AskPricesCall.Reply(asked: told, remaining: all.count - told, problem: problem))
            }, replier)
        }), replier)
  }
}

/// The renewal orders of an account in a month, and the orders of groups that were
/// created here, with the groups that they are for.
final class OrderInquiry: Inquiry, @unchecked Sendable {
  /// More orders than this are beyond what can be asked for one by one.
  static let limit = 500

  let account: AccountName
  private let month: MonthReport
  /// Of subscriptions, in the month.
  private let created: [Creation]
  private let done: ([OrderReport]) -> Void
  /// What is listed: renewals, then what is new.
  private var isListingNew = false
  private var page = 1
  private var listed: [OrderID: OrderSummary] = [:]
  /// Of the lists that are whole.
  private var wanted: [(order: OrderSummary, type: String)] = []
  /// `nil` until both lists are.
  private var unresolved: [(order: OrderSummary, type: String)]?
  private var reports: [OrderReport] = []

  init(
    _ account: AccountName, _ month: MonthReport, _ created: [Creation],
    done: @escaping ([OrderReport]) -> Void
  ) {
    self.account = account
    self.month = month
    self.created = created
    self.done = done
  }

  var question: CloudRead? {
    if let unresolved { return unresolved.last.map { .order($0.order.id) } }
    let dates = created.map(\.intent.date)
    if isListingNew, let first = dates.min(), let last = dates.max() {
      // An account buys much else: only around what was ordered here.
      return .newOrders(from: first - .minutes(1), to: last + .hours(1), page: page)
    }
    return .renewalOrders(from: month.from.instant, to: month.to.instant, page: page)
  }

  func consume(_ reply: ReadReply) throws {
    switch (unresolved, reply.result) {
    case (nil, .success(.renewalOrders(let found))):
      for order in found.orders { listed[order.id] = order }
      page += 1
      guard max(listed.count, found.total) <= Self.limit else {
        throw ControlError.notNow(
          reason: "the account has more than \(Self.limit) "
            + "\(isListingNew ? "purchases" : "renewal orders") in \(month.name)",
          remedy: "compare with the bill that the console exports")
      }
      if listed.count >= found.total {
        endList()
      } else if found.orders.isEmpty {
        throw ControlError.notNow(
          reason: "the cloud listed only \(listed.count) of \(found.total) orders",
          remedy: "the same again in a while")
      }
    case (_?, .success(.order(let lines))):
      guard let (order, type) = unresolved?.popLast() else { return }
      let own = lines.filter { $0.id == order.id }
      reports.append(
        OrderReport(
          order: order.id, status: order.status.text, createdAt: order.created?.timestamp,
          amount: order.amount ?? lines.amount(of: order.id),
          groups: own.flatMap(\.instances).map { GroupID($0) }, type: type))
    case (_, .failure(let fault)):
      throw ControlError.notNow(
        reason: "the cloud did not answer: \(fault.summary)", remedy: "renewalctl status")
    case (_, .success):
      throw ControlError.notNow(
        reason: "the cloud gave an answer of another kind", remedy: "renewalctl status")
    }
  }

  private func endList() {
    wanted += listed.values.filter { !isListingNew || isOurs($0) }
      .map { ($0, isListingNew ? OrderReport.newType : OrderReport.renewalType) }
    (page, listed) = (1, [:])
    guard isListingNew || created.isEmpty else {
      isListingNew = true
      return
    }
    let start = month.from.instant
    unresolved = wanted.sorted {
      ($1.order.created ?? start, $1.order.id.text) < ($0.order.created ?? start, $0.order.id.text)
    }
  }

  /// By its number, or by its time where an answer with the number was lost.
  private func isOurs(_ order: OrderSummary) -> Bool {
    created.contains { creation in
      guard creation.order == nil else { return creation.order == order.id }
      guard let time = order.created, creation.state.isOpen || creation.state == .settled
      else { return false }
      return time >= creation.intent.date - .minutes(1)
        && time <= creation.intent.date + .hours(1)
    }
  }

  func finish() {
    // The window of the list includes its end, which is the next month's.
    done(reports.filter { $0.createdAt.map { $0 < month.to } ?? true })
  }
}

/// Prices of renewals, which the plan then shows.
final class PriceInquiry: Inquiry, @unchecked Sendable {
  /// In one call; at the pace that the cloud allows some ten seconds.
  static let limit = 200

  private var open: [(key: GroupKey, period: BillingPeriod)]
  private let engine: RenewalEngine
  private let done: (_ told: Int, _ problem: String?) -> Void
  private var told = 0
  private var problem: String?

  init(
    _ wanted: [(GroupKey, BillingPeriod)], _ engine: RenewalEngine,
    done: @escaping (_ told: Int, _ problem: String?) -> Void
  ) {
    open = wanted.reversed()
    self.engine = engine
    self.done = done
  }

  var account: AccountName { open.last?.key.account ?? "" }
  var question: CloudRead? { open.last.map { .renewalPrice($0.key.group, $0.period) } }

  /// A price that the cloud does not tell is missing; the others are asked for.
  func consume(_ reply: ReadReply) {
    guard let (key, period) = open.popLast() else { return }
    switch reply.result {
    case .success(.renewalPrice(let quote)):
      engine.quotes[key] = KnownPrice(
        period: period, price: quote.price, seenAt: reply.serverTime ?? engine.now)
      told += 1
    case .failure(let fault): problem = "\(key.group): \(fault.summary)"
    case .success: problem = "\(key.group): an answer of another kind"
    }
  }

  func finish() { done(told, problem) }
}
