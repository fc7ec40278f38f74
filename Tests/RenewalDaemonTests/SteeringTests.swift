import Configuration
import ControlProtocol
import Glibc
import RenewalCore
import TestSupport
import Testing
import Varlink

@testable import RenewalDaemon

private let actor = "control uid \(getuid()) pid \(getpid())"

@Suite struct `Steering over the socket` {
  // MARK: Holding

  @Test func `a held group is not paid for until it is released`() throws {
    let daemon = try SteeredDaemon(startsHeld: true)
    daemon.advance(by: .seconds(5))
    let held = try daemon.call(HoldCall(group: "studio", reason: "moves"))
    #expect(held.group.state == .held)
    #expect(
      held.group.hold
        == HoldReport(since: (Sample.now + .seconds(5)).timestamp, reason: "moves", actor: actor))
    daemon.advance(by: SteeredDaemon.pastStartHold)
    daemon.handle()
    #expect(daemon.payments.isEmpty)
    // Who said so, and when, is the ledger's, not the moment's.
    let later = try daemon.call(DescribeCall(group: "aig-1"), on: "status").group
    #expect(later.hold == held.group.hold)

    #expect(try daemon.call(ReleaseCall(group: "aig-1")).group.hold == nil)
    daemon.handle()
    #expect(daemon.payments.map(\.request.group) == ["aig-1"])
  }

  @Test func `a hold ends by itself, and never in the past`() throws {
    let daemon = try SteeredDaemon(startsHeld: true)
    let end = Sample.now + .hours(2)
    _ = try daemon.call(HoldCall(group: "aig-1", until: end.timestamp, reason: "audit"))
    daemon.advance(by: .hours(1))
    #expect(daemon.payments.isEmpty)
    daemon.advance(by: .hours(2))
    #expect(daemon.payments.count == 1)
    let past = HoldCall(group: "aig-1", until: end.timestamp, reason: "audit")
    #expect(try daemon.refusal(of: past) == .invalidParameter("until"))
  }

  @Test(arguments: ["", " \n", String(repeating: "x", count: 501)])
  func `nobody holds or pauses without a reason`(reason: String) throws {
    let daemon = try SteeredDaemon(startsHeld: true)
    let refusal = VarlinkError.invalidParameter("reason")
    #expect(try daemon.refusal(of: HoldCall(group: "aig-1", reason: reason)) == refusal)
    #expect(try daemon.refusal(of: PauseCall(reason: reason)) == refusal)
  }

  @Test func `a pause stops all payments and status says who paused, since when`() throws {
    let daemon = try SteeredDaemon(startsHeld: true)
    daemon.advance(by: .seconds(5))
    _ = try daemon.call(PauseCall(reason: "the bill looks wrong"))
    daemon.advance(by: SteeredDaemon.pastStartHold)
    #expect(daemon.payments.isEmpty)
    #expect(
      try daemon.call(StatusCall(), on: "status").status.pause
        == PauseReport(
          since: (Sample.now + .seconds(5)).timestamp, reason: "the bill looks wrong", actor: actor)
    )
    _ = try daemon.call(ResumeCall())
    daemon.handle()
    #expect(daemon.payments.count == 1)
    #expect(try daemon.call(StatusCall()).status.pause == nil)
  }

  // MARK: Renewing

  @Test func `renew now tells apart what stands before it`() throws {
    let daemon = try SteeredDaemon(startsHeld: true)
    func renew(_ group: String) throws -> RenewNowCall.Reply {
      let reply = try daemon.call(RenewNowCall(group: group))
      daemon.handle()
      return reply
    }
    #expect(try renew("aig-1").outcome == .deferred)
    #expect(try renew("aig-2").outcome == .nothingDue)
    _ = try daemon.call(PauseCall(reason: "audit"))
    let refused = try renew("aig-1")
    #expect(refused.outcome == .refused)
    #expect(refused.reason.contains("audit"))
    #expect(daemon.payments.isEmpty)
    daemon.advance(by: SteeredDaemon.pastStartHold)
    _ = try daemon.call(ResumeCall())
    daemon.handle()
    let unknown = try renew("aig-1")
    #expect(unknown.outcome == .outcomeUnknown)
    #expect(unknown.group.state == .unknown)
    #expect(daemon.payments.count == 1)
    // What changed nothing is not told as if it had.
    let kinds = try daemon.call(HistoryCall(group: "aig-1")).events.map(\.kind)
    #expect(!kinds.contains(LedgerKind.renewalRequested.rawValue))
  }

  @Test func `renew now does not wait for the next try, and asks every check again`() throws {
    let daemon = try SteeredDaemon(startsHeld: true)
    let fault = CloudFault.unreachable("no route")
    daemon.advance(by: SteeredDaemon.pastStartHold - .seconds(2))
    daemon.change { $0.readFault = fault }
    daemon.advance(by: .seconds(3))
    #expect(try daemon.call(DescribeCall(group: "aig-1")).group.state == .held)
    daemon.change { $0.readFault = nil }
    daemon.handle()
    #expect(daemon.payments.isEmpty)
    #expect(try daemon.call(RenewNowCall(group: "aig-1")).outcome == .started)
    daemon.handle()
    #expect(daemon.payments.count == 1)
    let asked = try daemon.call(HistoryCall(group: "aig-1")).events.first {
      $0.kind == LedgerKind.renewalRequested.rawValue
    }
    #expect(asked?.actor == actor)
  }

  @Test func `a refused command loses nothing that its cycle began`() throws {
    let daemon = try SteeredDaemon()
    daemon.change { $0.groups.append(DeliveryGroup(id: "aig-3", expiry: nil)) }
    // The hourly sweep is due, and it is the command that wakes the engine.
    daemon.letTimePass(.hours(2))
    let refusal = try daemon.refusal(of: AcknowledgeCall(alert: 999))
    #expect(refusal?.name == "\(ControlInterface.name).NoSuchAlert")
    daemon.handle()
    #expect(try daemon.call(ListCall()).groups.map(\.id).contains("aig-3"))
  }

  @Test func `the status is of this second, and of what was done a moment ago`() throws {
    let daemon = try SteeredDaemon()
    let first = try daemon.call(StatusCall()).status
    #expect(try daemon.call(StatusCall()).status == first)
    #expect(first.pause == nil)
    _ = try daemon.call(PauseCall(reason: "an inspection"))
    #expect(try daemon.call(StatusCall()).status.pause?.reason == "an inspection")
    _ = try daemon.call(ResumeCall())
    #expect(try daemon.call(StatusCall()).status.pause == nil)
    daemon.letTimePass(.seconds(1))
    #expect(try daemon.call(StatusCall()).status.now.instant == first.now.instant + .seconds(1))
  }

  @Test func `an alert is acknowledged by somebody, at some time, with a note`() throws {
    let daemon = try SteeredDaemon(startsHeld: true)
    daemon.change { $0.readFault = .noCredentials("no key") }
    daemon.advance(by: .hours(2))
    let alert = try #require(try daemon.call(AlertsCall()).alerts.first { $0.kind == "AUTH" })
    #expect(alert.acknowledgedAt == nil)
    _ = try daemon.call(AcknowledgeCall(alert: alert.id, note: "ticket 4711"))
    let acknowledgedAt = daemon.now
    daemon.advance(by: .minutes(30))
    let later = try #require(try daemon.call(AlertsCall()).alerts.first { $0.kind == "AUTH" })
    #expect(later.acknowledgedBy == actor)
    #expect(later.acknowledgedAt == acknowledgedAt.timestamp)
  }
}

