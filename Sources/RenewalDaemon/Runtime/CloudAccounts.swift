import AppStreaming
import Configuration
import ControlProtocol
import RenewalCore
import Synchronization

/// The clients of all configured accounts. Belongs to the queue that `deliver` brings
/// replies onto.
final class CloudAccounts: PaymentSigning, @unchecked Sendable {
  private struct Account {
    var client: AppStreamingClient
    var clock: SharedServerClock
    var reader: any CredentialsProvider
    var payer: any CredentialsProvider
    /// Where it is asked.
    var endpoints: [Endpoint]
    /// The cloud's numbers of the accounts that the keys belong to.
    var numbers: [AppStreamingClient.Role: String] = [:]

    func provider(of role: AppStreamingClient.Role) -> any CredentialsProvider {
      switch role {
      case .reader: reader
      case .payer: payer
      }
    }
  }

  /// What an account trusts and goes through is its own affair.
  private struct Route: Hashable {
    var authorities: String?
    var proxy: Proxy?
  }

  private var transports: [Route: any HTTPTransport] = [:]
  /// How often the clients were built: an answer to older ones is not for these.
  private var generation = 0
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
      let transport = try transport(
        by: Route(
          authorities: configuration.certificateAuthorities, proxy: configuration.proxy))
      let tokens = TokenService(
        transport: transport, endpoint: configuration.tokenEndpoint, nonce: { Nonce.make() })
      let reader = credentials(configuration.readerCredential, tokens)
      let payer = credentials(
        configuration.payerCredential ?? configuration.readerCredential, tokens)
      let client = AppStreamingClient(
        endpoints: .init(
          appStreaming: configuration.endpoint, billing: configuration.billingEndpoint,
          tokens: configuration.tokenEndpoint),
        reader: reader, payer: payer, transport: transport, version: version,
        now: { clock.now() }, nonce: { Nonce.make() }, deliver: deliver)
      new[configuration.name] = Account(
        client: client, clock: clock, reader: reader, payer: payer,
        endpoints: [configuration.endpoint, configuration.billingEndpoint])
    }
    accounts = new
    generation += 1
  }

  private func transport(by route: Route) throws(TransportUnavailable) -> any HTTPTransport {
    if let known = transports[route] { return known }
    let new = try CurlTransport(caFile: route.authorities, proxy: route.proxy)
    transports[route] = new
    return new
  }

  private func credentials(
    _ name: String?, _ tokens: TokenService
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
      credential: name, tokens: tokens, variable: { environment[$0] })
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
      [(IdentityReport.Purpose.read, AppStreamingClient.Role.reader), (.pay, .payer)].map {
        purpose, role in
        let provider = account.provider(of: role)
        let now = account.clock.now()
        var report = IdentityReport(
          account: name, purpose: Term(purpose), provider: provider.name, keyId: "",
          cloudAccount: account.numbers[role], expiresAt: provider.end(at: now)?.timestamp)
        do throws(CredentialsError) {
          report.keyId = String(try provider.key(at: now).id.suffix(4))
        } catch { report.problem = error.description }
        let seen = account.client.permissions(of: role).sorted { $0.key.rawValue < $1.key.rawValue }
        report.may = seen.filter { $0.value == .granted }.map(\.key.rawValue)
        report.mayNot = seen.filter { $0.value != .granted }.map(\.key.rawValue)
        return report
      }
    }
  }

  /// Asks whose the keys are, where that is not known yet.
  ///
  /// - Parameter told: for each account once all its keys have had an answer, with
  ///   the cloud's numbers of the accounts that it named.
  func identify(_ told: @escaping @Sendable (AccountName, Set<String>) -> Void) {
    for (name, account) in accounts.sorted(by: { $0.key < $1.key }) {
      askNumber(of: [.reader, .payer], in: name, account.client, generation, told)
    }
  }

  private func askNumber(
    of roles: ArraySlice<AppStreamingClient.Role>, in name: AccountName,
    _ client: AppStreamingClient, _ asked: Int,
    _ told: @escaping @Sendable (AccountName, Set<String>) -> Void
  ) {
    guard asked == generation, let account = accounts[name] else { return }
    guard let role = roles.first else { return told(name, Set(account.numbers.values)) }
    guard account.numbers[role] == nil else {
      return askNumber(of: roles.dropFirst(), in: name, client, asked, told)
    }
    client.ask(.callerIdentity, as: role) { [weak self] answer in
      guard let self, asked == generation else { return }
      if case .success(let identity) = answer.result {
        accounts[name]?.numbers[role] = identity.account
      }
      askNumber(of: roles.dropFirst(), in: name, client, asked, told)
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
