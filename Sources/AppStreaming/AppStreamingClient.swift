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

    package init(appStreaming: Endpoint, billing: Endpoint) {
      self.appStreaming = appStreaming
      self.billing = billing
    }
  }

  private let endpoints: Endpoints
  private let reader: any CredentialsProvider
  private let payer: (any CredentialsProvider)?
  private let transport: any HTTPTransport
  private let userAgent: String
  private let now: @Sendable () -> Instant
  private let nonce: @Sendable () -> String
  private let deliver: @Sendable (@escaping @Sendable () -> Void) -> Void

  /// - Parameters:
  ///   - reader: signs the reads.
  ///   - payer: signs payments; `nil` for an account that is only observed.
  ///   - version: this program's, for the user agent.
  ///   - now: the cloud's time, as well as it is known.
  ///   - nonce: 32 hex digits that were never used before.
  ///   - deliver: carries each reply to where the caller wants it, for
  ///     instance onto the queue that owns the state.
  package init(
    endpoints: Endpoints, reader: any CredentialsProvider, payer: (any CredentialsProvider)? = nil,
    transport: any HTTPTransport, version: String, now: @escaping @Sendable () -> Instant,
    nonce: @escaping @Sendable () -> String,
    deliver: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void
  ) {
    self.endpoints = endpoints
    self.reader = reader
    self.payer = payer
    self.transport = transport
    self.userAgent = "renewald/\(version)"
    self.now = now
    self.nonce = nonce
    self.deliver = deliver
  }

  // MARK: Reads

  /// Asks once. `reply` is called exactly once, through `deliver`.
  package func read(_ read: CloudRead, reply: @escaping @Sendable (ReadReply) -> Void) {
    let deliver = self.deliver
    start(OperationCall(read), isLastTry: false) { result in
      let readReply = ReadReply(read, result)
      deliver { reply(readReply) }
    }
  }

  private func start(
    _ call: OperationCall, isLastTry: Bool,
    completion: @escaping @Sendable (Result<CloudReply, CloudFault>) -> Void
  ) {
    reader.refresh(at: now(), renewing: isLastTry) { [self] refreshed in
      let request: HTTPRequest
      do throws(CredentialsError) {
        // A refresh that failed may have left a key that is still valid.
        let key: AccessKey
        do throws(CredentialsError) { key = try reader.key(at: now()) } catch {
          if case .failure(let cause) = refreshed { throw cause }
          throw error
        }
        request = readRequest(call, key: key)
      } catch {
        completion(.failure(.noCredentials(error.description)))
        return
      }
      transport.start(request) { [self] result in
        switch result {
        case .failure(let failure): completion(.failure(.unreachable(failure.text)))
        case .success(let response):
          let reply = CloudReply(response)
          if !isLastTry, reply.code.hasPrefix("InvalidSecurityToken.") {
            // The session ended before its time: once with a new one.
            start(call, isLastTry: true, completion: completion)
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
      bodyLimit: 8 << 20)
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
    guard let payer else { throw .absent("no credential to pay with is configured") }
    let key = try payer.key(at: now())
    let call = OperationCall.renew(request)
    let signed = sign(call, to: endpoint(of: call), by: key, date: date, nonce: nonce)
    return SignedPayment(
      request: request, nonce: nonce, date: date, target: signed.target,
      headers: signed.headers.map { SignedPayment.Header($0.name, $0.value) }, hash: signed.hash)
  }

  /// Sends exactly these bytes, at most once, on a connection of their own.
  ///
  /// - Parameter deadline: for the whole of it; afterwards the outcome is unknown.
  package func send(
    _ payment: SignedPayment, deadline: Span, reply: @escaping @Sendable (PaymentReply) -> Void
  ) {
    let request = HTTPRequest(
      endpoint: endpoints.appStreaming, target: payment.target,
      headers: payment.headers.map { Parameter($0.name, $0.value) }, transmission: .once,
      deadline: deadline)
    let deliver = self.deliver
    transport.start(request) { result in
      let paymentReply = PaymentReply(result)
      deliver { reply(paymentReply) }
    }
  }

  // MARK: Both

  private func endpoint(of call: OperationCall) -> Endpoint {
    switch call.operation.service {
    case .appStreaming: endpoints.appStreaming
    case .billing: endpoints.billing
    case .tokens: .tokens
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

extension OperationCall {
  init(_ read: CloudRead) {
    switch read {
    case .groups(let page): self = .groups(page: page)
    case .group(let id): self = .group(id)
    case .renewalPrice(let id, let period): self = .renewalPrice(id, period)
    case .balance: self = .balance()
    case .renewalOrders(let from, let to, let page):
      self = .renewalOrders(from: from, to: to, page: page)
    case .order(let id): self = .order(id)
    case .nativeRenewal(let groups): self = .nativeRenewal(groups)
    }
  }
}

extension ReadReply {
  fileprivate init(_ read: CloudRead, _ result: Result<CloudReply, CloudFault>) {
    switch result {
    case .failure(let fault): self.init(.failure(fault), serverTime: nil)
    case .success(let reply):
      let answer: Result<CloudAnswer, CloudFault>
      do throws(CloudFault) {
        answer = .success(try CloudAnswer(read, try reply.readContent()))
      } catch {
        answer = .failure(error)
      }
      self.init(answer, serverTime: reply.serverTime, requestID: reply.requestID)
    }
  }
}
