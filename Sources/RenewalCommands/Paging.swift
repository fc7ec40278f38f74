import ControlProtocol

/// A call that is answered a page at a time.
protocol PagedCall: ControlCall where Reply: PagedReply {
  /// The next of the page before.
  var after: String? { get set }
}

protocol PagedReply {
  /// Null on the last page.
  var next: String? { get set }
  /// Takes over what another page lists.
  mutating func append(_ page: Self)
}

extension PagedCall {
  /// All pages, in one.
  ///
  /// - Parameter ask: makes one call.
  func allPages(
    _ ask: (Self) throws(CommandFailure) -> Reply
  ) throws(CommandFailure) -> Reply {
    var call = self
    var reply = try ask(call)
    while let next = reply.next {
      call.after = next
      let page = try ask(call)
      reply.append(page)
      reply.next = page.next
    }
    return reply
  }
}

extension ConnectionOptions {
  func allPages<Call: PagedCall>(_ first: Call) throws(CommandFailure) -> Call.Reply {
    try first.allPages { (page) throws(CommandFailure) in try call(page) }
  }
}

extension AlertsCall: PagedCall {}
extension AlertsCall.Reply: PagedReply {
  mutating func append(_ page: Self) { alerts += page.alerts }
}

extension ListCall: PagedCall {}
extension ListCall.Reply: PagedReply {
  mutating func append(_ page: Self) { groups += page.groups }
}

extension LedgerCall: PagedCall {}
extension LedgerCall.Reply: PagedReply {
  mutating func append(_ page: Self) { renewals += page.renewals }
}
