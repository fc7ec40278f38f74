import CloudSigning
import RenewalCore

/// The cloud as one configured account sees it: reads that may be repeated,
/// and payments that are signed first and sent once.
///
/// Nothing here retries a payment or judges its answer.
package final class AppStreamingClient: Sendable {
  /// Where the services of one account are.
  package struct Endpoints: Hashable, Sendable {
    package var appStreaming: Endpoint
    package var billing: Endpoint
    package var tokens: Endpoint

    package init(appStreaming: Endpoint, billing: Endpoint, tokens: Endpoint = .tokens) {
      self.appStreaming = appStreaming
      self.billing = billing
      self.tokens = tokens
    }
  }

  /// Whose key signs.
  package enum Role: Hashable, Sendable { case reader, payer }

  private let endpoints: Endpoints
  private let reader: any CredentialsProvider
  private let payer: (any CredentialsProvider)?
  private let transport: any HTTPTransport
  private let pacing: ReadPacing
  private let permissions = KeyPermissions()
  private let userAgent: String
  private let now: @Sendable () -> Instant
  private let nonce: @Sendable () -> String
  private let deliver: @Sendable (@escaping @Sendable () -> Void) -> Void

  /// - Parameters:
  ///   - reader: signs the reads.
  ///   - payer: signs payments; `nil` for an account that is only observed.
  ///   - pacing: of its own for each account, as the cloud counts by account.
  ///   - version: this program's, for the user agent.
  ///   - now: the cloud's time, as well as it is known.
  ///   - nonce: 32 hex digits that were never used before.
  ///   - deliver: carries each reply to where the caller wants it, for
  ///     instance onto the queue that owns the state.
  package init(
    endpoints: Endpoints, reader: any CredentialsProvider, payer: (any CredentialsProvider)? = nil,
    transport: any HTTPTransport, pacing: ReadPacing = ReadPacing(), version: String,
    now: @escaping @Sendable () -> Instant, nonce: @escaping @Sendable () -> String,
    deliver: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void
  ) {
    self.endpoints = endpoints
    self.reader = reader
    self.payer = payer
    self.transport = transport
    self.pacing = pacing
    self.userAgent = "renewald/\(version)"
    self.now = now
    self.nonce = nonce
    self.deliver = deliver
  }

  // MARK: Reads

  /// Asks once. `reply` is called exactly once, through `deliver`.
  package func read(_ read: CloudRead, reply: @escaping @Sendable (ReadReply) -> Void) {
    ask(CloudQuestion(read), isQuote: read.isQuote) { answer in
      reply(
        ReadReply(answer.result, serverTime: answer.serverTime, requestID: answer.requestID))
    }
  }

  /// The same for what is not part of the daemon's round.
  package func ask<Answer>(
    _ question: CloudQuestion<Answer>, as role: Role = .reader,
    reply: @escaping @Sendable (CloudResult<Answer>) -> Void
  ) {
    ask(question, as: role, isQuote: false, reply: reply)
  }

  private func ask<Answer>(
    _ question: CloudQuestion<Answer>, as role: Role = .reader, isQuote: Bool,
    reply: @escaping @Sendable (CloudResult<Answer>) -> Void
  ) {
    let deliver = self.deliver
    let operation = question.call.operation
    let role = operation.hasEffect ? .payer : role
    pacing.enter(operation) { [self] in
      prepare(forQuote: isQuote) { [self] in
        start(question.call, as: role, isLastTry: false) { result in
          let answer = CloudResult(result, question)
          deliver { reply(answer) }
        }
      }
    }
  }

  /// A quote comes right before a signature, which cannot wait: whatever the
  /// payer has to fetch for it is fetched now. Its failure shows at the signature.
  private func prepare(forQuote isQuote: Bool, _ continuation: @escaping @Sendable () -> Void) {
    guard isQuote, let payer else { return continuation() }
    payer.refresh(at: now(), renewing: false) { _ in continuation() }
  }

  private func start(
    _ call: OperationCall, as role: Role, isLastTry: Bool,
    completion: @escaping @Sendable (Result<CloudReply, CloudFault>) -> Void
  ) {
    guard let provider = provider(of: role) else {
      return completion(.failure(.noCredentials(noPayer)))
    }
    // A refresh that fails may have left a key that is still valid.
    provider.refresh(at: now(), renewing: isLastTry) { [self] _ in
      let request: HTTPRequest
      do throws(CredentialsError) {
        request = readRequest(call, key: try provider.key(at: now()))
      } catch {
        return completion(.failure(.noCredentials(error.description)))
      }
      transport.start(request) { [self] result in
        switch result {
        case .failure(let failure): completion(.failure(.unreachable(failure.text)))
        case .success(let response):
          let reply = CloudReply(response)
          pacing.leave(call.operation, reply)
          permissions.note(reply, call.operation, as: role)
          if !isLastTry, !call.operation.hasEffect, reply.code.isStaleSession {
            // The session ended before its time: once with a new one.
            start(call, as: role, isLastTry: true, completion: completion)
          } else {
            completion(.success(reply))
          }
        }
      }
    }
  }

  private func readRequest(_ call: OperationCall, key: AccessKey) -> HTTPRequest {
    let endpoint = endpoint(of: call)
    let signed = sign(call, to: endpoint, by: key, date: now(), nonce: nonce())
    // A page of a hundred groups with all their apps is larger than any other answer.
    return HTTPRequest(
      endpoint: endpoint, target: signed.target, headers: signed.headers, body: signed.body,
      transmission: call.operation.hasEffect ? .once : .repeatable, bodyLimit: 8 << 20)
  }

  // MARK: Payments

  /// Builds the final bytes of a payment. Nothing leaves.
  ///
  /// - Parameters:
  ///   - nonce: 32 hex digits that were never used before.
  ///   - date: the cloud's time.
  /// - Throws: `CredentialsError` where there is no key to pay with.
  package func sign(
    _ request: RenewalRequest, nonce: String, date: Instant
  ) throws(CredentialsError) -> SignedPayment {
    let signed = try signPayment(.renew(request), nonce: nonce, date: date)
    return SignedPayment(
      request: request, nonce: nonce, date: date, target: signed.target,
      headers: signed.headers.map { SignedPayment.Header($0.name, $0.value) }, hash: signed.hash)
  }

  /// The same for a new group.
  package func sign(
    _ creation: GroupCreation, nonce: String, date: Instant
  ) throws(CredentialsError) -> SignedCreation {
    let signed = try signPayment(.create(creation.settings), nonce: nonce, date: date)
    return SignedCreation(
      creation: creation, nonce: nonce, date: date, target: signed.target,
      headers: signed.headers.map { SignedPayment.Header($0.name, $0.value) }, body: signed.body,
      hash: signed.hash)
  }

  private func signPayment(
    _ call: OperationCall, nonce: String, date: Instant
  ) throws(CredentialsError) -> SignedRequest {
    guard let payer else { throw .absent(noPayer) }
    let key = try payer.key(at: now())
    return sign(call, to: endpoints.appStreaming, by: key, date: date, nonce: nonce)
  }

  /// Sends exactly these bytes, at most once, on a connection of their own.
  ///
  /// - Parameter deadline: for the whole of it; afterwards the outcome is unknown.
  package func send(
    _ payment: SignedPayment, deadline: Span, reply: @escaping @Sendable (PaymentReply) -> Void
  ) {
    sendOnce(
      .renewAppInstanceGroup, payment.target, payment.headers, deadline: deadline, reply: reply)
  }

  /// The same for a new group.
  package func send(
    _ creation: SignedCreation, deadline: Span, reply: @escaping @Sendable (PaymentReply) -> Void
  ) {
    sendOnce(
      .createAppInstanceGroup, creation.target, creation.headers, body: creation.body,
      deadline: deadline, reply: reply)
  }

  private func sendOnce(
    _ operation: CloudOperation, _ target: String, _ headers: [SignedPayment.Header],
    body: [UInt8] = [], deadline: Span, reply: @escaping @Sendable (PaymentReply) -> Void
  ) {
    let request = HTTPRequest(
      endpoint: endpoints.appStreaming, target: target,
      headers: headers.map { Parameter($0.name, $0.value) }, body: body, transmission: .once,
      deadline: deadline)
    transport.start(request) { [payer, now, deliver, permissions] result in
      if case .success(let response) = result {
        permissions.note(CloudReply(response), operation, as: .payer)
      }
      let answer = PaymentReply(result)
      if answer.code.isStaleSession {
        // For the next attempt, if the protocol allows one; not for this.
        payer?.refresh(at: now(), renewing: true) { _ in }
      }
      deliver { reply(answer) }
    }
  }

  // MARK: Both

  /// What the cloud let a key do, or not, since this client was made.
  package func permissions(of role: Role) -> [CloudOperation: KeyPermission] {
    permissions.seen(by: role)
  }

  private func endpoint(of call: OperationCall) -> Endpoint {
    switch call.operation.service {
    case .appStreaming: endpoints.appStreaming
    case .billing: endpoints.billing
    case .tokens: endpoints.tokens
    }
  }

  private func provider(of role: Role) -> (any CredentialsProvider)? {
    switch role {
    case .reader: reader
    case .payer: payer
    }
  }

  private func sign(
    _ call: OperationCall, to endpoint: Endpoint, by key: AccessKey, date: Instant, nonce: String
  ) -> SignedRequest {
    OperationRequest(
      action: call.operation.rawValue, version: call.operation.service.version,
      host: endpoint.authority, query: call.query, form: call.form
    ).signed(by: key, date: date.description, nonce: nonce, userAgent: userAgent)
  }
}

private let noPayer = "no credential to pay with is configured"

extension CloudRead {
  fileprivate var isQuote: Bool {
    switch self {
    case .renewalPrice, .newGroupPrice: true
    default: false
    }
  }
}

extension String {
  /// Temporary credentials that the cloud takes no longer (API reference, section 8.3).
  fileprivate var isStaleSession: Bool { hasPrefix("InvalidSecurityToken.") }
}
