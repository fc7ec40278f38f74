import RenewalCore

/// What the engine knows of one account and does not need to survive a crash.
struct AccountState {
  var settings: AccountSettings
  var clock = ServerClock()
  var hold = StartHold.waiting
  /// What the last answer's date said of the clocks; `nil` before the first.
  var clockVerdict: ServerClock.Verdict?
  /// The last answer's date was the odd one out: what is judged meanwhile is
  /// judged by this machine's clock.
  var isOddAnswer = false
  var sweep: Sweep?
  /// Boot clock of the next sweep.
  var nextSweep: Int64
  var sweepFailures = 0
  /// Walks over all pages that this process has finished.
  var walks = 0
  /// The last complete sweep, in the cloud's time.
  var lastComplete: Instant?
  /// When a renewal settled last, in the cloud's time.
  var lastSettled: Instant?
  /// How many groups this process saw it list; `nil` before.
  var groupCount: Int?
  /// A refusal that only a new configuration or key can cure.
  var blockingRefusal: CloudRefusal?
  /// Groups that are due, nearest expiry first, waiting for a free slot.
  var queue: [QueuedGroup] = []
  var orders = OrderIndex()
  /// Said once that billing does not tell whether the cloud renews by itself.
  var toldUnreadableRenewal = false
  /// What it can still spend, as billing said before the last payment.
  var balance: Money?

  var name: AccountName { settings.name }
  var parameters: ProtocolParameters { settings.parameters }
  /// Why the last answer's date cannot be relied on.
  var clockDoubt: String? { clockVerdict?.doubt }

  /// A difference between the clocks that is worth a person's look, and does
  /// not stop payments yet.
  func skewDoubt(at reading: ClockReading) -> String? {
    guard let server = clock.now(at: reading) else { return nil }
    let skew = reading.wall - server
    return skew.magnitude > parameters.clockAlert ? "this machine's clock is off by \(skew)" : nil
  }
}

struct QueuedGroup: Hashable, Comparable {
  var expiry: Instant
  var key: GroupKey

  static func < (left: QueuedGroup, right: QueuedGroup) -> Bool {
    (left.expiry, left.key) < (right.expiry, right.key)
  }
}

/// Where the walk stands that judges every group again.
enum Review: Equatable {
  case done
  /// The last group that was judged; `nil` before the first.
  case after(GroupKey?)
}

/// One walk over all pages of an account's groups.
struct Sweep {
  var number: Int64
  var page = 1
  var listed: Set<GroupID> = []
}

/// Why a read was sent, and so what its answer is for.
enum ReadPurpose {
  case sweep(AccountName)
  /// With the number of the preparation that asked: an answer that comes after
  /// a reload is not for the one that came with it.
  case preparation(GroupKey, number: Int64)
  /// With the account that was asked: the renewal's own, or its witness.
  case watch(renewal: Int64, of: AccountName)
  /// The last free answer between an intent and its payment.
  case confirmation(renewal: Int64)
  /// A question before an order of a new group may be offered.
  case draft(Int64)
  /// One of the last free answers between that order's intent and its sending.
  case creationConfirmation(Int64)
  case creationWatch(Int64)
}

/// A group on its way to an intent: the free questions before the paid one.
/// Nothing of it is durable; a crash starts it over.
struct Preparation {
  enum Step: Equatable {
    case pricing
    case askingNativeRenewal
    case askingBalance
    case searchingOrders
    /// Last, so that the deciding read is as fresh as can be.
    case reading
  }

  var number: Int64
  var key: RenewalKey
  var rule: RenewalRule
  /// The group as it was known when its price was asked for.
  var priced: DeliveryGroup
  var step = Step.pricing
  var quote: (Quote, at: Instant)?
  var billing = PaymentEvidence.Billing.unavailable
  /// When the balance was read, in the cloud's time.
  var available: (Money, at: Instant)?
  var isRenewedNatively: Bool?
  var search: OrderSearch?
}

/// A recorded payment that waits for one more free answer before it is sent.
struct PendingPayment {
  var account: AccountName
  var payment: SignedPayment
  var rule: RenewalRule
  /// As the deciding read showed it.
  var group: DeliveryGroup
  /// Boot clock after which its date is too old.
  var sendBefore: Int64
}

/// An open renewal being watched until its expiry moves or a proof is in.
struct Watch {
  var renewal: Renewal
  /// How often it was looked at by this process.
  var looks = 0
  /// Boot clock of the next look; `nil` while an answer is awaited.
  var nextLook: Int64?
  var seen: Seen?
  var search: OrderSearch?

  /// The trusted read that is being completed with what billing says.
  struct Seen {
    var expiry: Instant
    var serverTime: Instant
    var requestID: String
  }

  /// Soon at first, for most orders show at once, then at the poll interval, and
  /// the rarer the longer it takes: each wait is at most an eighth of the time
  /// since the intent, or an hour. The first read that can prove something is
  /// never put off.
  ///
  /// - Parameter now: the cloud's time.
  func delay(_ parameters: ProtocolParameters, at now: Instant) -> Span {
    if let early = earlyDelay(after: looks, parameters) { return early }
    let intent = renewal.intent
    let rare = min(Span.seconds((now - intent.date).seconds / 8), Span.hours(1))
    let untilProof = intent.provableFrom(parameters) - now
    let delay = max(parameters.pollInterval, rare)
    return untilProof > .zero ? min(delay, untilProof) : delay
  }
}
/// The first waits of a watch; `nil` when they are used up.
func earlyDelay(after looks: Int, _ parameters: ProtocolParameters) -> Span? {
  let early: [Span] = [.zero, .seconds(2), .seconds(5), .seconds(15), .seconds(60)]
  return looks < early.count ? min(early[looks], parameters.pollInterval) : nil
}

/// What stopped the last try to pay for a key.
struct Obstacle {
  var expiry: Instant
  var check: CheckResult
  /// The cloud answered all that was asked, and the check is about what it said.
  var isAnswered: Bool
  /// Boot clock from which another try may be made.
  var until: Int64
  var tries: Int
}
