import InventoryStore
import RenewalCore

/// From an operator's file to an offer with a price: checks and free questions.
extension RenewalEngine {
  /// Asked at once by so many; each takes reads from the daemon's round.
  private static let draftLimit = 8

  /// Checks a new group and asks the cloud for its price. The answer is the
  /// effect `drafted` with the request's number, of this cycle or a later one.
  package func draft(_ request: CreationRequest, at reading: ClockReading) -> [EngineEffect] {
    cycle(at: reading) { begin(request) }
  }

  private func begin(_ request: CreationRequest) {
    do throws(CreationRefusal) {
      guard accounts[request.account] != nil else {
        throw .guarded("account '\(request.account)' is not configured")
      }
      guard !isStopping, creating.drafts.count < Self.draftLimit else {
        throw .guarded("too much is being asked at the moment")
      }
      // What a type of node carries the cloud knows best; all else can be told
      // before it is asked.
      let type = request.settings["node_pool"]?["node_instance_type"]?.text ?? ""
      var creation = try? check(request, capacities: [type: .max])
      if creation == nil { creation = try check(request, capacities: [:]) }
      guard let creation else { return }
      try refuseNamesakes(of: creation, request)
      creating.drafts[request.number] = CreationDraft(
        request: request, creation: creation, search: NameSearch(creation.name))
      ask(
        .capacity(instanceType: creation.instanceType, region: creation.region),
        of: request.account, for: .draft(request.number))
    } catch {
      effects.append(.drafted(request.number, .failure(error)))
    }
  }

  private func check(
    _ request: CreationRequest, capacities: [String: Int]
  ) throws(CreationRefusal) -> GroupCreation {
    let creation: GroupCreation
    do throws(CreationProblems) {
      creation = try GroupCreation(
        checking: request.settings, today: beijing(now(in: request.account)),
        capacities: capacities)
    } catch { throw .broken(error) }
    guard GroupOrder(creation) != nil else {
      throw .guarded("the cloud names no price for a package, and nothing is ordered without one")
    }
    return creation
  }

  /// The service keeps its days by Beijing's.
  private func beijing(_ instant: Instant) -> CivilDate {
    instant.civil(offset: .hours(8)).date
  }

  /// Before anything is asked: open orders, and groups that are known.
  private func refuseNamesakes(
    of creation: GroupCreation, _ request: CreationRequest
  ) throws(CreationRefusal) {
    if let open = creating.open(named: creation.name) {
      throw .nameTaken(
        creation.name, by: ["an order of \(open.intent.date), which is \(open.state.rawValue)"])
    }
    guard !request.allowsNamesake else { return }
    let known =
      (try? store.read { try $0.groups(named: creation.name, in: request.account) }) ?? []
    let there = known.filter { $0.standing != .gone }
    if !there.isEmpty { throw .nameTaken(creation.name, by: there.map(\.record.latest.id.text)) }
  }

  func draftAnswered(_ number: Int64, _ reply: ReadReply) {
    guard let draft = creating.drafts[number] else { return }
    do throws(CreationRefusal) {
      if let offer = try proceed(draft, reply) {
        creating.drafts[number] = nil
        creating.offers = creating.offers.filter { reading.boot < $0.value.expires }
        creating.offers[offer.token] = offer
        effects.append(.drafted(number, .success(offer)))
      }
    } catch {
      creating.drafts[number] = nil
      effects.append(.drafted(number, .failure(error)))
    }
  }

  private func proceed(
    _ draft: CreationDraft, _ reply: ReadReply
  ) throws(CreationRefusal) -> CreationOffer? {
    var draft = draft
    let request = draft.request
    func ask(_ question: CloudRead) {
      creating.drafts[request.number] = draft
      self.ask(question, of: request.account, for: .draft(request.number))
    }
    switch (draft.step, reply.result) {
    case (.capacity, let result):
      var capacities: [String: Int] = [:]
      if case .success(.capacity(let most?)) = result {
        capacities[draft.creation.instanceType] = most
      }
      draft.creation = try check(request, capacities: capacities)
      draft.step = .namesakes
      if let question = draft.search.question { ask(question) }
    case (.namesakes, .success(let answer)):
      draft.search.consume(answer)
      if let failure = draft.search.failure { throw .unanswered(failure) }
      if let question = draft.search.question {
        ask(question)
      } else if !draft.search.matches.isEmpty, !request.allowsNamesake {
        throw .nameTaken(draft.creation.name, by: draft.search.matches.map(\.id.text))
      } else if let order = GroupOrder(draft.creation) {
        draft.step = .pricing
        ask(.newGroupPrice(order))
      }
    case (.pricing, .success(.newGroupPrice(let quote))): return try offer(draft, quote)
    case (_, .failure(let fault)):
      if case .refused(let refusal) = fault,
        let problems = draft.creation.problems(refusedBy: refusal)
      {
        throw .broken(problems)
      }
      throw .unanswered(fault.summary)
    case (_, .success): throw .unanswered("an answer of another kind")
    }
    return nil
  }

  private func offer(
    _ draft: CreationDraft, _ quote: Quote
  ) throws(CreationRefusal) -> CreationOffer {
    guard let account = accounts[draft.request.account], let order = GroupOrder(draft.creation)
    else { throw .guarded("account '\(draft.request.account)' is not configured any more") }
    // A subscription for nothing is a slip of the cloud's.
    guard quote.price.minorUnits > 0 || draft.creation.chargeType == .postPaid else {
      throw .unanswered("a price of \(quote.price)")
    }
    return CreationOffer(
      token: makeNonce(), account: draft.request.account, creation: draft.creation, order: order,
      quote: quote, namesakes: draft.search.matches.map(\.id),
      expires: boot(after: account.parameters.quoteFreshness),
      obstacle: obstacleToOrdering(in: account)
        ?? (try? store.read {
          try budgetCheck(
            ofOrdering: draft.creation, for: quote.price, in: account.name, $0)
        }).flatMap { $0.passed ? nil : $0 })
  }

  /// What keeps an account from ordering a group now: all that keeps it from a
  /// renewal, and another order that nobody knows the end of yet.
  func obstacleToOrdering(in account: AccountState) -> CheckResult? {
    if let failed = gate(of: account).checks.first(where: { !$0.passed }) { return failed }
    let now = now(in: account.name)
    let open = creating.watches.values.map(\.creation).first { creation in
      creation.intent.account == account.name
        && [.submitted, .unknown, .accepted].contains(creation.state)
        && now < creation.intent.provableFrom(account.parameters) + .hours(1)
    }
    return open.map {
      CheckResult(
        .slotFree, false, input: "'\($0.intent.name)' is \($0.state.rawValue)",
        "one order of a new group at a time")
    }
  }

  /// Only the price was asked for.
  func withdrawOffer(_ token: String) { creating.offers[token] = nil }
}
