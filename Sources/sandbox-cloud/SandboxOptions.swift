import ArgumentParser
import SandboxCloud

/// The command's options, each checked by itself.
struct SandboxOptions: ParsableArguments {
  @Option(help: "Address and port of the cloud; port 0 takes a free one.")
  var listen = LoopbackPort(host: "127.0.0.1", port: 18080)

  @Option(help: "Address and port of the control interface.")
  var control: LoopbackPort?

  @Option(help: "A key that may sign, as ID:SECRET; may be given again.")
  var accessKey: [String] = ["testAccessKeyId:testAccessKeySecret"]

  @Option(help: "Delivery groups to start with, at most 1000000.")
  var groups = 12

  @Option(help: "The fleet is the same for the same seed, number and clock.")
  var seed: UInt64 = 7

  @Option(help: "Seconds until a renewal shows in the expiry.")
  var visibleLag = 0

  @Option(help: "The account's balance.")
  var balance = "100000.00"

  @Option(help: "What may be spent beyond the balance.")
  var credit = "0"

  @Option(help: "CNY, USD or JPY.")
  var currency = "CNY"

  @Option(help: "Where the cloud's clock starts, for instance 2030-01-02T03:04:05Z.")
  var clock: String?

  @Option(help: "Serve HTTPS, and write the authority to trust into this directory as ca.pem.")
  var tls: String?

  func configuration() throws -> SandboxConfiguration {
    var configuration = SandboxConfiguration()
    configuration.host = listen.host
    configuration.port = listen.port
    if let control {
      guard control.host == listen.host else {
        throw ValidationError("--control must use the address of --listen, \(listen.host)")
      }
      configuration.controlPort = control.port
    }
    configuration.tlsDirectory = tls
    configuration.accessKeys = [:]
    for key in accessKey {
      let parts = key.split(separator: ":", maxSplits: 1)
      guard parts.count == 2 else { throw ValidationError("--access-key must be ID:SECRET") }
      configuration.accessKeys[String(parts[0])] = String(parts[1])
    }
    guard (0...1_000_000).contains(groups) else {
      throw ValidationError("--groups must be 0 to 1000000")
    }
    configuration.groups = groups
    configuration.seed = seed
    guard visibleLag >= 0 else { throw ValidationError("--visible-lag must be 0 or more seconds") }
    configuration.settings.replicaLags = [visibleLag]
    // The currencies of the balance call (API reference, section 7).
    guard ["CNY", "USD", "JPY"].contains(currency) else {
      throw ValidationError("--currency must be CNY, USD or JPY")
    }
    configuration.currency = currency
    configuration.balance = try amount(balance, of: "--balance")
    configuration.credit = try amount(credit, of: "--credit")
    if let clock {
      guard let time = CloudTime(clock) else {
        throw ValidationError("--clock must be a time such as 2030-01-02T03:04:05Z")
      }
      configuration.clock = time
    }
    return configuration
  }

  private func amount(_ text: String, of option: String) throws -> Amount {
    guard let amount = Amount(text, currency: currency) else {
      throw ValidationError("\(option) must be an amount in \(currency), for instance 100")
    }
    return amount
  }
}

/// `127.0.0.1:18080` or `[::1]:18080`.
struct LoopbackPort: ExpressibleByArgument {
  var host: String
  var port: Int

  init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  init?(argument: String) {
    guard let colon = argument.lastIndex(of: ":"),
      let port = UInt16(argument[argument.index(after: colon)...])
    else { return nil }
    let address = argument[..<colon]
    host = String(
      address.first == "[" && address.last == "]" ? address.dropFirst().dropLast() : address)
    self.port = Int(port)
    if host == "localhost" { host = "127.0.0.1" }
  }

  var defaultValueDescription: String { "\(host):\(port)" }
}
