/// How far the daemon may go. A fresh installation observes.
package enum Mode: String, Hashable, Sendable, CaseIterable {
  /// Reads and alerts.
  case observe
  /// Also asks for quotes and says what it would pay.
  case plan
  case pay
}

/// What decides, beside the group itself, whether an account may pay now.
package struct PaymentGate: Hashable, Sendable {
  package var mode: Mode
  /// The operator's reason, while all payments are paused.
  package var paused: String?
  /// Alerts that stand and stop all payments.
  package var stoppingAlerts: [AlertKind]
  /// A failed write: no intent can be trusted to the disk.
  package var storageFault: String?
  /// Why the cloud's clock cannot be relied on.
  package var clockDoubt: String?
  /// The cloud's time, once an answer brought it.
  package var serverNow: Instant?
  package var startHold: StartHold
  package var hasPayer: Bool
  /// Calls without a known outcome in this account.
  package var openCalls: Int
  /// 1 until the first renewal of the day has settled, then more.
  package var callLimit: Int
  package var blownFuse: BlownFuse?
  /// Why the keys at hand are not those of the account that the ledger is about.
  package var foreignKey: String?

  package init(
    mode: Mode, paused: String? = nil, stoppingAlerts: [AlertKind] = [],
    storageFault: String? = nil, clockDoubt: String? = nil, serverNow: Instant?,
    startHold: StartHold, hasPayer: Bool, openCalls: Int, callLimit: Int,
    blownFuse: BlownFuse? = nil, foreignKey: String? = nil
  ) {
    self.mode = mode
    self.paused = paused
    self.stoppingAlerts = stoppingAlerts
    self.storageFault = storageFault
    self.clockDoubt = clockDoubt
    self.serverNow = serverNow
    self.startHold = startHold
    self.hasPayer = hasPayer
    self.openCalls = openCalls
    self.callLimit = callLimit
    self.blownFuse = blownFuse
    self.foreignKey = foreignKey
  }

  /// Checks 20 to 29.
  package var checks: [CheckResult] {
    [
      CheckResult(
        .modePays, mode == .pay, input: mode.rawValue, "the configuration must say mode = \"pay\""),
      CheckResult(
        .notPaused, paused == nil, input: paused ?? "not paused", "no operator paused payments"),
      CheckResult(
        .noAlertStops, stoppingAlerts.isEmpty,
        input: stoppingAlerts.map(\.rawValue).joined(separator: " "),
        "no alert that stops payments may stand"),
      CheckResult(
        .storageSound, storageFault == nil, input: storageFault ?? "sound",
        "the ledger must be able to record an intent durably"),
      CheckResult(
        .clockTrusted, clockDoubt == nil && serverNow != nil,
        input: clockDoubt ?? serverNow?.description ?? "no answer yet",
        "the cloud's clock must be known and agree with this machine's"),
      CheckResult(
        .startHoldOver, serverNow.map { startHold.isOver(at: $0) } ?? false, input: holdText,
        "after a start nothing is paid until older requests can no longer take effect"),
      CheckResult(
        .payerPresent, hasPayer, input: hasPayer ? "present" : "missing",
        "a paying credential must be configured"),
      CheckResult(
        .slotFree, openCalls < callLimit, input: "\(openCalls) of \(callLimit) open",
        "one paid call at a time until the first of the day has settled"),
      CheckResult(
        .fusesWhole, blownFuse == nil,
        input: blownFuse.map { "\($0.name.rawValue) since \($0.at): \($0.reason)" } ?? "whole",
        "no fuse may be blown; renewalctl lift-fuse lifts it"),
      CheckResult(
        .accountSame, foreignKey == nil, input: foreignKey ?? "the same, as far as is known",
        "the keys must belong to the account that the ledger is about"),
    ]
  }

  private var holdText: String {
    switch startHold {
    case .waiting: "waiting for the first answer"
    case .until(let end): "until \(end)"
    case .none: "none"
    }
  }
}

/// What was asked of the cloud for this very payment.
package struct PaymentEvidence: Hashable, Sendable {
  package var readExpiry: Instant?
  /// The cloud's time of the deciding read.
  package var readAt: Instant
  package var quote: Quote
  package var quotedAt: Instant
  package var billing: Billing
  /// Whether the cloud renews the group by itself; `nil` where the key may not ask.
  package var isRenewedNatively: Bool?

  package enum Billing: Hashable, Sendable {
    /// The key may not read billing.
    case unavailable
    case clean
    /// Something that speaks against paying, or that could not be found out.
    case doubt(String)
  }

  package init(
    readExpiry: Instant?, readAt: Instant, quote: Quote, quotedAt: Instant, billing: Billing,
    isRenewedNatively: Bool? = nil
  ) {
    self.readExpiry = readExpiry
    self.readAt = readAt
    self.quote = quote
    self.quotedAt = quotedAt
    self.billing = billing
    self.isRenewedNatively = isRenewedNatively
  }

  /// Checks 40 to 43 and 48.
  package func checks(
    for situation: GroupSituation, at now: Instant, parameters: ProtocolParameters
  ) -> [CheckResult] {
    let readAge = now - readAt
    let quoteAge = now - quotedAt
    let agrees = readExpiry != nil && readExpiry == situation.record.maximumExpiry
    return [
      CheckResult(
        .readFresh, agrees && readAge <= parameters.readFreshness && readAge >= .zero - .seconds(5),
        input: "read \(readAge) ago: \(readExpiry?.description ?? "no expiry")",
        "a read of this moment must show the highest expiry"),
      CheckResult(
        .quoteFresh, quoteAge <= parameters.quoteFreshness, input: "quoted \(quoteAge) ago",
        "the price must be of this moment"),
      CheckResult(
        .priceAllowed, isAllowed(situation.rule),
        input: "\(quote.price), \(limits(situation.rule))",
        "the price must be above zero, in the rule's currency and within its maximum"),
      billingCheck,
      CheckResult(
        .notRenewedNatively, isRenewedNatively != true,
        input: isRenewedNatively.map { $0 ? "RenewStatus AutoRenewal" : "no" } ?? "not readable",
        "the cloud may not renew the group by itself: choose one payer"),
    ]
  }

  private func isAllowed(_ rule: RenewalRule?) -> Bool {
    guard quote.price.minorUnits > 0 else { return false }
    if let currency = rule?.currency, quote.price.currency != currency { return false }
    guard let maximum = rule?.maximumPrice else { return true }
    return quote.price.currency == maximum.currency
      && quote.price.minorUnits <= maximum.minorUnits
  }

  private func limits(_ rule: RenewalRule?) -> String {
    if let maximum = rule?.maximumPrice { return "at most \(maximum)" }
    return rule?.currency.map { "unlimited in \($0)" } ?? "unlimited"
  }

  private var billingCheck: CheckResult {
    switch billing {
    case .unavailable:
      CheckResult(
        .billingClean, true, input: "not readable", "billing is not read: the long quarantine holds"
      )
    case .clean:
      CheckResult(.billingClean, true, input: "clean", "no other order for the group is pending")
    case .doubt(let reason):
      CheckResult(.billingClean, false, input: reason, "billing speaks against paying now")
    }
  }
}
