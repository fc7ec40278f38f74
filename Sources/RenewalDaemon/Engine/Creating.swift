import InventoryStore
import RenewalCore

/// What an operator asks to be created.
package struct CreationRequest: Hashable, Sendable {
  /// By which the asker knows the answer.
  package var number: Int64
  package var account: AccountName
  /// As in the file; see `GroupCreation`.
  package var settings: [String: SettingValue]
  /// Whether the name may be that of a group that is there already.
  package var allowsNamesake: Bool

  package init(
    number: Int64, account: AccountName, settings: [String: SettingValue],
    allowsNamesake: Bool = false
  ) {
    self.number = number
    self.account = account
    self.settings = settings
    self.allowsNamesake = allowsNamesake
  }
}

/// What would be ordered for how much, and the word that orders it, once.
package struct CreationOffer: Hashable, Sendable {
  package var token: String
  package var account: AccountName
  package var creation: GroupCreation
  package var order: GroupOrder
  package var quote: Quote
  /// Groups that have the name already.
  package var namesakes: [GroupID]
  /// Boot clock, in milliseconds.
  package var expires: Int64
  /// What would keep it from being ordered at this moment.
  package var obstacle: CheckResult?
}

/// Why a group is not offered.
package enum CreationRefusal: Error, Hashable, Sendable {
  case broken(CreationProblems)
  /// By whom: groups, or an order whose outcome is open.
  case nameTaken(String, by: [String])
  case guarded(String)
  /// The cloud did not say what has to be known.
  case unanswered(String)
}

/// What the engine knows of groups that are to be created.
struct Creating {
  /// Nothing of these is durable; a crash forgets them.
  var drafts: [Int64: CreationDraft] = [:]
  var offers: [String: CreationOffer] = [:]
  /// Open orders.
  var watches: [Int64: CreationWatch] = [:]
  /// Recorded, and waiting for the last free answers.
  var pending: [Int64: PendingCreation] = [:]
  /// What could not be recorded when it happened.
  var lateEvents: [Int64: CreationEvent] = [:]

  var nextLook: Int64? { watches.values.compactMap(\.nextLook).min() }

  func open(named name: String) -> Creation? {
    watches.values.first { $0.creation.intent.name == name }?.creation
  }

  /// Calls that are out. An order in doubt does not hold renewals up: whether it
  /// went through decides nothing about them.
  func callsOut(in account: AccountName) -> Int {
    watches.values.filter {
      $0.creation.intent.account == account && $0.creation.state == .submitted
    }.count
  }
}

/// A group on its way to an offer: free questions only.
struct CreationDraft {
  enum Step {
    case capacity
    case namesakes
    case pricing
  }

  var request: CreationRequest
  var creation: GroupCreation
  var step = Step.capacity
  var search: NameSearch
}

/// An order that waits for the price and the list once more.
struct PendingCreation {
  var signed: SignedCreation
  var search: NameSearch
  /// Boot clock after which its date is too old.
  var sendBefore: Int64
}

/// An open order being watched until its group appears or a proof is in.
struct CreationWatch {
  var creation: Creation
  /// How often it was looked at by this process.
  var looks = 0
  /// Boot clock of the next look; `nil` while an answer is awaited.
  var nextLook: Int64?
  var search: NameSearch?
  /// When the walk over the names began, in the cloud's time.
  var seenAt: Instant?
  var purchases: PurchaseSearch?

  init(_ creation: Creation, nextLook: Int64? = nil) {
    self.creation = creation
    self.nextLook = nextLook
  }
}

/// Walks over the groups of one name. The cloud takes a part of a name, and a
/// walk is no snapshot: one that ends before its own total proves nothing.
struct NameSearch {
  /// Pages: more groups than that share no part of a name.
  private static let limit = 100

  let name: String
  private var page = 1
  private var listed: Set<GroupID> = []
  private(set) var matches: [DeliveryGroup] = []
  private(set) var isComplete = false
  /// Why it proves nothing.
  private(set) var failure: String?

  init(_ name: String) { self.name = name }

  /// `nil` when the walk is over.
  var question: CloudRead? {
    isComplete || failure != nil ? nil : .groupsNamed(name, page: page)
  }

  mutating func consume(_ answer: CloudAnswer) {
    guard case .groups(let found) = answer else {
      failure = "an answer of another kind"
      return
    }
    for group in found.groups where listed.insert(group.id).inserted {
      if group.name.isNamed(name) { matches.append(group) }
    }
    page += 1
    isComplete = listed.count >= found.total
    if !isComplete, found.groups.isEmpty || page > Self.limit {
      failure = "only \(listed.count) of \(found.total) groups were listed"
    }
  }

  func matches(beside namesakes: [GroupID]) -> [DeliveryGroup] {
    matches.filter { !namesakes.contains($0.id) }
  }
}

extension String {
  /// Blanks at the ends are the cloud's affair: a group that it has trimmed must
  /// not be taken for another one.
  fileprivate func isNamed(_ name: String) -> Bool {
    self == name
      || split(whereSeparator: \.isWhitespace) == name.split(whereSeparator: \.isWhitespace)
  }
}