@Suite struct `Settling over the socket` {
  @Test func `a doubt ends by the word of a person, once`() throws {
    let daemon = try SteeredDaemon()
    let prepared = try daemon.call(
      PrepareOverrideCall(group: "studio", override: .confirmPaid))
    #expect(prepared.renewal?.group == "aig-1")
    #expect(prepared.renewal?.attempt == 1)
    #expect(prepared.renewal?.quote == Money(minorUnits: 89_900, currency: .cny))
    #expect(prepared.expiresAt == (daemon.now + .minutes(10)).timestamp)
    let confirm = ConfirmOverrideCall(token: prepared.token, order: "221")
    _ = try daemon.call(confirm)
    let renewal = try #require(try daemon.call(LedgerCall()).renewals.first)
    #expect(renewal.state == .settled)
    #expect(renewal.actor == "\(actor): found paid as order 221")
    #expect(try daemon.isTokenRefused(confirm))
    daemon.advance(by: .hours(1))
    #expect(daemon.payments.count == 1)
  }

  @Test func `a token is good for ten minutes`() throws {
    let daemon = try SteeredDaemon()
    let prepared = try daemon.call(
      PrepareOverrideCall(group: "aig-1", override: .confirmNotPaid))
    daemon.change { $0.isSilent = true }
    daemon.letTimePass(.minutes(10))
    let refusal = try daemon.refusal(of: ConfirmOverrideCall(token: prepared.token))
    #expect(refusal?.parameters == ["reason": "it is older than ten minutes"])
    #expect(try daemon.call(StatusCall()).status.openRenewals.map(\.state) == [Term(.unknown)])
  }

