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
  }

  private let transport: any HTTPTransport
  private let version: String
  private let environment: [String: String]
  private let deliver: @Sendable (@escaping @Sendable () -> Void) -> Void
  private var accounts: [AccountName: Account] = [:]

  /// - Parameter deliver: brings replies onto the queue that owns the state.
  init(
    transport: any HTTPTransport, version: String, environment: [String: String],
    deliver: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void
  ) {
    self.transport = transport
    self.version = version
    self.environment = environment
    self.deliver = deliver
  }

  /// Builds the clients anew; what is under way ends on the old ones.
  ///
  /// - Throws: `EndpointError` for an endpoint that may not be used.
  func configure(_ configurations: [AccountConfiguration]) throws(AppStreaming.EndpointError) {
    var new: [AccountName: Account] = [:]
    for configuration in configurations {
      let clock = accounts[configuration.name]?.clock ?? SharedServerClock()
      let reader = credentials(configuration.readerCredential)
      let payer = credentials(configuration.payerCredential ?? configuration.readerCredential)
      let client = AppStreamingClient(
        endpoints: .init(
          appStreaming: try AppStreaming.Endpoint(configuration.endpoint.description),
          billing: try AppStreaming.Endpoint(configuration.billingEndpoint.description)),
        reader: reader, payer: payer, transport: transport, version: version,
        now: { clock.now() }, nonce: { Nonce.make() }, deliver: deliver)
      new[configuration.name] = Account(
        client: client, clock: clock, reader: reader, payer: payer)
    }
    accounts = new
  }

  private func credentials(_ name: String?) -> any CredentialsProvider {
    if let name, let directory = environment["CREDENTIALS_DIRECTORY"] {
      return CredentialsDirectory(directory: directory, credential: name)
    }
    let environment = environment
    return EnvironmentCredentials { environment[$0] }
  }

  /// Whether there is a key to pay with; why not, else.
  func payerProblem(of account: AccountName) -> String? {
    guard let account = accounts[account] else { return "the account is not configured" }
    do throws(CredentialsError) {
      _ = try account.payer.key(at: account.clock.now())
      return nil
    } catch { return error.description }
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
