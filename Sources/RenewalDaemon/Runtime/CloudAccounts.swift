import AppStreaming
import Configuration
import ControlProtocol
import RenewalCore
import Synchronization

/// The clients of all configured accounts.
final class CloudAccounts: PaymentSigning {
  private struct Account {
    var client: AppStreamingClient
    var clock: SharedServerClock
    var reader: any CredentialsProvider
    var payer: any CredentialsProvider
    /// Where it is asked.
    var endpoints: [Endpoint]
  }

  /// One for each certificate file: what one account trusts is its own affair.
  private var transports: [String: any HTTPTransport] = [:]
  private let version: String
  private let environment: [String: String]
  private let deliver: @Sendable (@escaping @Sendable () -> Void) -> Void
  private var accounts: [AccountName: Account] = [:]

  /// - Parameter deliver: brings replies onto the queue that owns the state.
  init(
    version: String, environment: [String: String],
    deliver: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void
  ) {
    self.version = version
    self.environment = environment
    self.deliver = deliver
  }

  /// Builds the clients anew; what is under way ends on the old ones.
  ///
  /// - Throws: `DaemonFailure` where libcurl cannot be started.
  func configure(_ configurations: [AccountConfiguration]) throws(DaemonFailure) {
    do throws(TransportUnavailable) { try build(configurations) } catch {
      throw DaemonFailure(
        code: .unavailable, message: error.description, remedy: "Reinstall libcurl4.")
    }
  }

  private func build(
    _ configurations: [AccountConfiguration]
  ) throws(TransportUnavailable) {
    var new: [AccountName: Account] = [:]
    for configuration in configurations {
      let clock = accounts[configuration.name]?.clock ?? SharedServerClock()
      let transport = try transport(trusting: configuration.certificateAuthorities)
      let reader = credentials(configuration.readerCredential, transport)
      let payer = credentials(
        configuration.payerCredential ?? configuration.readerCredential, transport)
      let client = AppStreamingClient(
        endpoints: .init(
          appStreaming: configuration.endpoint, billing: configuration.billingEndpoint),
        reader: reader, payer: payer, transport: transport, version: version,
        now: { clock.now() }, nonce: { Nonce.make() }, deliver: deliver)
      new[configuration.name] = Account(
        client: client, clock: clock, reader: reader, payer: payer,
        endpoints: [configuration.endpoint, configuration.billingEndpoint])
    }
    accounts = new
  }

  private func transport(trusting file: String?) throws(TransportUnavailable) -> any HTTPTransport {
    if let known = transports[file ?? ""] { return known }
    let new = try CurlTransport(caFile: file)
    transports[file ?? ""] = new
    return new
  }

  private func credentials(
    _ name: String?, _ transport: any HTTPTransport
  ) -> any CredentialsProvider {
    // A key that was named is that key or none: another one may belong to
    // another account, and would pay there.
    if let name, environment["CREDENTIALS_DIRECTORY"] == nil {
      return NoCredentials(
        name: name,
        error: .unusable("credential '\(name)' is named and CREDENTIALS_DIRECTORY is not set"))
    }
    let environment = environment
    return CredentialsChain.standard(
      credential: name, tokens: TokenService(transport: transport, nonce: { Nonce.make() }),
      variable: { environment[$0] })
  }

  /// Why there is no key to pay with, if there is none. A session that was not
  /// fetched yet is no problem: the reads before a payment fetch it.
  func payerProblem(of account: AccountName) -> String? {
    guard let account = accounts[account] else { return "the account is not configured" }
    do throws(CredentialsError) {
      _ = try account.payer.key(at: account.clock.now())
      return nil
    } catch {
      if case .unavailable = error { return nil }
      return error.description
    }
  }

  /// See `AccountSettings.identity`. Hashed with a seed of this process: the number
  /// tells nothing of the keys, here or anywhere else.
  func identity(of account: AccountName) -> Int? {
    guard let account = accounts[account] else { return nil }
    var hasher = Hasher()
    hasher.combine(account.endpoints)
    for provider in [account.reader, account.payer] {
      do throws(CredentialsError) {
        let key = try provider.key(at: account.clock.now())
        hasher.combine(key.id)
        key.secret.withBytes { hasher.combine(bytes: $0) }
      } catch { return nil }
    }
    return hasher.finalize()
  }

  /// The keys at hand; each is let go of as soon as its id is read.
  func identities() -> [IdentityReport] {
    accounts.sorted { $0.key < $1.key }.flatMap { name, account in
      [(IdentityReport.Purpose.read, account.reader), (.pay, account.payer)].map {
        purpose, provider in
        var report = IdentityReport(
          account: name, purpose: Term(purpose), provider: provider.name, keyId: "")
        do throws(CredentialsError) {
          report.keyId = String(try provider.key(at: account.clock.now()).id.suffix(4))
        } catch { report.problem = error.description }
        return report
      }
    }
  }

  func read(
    _ read: CloudRead, of account: AccountName, reply: @escaping @Sendable (ReadReply) -> Void
  ) {
    guard let account = accounts[account] else {
      deliver { reply(ReadReply(.failure(.noCredentials("no such account")), serverTime: nil)) }
      return
    }
    let clock = account.clock
    account.client.read(read) { answer in
      clock.hear(answer.serverTime)
      reply(answer)
    }
  }

  func sign(
    _ request: RenewalRequest, for account: AccountName, nonce: String, date: Instant
  ) throws(CloudFault) -> SignedPayment {
    guard let account = accounts[account] else { throw .noCredentials("no such account") }
    do throws(CredentialsError) {
      return try account.client.sign(request, nonce: nonce, date: date)
    } catch { throw .noCredentials(error.description) }
  }

  func sign(
    _ creation: GroupCreation, for account: AccountName, nonce: String, date: Instant
  ) throws(CloudFault) -> SignedCreation {
    guard let account = accounts[account] else { throw .noCredentials("no such account") }
    do throws(CredentialsError) {
      return try account.client.sign(creation, nonce: nonce, date: date)
    } catch { throw .noCredentials(error.description) }
  }

  func send(
    _ creation: SignedCreation, of account: AccountName, deadline: Span,
    reply: @escaping @Sendable (PaymentReply) -> Void
  ) {
    guard let account = accounts[account] else {
      deliver { reply(PaymentReply(delivery: .notSent("no such account"))) }
      return
    }
    account.client.send(creation, deadline: deadline, reply: reply)
  }

  func send(
    _ payment: SignedPayment, of account: AccountName, deadline: Span,
    reply: @escaping @Sendable (PaymentReply) -> Void
  ) {
    guard let account = accounts[account] else {
      deliver { reply(PaymentReply(delivery: .notSent("no such account"))) }
      return
    }
    account.client.send(payment, deadline: deadline, reply: reply)
  }
}

/// The cloud's time for dating reads, from any thread.
final class SharedServerClock: Sendable {
  private let last = Mutex<ClockMark?>(nil)

  func hear(_ server: Instant?) {
    guard let server else { return }
    let mark = ClockMark(server: server, boot: SystemClock.reading().boot)
    last.withLock { $0 = mark }
  }

  func now() -> Instant {
    let reading = SystemClock.reading()
    guard let mark = last.withLock({ $0 }) else { return reading.wall }
    return mark.server + .seconds((reading.boot - mark.boot) / 1000)
  }
}