  @Test func `a token is void once the renewal has moved on`() throws {
    let daemon = try SteeredDaemon()
    let prepared = try daemon.call(
      PrepareOverrideCall(group: "aig-1", override: .confirmNotPaid))
    daemon.change { $0.groups[0].expiry = Sample.now + .days(36) }
    daemon.advance(by: .minutes(1))
    #expect(try daemon.isTokenRefused(ConfirmOverrideCall(token: prepared.token)))
    #expect(try daemon.call(LedgerCall()).renewals.map(\.state) == [Term(.settled)])
  }

  @Test func `a token that was never given is refused`() throws {
    let daemon = try SteeredDaemon()
    #expect(try daemon.isTokenRefused(ConfirmOverrideCall(token: "")))
    #expect(try daemon.isTokenRefused(ConfirmOverrideCall(token: "nonce-1")))
  }

  @Test func `what may still take effect cannot be called unpaid`() throws {
    let daemon = try SteeredDaemon()
    for word in [PrepareOverrideCall.Override.confirmNotPaid, .retryOnce] {
      let prepared = try daemon.call(PrepareOverrideCall(group: "aig-1", override: word))
      let refusal = try daemon.refusal(of: ConfirmOverrideCall(token: prepared.token))
      #expect(refusal?.name == "\(ControlInterface.name).NotNow")
    }
    #expect(try daemon.call(StatusCall()).status.openRenewals.map(\.state) == [Term(.unknown)])
  }

  @Test func `one more attempt is one`() throws {
    let daemon = try SteeredDaemon()
    daemon.provePaymentLost()
    let prepared = try daemon.call(
      PrepareOverrideCall(group: "aig-1", override: .retryOnce))
    _ = try daemon.call(ConfirmOverrideCall(token: prepared.token))
    daemon.handle()
    #expect(daemon.payments.count == 2)
    daemon.advance(by: .hours(1))
    daemon.advance(by: .hours(1))
    #expect(daemon.payments.count == 2)
    let renewals = try daemon.call(LedgerCall()).renewals
    #expect(renewals.map(\.attempt) == [1, 2])
  }

  @Test func `where nothing is in doubt there is nothing to settle`() throws {
    let daemon = try SteeredDaemon()
    for word in PrepareOverrideCall.Override.allCases {
      let refusal = try daemon.refusal(of: PrepareOverrideCall(group: "aig-2", override: word))
      #expect(refusal?.name == "\(ControlInterface.name).NotNow")
    }
  }
}

@Suite struct `Looking over the socket` {
  @Test(
    arguments: [
      HoldCall(group: "aig-1", reason: "x"), ReleaseCall(group: "aig-1"), PauseCall(reason: "x"),
      ResumeCall(), AcknowledgeCall(alert: 1), RenewNowCall(group: "aig-1"),
      PrepareOverrideCall(group: "aig-1", override: .retryOnce), ConfirmOverrideCall(token: "x"),
      ReloadCall(), ApproveCall(group: "aig-1"), VetoCall(group: "aig-1", reason: "x"),
      BackupCall(), ReadBackupCall(name: "x", offset: 0), VerifyCall(), RestoreCall(file: "/x"),
    ] as [any ControlCall])
  func `readers change nothing`(call: any ControlCall) throws {
    let daemon = try SteeredDaemon(startsHeld: true)
    #expect(try daemon.refusal(of: call, on: "status") == .permissionDenied)
  }

