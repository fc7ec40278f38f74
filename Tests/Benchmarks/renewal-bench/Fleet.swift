import InventoryStore
import RenewalCore
import RenewalDaemon

/// An inventory of any size, told to the daemon's own engine page by page as a
/// sweep would tell it, and kept in a real SQLite file.
///
/// Group number n is due at `firstDue` plus one second for each ten groups: in any
/// second ten groups come due, however large the fleet is.
final class Fleet {
  static let account: AccountName = "bench"
  static let leadTime = Span.days(7)

  let groups: Int
  let engine: RenewalEngine
  let firstDue: Instant
  private(set) var reading: ClockReading
  /// Questions that wait for their answers, oldest first.
  private(set) var questions: [(id: ReadID, read: CloudRead)] = []

  /// - Parameters:
  ///   - directory: holds the inventory, which is made if it is missing.
  ///   - start: when the inventory began, two days before the first group is due.
  init(
    directory: String, groups: Int, from start: Instant, sweepInterval: Span = .days(30)
  ) throws {
    self.groups = groups
    firstDue = start + .days(2)
    reading = ClockReading(wall: start, boot: 1_000_000)
    let store = try InventoryStore(
      path: directory + "/inventory.sqlite",
      sidecar: try SidecarFile(path: directory + "/sidecar.log"),
      identity: FileSystemIdentity(), now: start)
    let settings = EngineSettings(
      mode: .pay,
      policy: RenewalPolicy(rules: [
        RenewalRule(
          name: "all", match: GroupMatcher(names: ["*"]), action: .renew, period: .oneMonth,
          leadTime: Fleet.leadTime, maximumPrice: nil)
      ]),
      accounts: [
        AccountSettings(
          name: Fleet.account, parameters: .withBilling, readsBilling: true, hasPayer: true)
      ],
      sweepInterval: sweepInterval)
    var nonce = 0
    engine = RenewalEngine(
      store: store, settings: settings, anchor: NoAnchor(), signer: PlainSigner(),
      bootID: "bench"
    ) {
      nonce += 1
      return "nonce-\(nonce)"
    }
  }

  func tell(_ event: EngineEvent) {
    for effect in engine.handle(event, at: reading) {
      if case .read(let id, _, let read) = effect { questions.append((id, read)) }
    }
  }

  func advance(_ span: Span) {
    reading.wall = reading.wall + span
    reading.boot += span.seconds * 1000
  }

  /// Answers the oldest question about a page of groups.
  ///
  /// - Returns: whether there was one.
  func answerPage() -> Bool {
    guard let index = questions.firstIndex(where: { $0.read.isPage }),
      case .groups(let page) = questions[index].read
    else { return false }
    let question = questions.remove(at: index)
    let first = (page - 1) * 100
    let rows = (first..<min(groups, first + 100)).map { group($0) }
    tell(
      .readReplied(
        question.id,
        ReadReply(
          .success(.groups(GroupPage(groups: rows, page: page, total: groups))),
          serverTime: reading.wall, requestID: "bench")))
    return true
  }

  private func group(_ number: Int) -> DeliveryGroup {
    let dueAt = firstDue + .seconds(Int64(number / 10))
    let text = String(number)
    return DeliveryGroup(
      id: GroupID("aig-" + String(repeating: "0", count: 9 - text.count) + text),
      name: "studio-\(number)", region: "cn-shanghai",
      instanceType: "appstreaming.vgpu.8c16g.4g", nodeAmount: 1, expiry: dueAt + Self.leadTime,
      tags: ["env": number % 2 == 0 ? "prod" : "stage"])
  }
}

extension CloudRead {
  fileprivate var isPage: Bool { if case .groups = self { true } else { false } }
}

private final class NoAnchor: AnchorKeeping {
  func load() -> RuntimeAnchor? { nil }
  func save(_ anchor: RuntimeAnchor) {}
}

private final class PlainSigner: PaymentSigning {
  func sign(
    _ request: RenewalRequest, for account: AccountName, nonce: String, date: Instant
  ) -> SignedPayment {
    SignedPayment(request: request, nonce: nonce, date: date, hash: nonce)
  }
}