  @Test func `the ledger comes in pages, with the sums of all of them`() throws {
    let daemon = try SteeredDaemon()
    daemon.provePaymentLost()
    let first = try daemon.call(PrepareOverrideCall(group: "aig-1", override: .retryOnce))
    _ = try daemon.call(ConfirmOverrideCall(token: first.token))
    daemon.handle()
    let second = try daemon.call(PrepareOverrideCall(group: "aig-1", override: .confirmPaid))
    _ = try daemon.call(ConfirmOverrideCall(token: second.token))

    var call = LedgerCall(limit: 1)
    var page = try daemon.call(call, on: "status")
    #expect(page.renewals.map(\.state) == [Term(.notEffected)])
    #expect(page.totals == [Money(minorUnits: 89_900, currency: .cny)])
    #expect(page.next != nil)
    call.after = page.next
    page = try daemon.call(call, on: "status")
    #expect(page.renewals.map(\.state) == [Term(.settled)])
    #expect(page.next == nil)

    #expect(try daemon.call(LedgerCall(openOnly: true)).renewals.isEmpty)
    #expect(try daemon.call(LedgerCall(group: "later")).renewals.isEmpty)
    let opened = page.renewals[0].openedAt
    #expect(try daemon.call(LedgerCall(from: opened, to: opened)).renewals.isEmpty)
    #expect(try daemon.call(LedgerCall(from: opened)).renewals.map(\.attempt) == [2])
    #expect(try daemon.call(LedgerCall(to: opened)).renewals.map(\.attempt) == [1])
    #expect(
      try daemon.refusal(of: LedgerCall(account: "other"))?.name
        == "\(ControlInterface.name).NoSuchAccount")
    #expect(try daemon.refusal(of: LedgerCall(after: "x")) == .invalidParameter("after"))
  }

  @Test func `the list comes in pages`() throws {
    let daemon = try SteeredDaemon(startsHeld: true)
    let first = try daemon.call(ListCall(limit: 1), on: "status")
    #expect(first.groups.map(\.id) == ["aig-1"])
    #expect(first.total == 2)
    let second = try daemon.call(ListCall(after: first.next, limit: 1), on: "status")
    #expect(second.groups.map(\.id) == ["aig-2"])
    #expect(second.next == nil)
    #expect(try daemon.refusal(of: ListCall(after: "x")) == .invalidParameter("after"))
  }

  @Test func `a caller is told who he is and which keys there are`() throws {
    let daemon = try SteeredDaemon(startsHeld: true)
    let reply = try daemon.call(WhoAmICall(), on: "status")
    #expect(reply.socket == "status")
    #expect(reply.userId == Int(getuid()))
    #expect(reply.identities.map(\.keyId) == ["yId1"])
  }

  @Test func `who watches sees the state and then each change`() throws {
    let daemon = try SteeredDaemon(startsHeld: true)
    var client = try VarlinkClient(connectingTo: daemon.path("status"))
    var replies: [WatchCall.Reply] = []
    try client.stream(WatchCall.qualifiedMethod, WatchCall(), of: WatchCall.Reply.self) { reply in
      replies.append(reply)
      if replies.count == 1 { _ = try? daemon.call(HoldCall(group: "aig-1", reason: "moves")) }
      return reply.event?.kind != LedgerKind.groupHeld.rawValue
    }
    #expect(replies.first?.status?.mode == Term(.pay))
    #expect(replies.last?.event?.actor == actor)
    #expect(replies.last?.group?.hold?.reason == "moves")
    #expect(try daemon.refusal(of: WatchCall()) == .expectedMore)
  }

  @Test func `what was recorded comes in pages of rows, the newest first`() throws {
    let daemon = try SteeredDaemon(startsHeld: true)
    daemon.advance(by: .hours(5))
    _ = try daemon.call(HoldCall(group: "aig-2", reason: "moves"))
    let all = try daemon.call(EventsCall(limit: 1000), on: "status")
    #expect(all.next == nil)
    #expect(all.events.first?.kind == LedgerKind.groupHeld.rawValue)
    #expect(all.events.map(\.sequence) == Array((1...all.events.count).reversed()))

    var pages: [EventReport] = []
    var call = EventsCall(limit: 3)
    repeat {
      let page = try daemon.call(call, on: "status")
      #expect(page.events.count <= 3)
      pages += page.events
      call.before = page.next
    } while call.before != nil
    #expect(pages == all.events)

    let ofGroup = try daemon.call(EventsCall(group: "later", limit: 1000)).events
    #expect(!ofGroup.isEmpty && ofGroup == all.events.filter { $0.group == "aig-2" })
    let alerts = try daemon.call(EventsCall(alerts: true, limit: 1000)).events
    #expect(alerts == all.events.filter { $0.kind.hasPrefix("alert-") })
    let late = try daemon.call(EventsCall(since: (daemon.now - .minutes(1)).timestamp)).events
    #expect(late.last?.at.instant ?? Instant(0) >= daemon.now - .minutes(1))
    #expect(try daemon.call(EventsCall(account: "other", limit: 1000)).events.isEmpty)
  }

  @Test func `who stops reading while watching is cut off, and nobody waits for him`() throws {
    let daemon = try SteeredDaemon(startsHeld: true)
    var deaf = try VarlinkClient(connectingTo: daemon.path("status"))
    try deaf.stream(WatchCall.qualifiedMethod, WatchCall(), of: WatchCall.Reply.self) { _ in false }
    while !daemon.isWatched { _ = try daemon.call(StatusCall(), on: "status") }
    let reason = String(repeating: "x", count: 500)
    for _ in 0..<10 {
      daemon.tell(
        (1...1000).map {
          LedgerRow(
            sequence: $0, entry: LedgerEntry(.paymentsPaused, at: Sample.now, reason: reason))
        })
    }
    // Five megabytes are more than he may leave unread.
    while daemon.isWatched { _ = try daemon.call(StatusCall(), on: "status") }
    withExtendedLifetime(deaf) {}
  }

  @Test func `a broken configuration changes nothing and its problems are told`() throws {
    let daemon = try SteeredDaemon(startsHeld: true)
    daemon.reloadGives(
      .failure(
        DaemonFailure(code: .configuration, message: "a.toml:1:1: x\na.toml:2:1: y", remedy: "")))
    #expect(
      try daemon.refusal(of: ReloadCall())
        == VarlinkError(
          name: "\(ControlInterface.name).ConfigurationRejected",
          parameters: ["problems": ["a.toml:1:1: x", "a.toml:2:1: y"]]))
    let status = try daemon.call(StatusCall()).status
    #expect(status.mode == .pay)
    #expect(status.configuration?.problem == "a.toml:1:1: x\na.toml:2:1: y")

    var configuration = daemon.configuration()
    configuration.mode = .observe
    daemon.reloadGives(.success(configuration))
    let reply = try daemon.call(ReloadCall())
    #expect(reply.configuration.problem == nil)
    #expect(reply.credentials == "no newer credentials")
    #expect(try daemon.call(StatusCall()).status.mode == .observe)
  }

  @Test func `a group is found by its id or by a name that only it has`() throws {
    let daemon = try SteeredDaemon(startsHeld: true)
    #expect(try daemon.call(DescribeCall(group: "later"), on: "status").group.id == "aig-2")
    daemon.change { $0.groups[1].name = "studio" }
    daemon.advance(by: .hours(2))
    #expect(
      try daemon.refusal(of: DescribeCall(group: "studio"))?.name
        == "\(ControlInterface.name).AmbiguousGroup")
    #expect(
      try daemon.refusal(of: DescribeCall(group: "aig-9"))?.name
        == "\(ControlInterface.name).NoSuchGroup")
  }
}

extension SteeredDaemon {
  /// Waits until a read shows that the one automatic attempt had no effect.
  fileprivate func provePaymentLost() {
    advance(by: Self.pastStartHold)
    advance(by: Self.parameters.pollInterval)
  }

  fileprivate func isTokenRefused(_ call: ConfirmOverrideCall) throws -> Bool {
    try refusal(of: call)?.name == "\(ControlInterface.name).TokenRefused"
  }
}
