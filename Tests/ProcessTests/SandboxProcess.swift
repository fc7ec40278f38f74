import Foundation
import Glibc

/// A cloud in a process of its own, and its truth about groups and orders.
final class SandboxProcess {
  struct Group: Decodable {
    var id: String
    var name: String
    var chargeType: String
    var status: String
    var renewStatus: String
    var expiry: String?
  }

  struct Order: Decodable {
    var id: String
    var action: String
    var group: String
    var status: String
    var amount: String?
    var keyExpiryBefore: String?
    var expiryAfter: String?
  }

  /// One subscription's term: what may be paid for once.
  struct Term: Hashable {
    var group: String
    var expiry: String?
  }

  /// `http://127.0.0.1:PORT`
  let endpoint: String
  private let process: ChildProcess
  private let controlPort: UInt16

  init(groups: Int = 12, seed: Int = 7) throws {
    process = try ChildProcess(
      Programs.path("sandbox-cloud"),
      [
        "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0", "--groups", "\(groups)",
        "--seed", "\(seed)", "--visible-lag", "1", "--balance", "9000000",
      ], environment: [:])
    let control = try process.line("CONTROL ").split(separator: ":").last.flatMap { UInt16($0) }
    guard let control else { throw ProcessComplaint(description: "no control port") }
    controlPort = control
    endpoint = String(try process.line("READY ").dropFirst("READY ".count))
  }

  func groups() throws -> [Group] { try get("/groups") }
  func orders() throws -> [Order] { try get("/orders") }

  /// What the policy of `Site` renews, by a reading of its own: subscriptions in
  /// service that end within seven days, but for those called `hold-*`.
  func due() throws -> Set<Term> {
    let horizon = (Date() + 7 * 86_400).formatted(.iso8601)
    return Set(
      try groups().filter { group in
        group.chargeType == "PrePaid" && group.status == "PUBLISHED"
          && !group.name.hasPrefix("hold-") && group.expiry.map { $0 <= horizon } == true
      }.map { Term(group: $0.id, expiry: $0.expiry) })
  }

  /// How often each term was paid for.
  func payments() throws -> [Term: Int] {
    try orders().filter { $0.status == "Paid" }.reduce(into: [:]) { counts, order in
      counts[Term(group: order.group, expiry: order.keyExpiryBefore), default: 0] += 1
    }
  }

  /// - Parameter body: a JSON object, as the control interface takes it.
  func post(_ path: String, _ body: String) throws { _ = try request("POST", path, body) }

  private func get<Rows: Decodable>(_ path: String) throws -> Rows {
    try JSONDecoder().decode(Rows.self, from: request("GET", path, ""))
  }

  private func request(_ method: String, _ path: String, _ body: String) throws -> Data {
    let socket = try Loopback.connect(to: controlPort)
    defer { close(socket) }
    let bytes = Array(
      "\(method) \(path) HTTP/1.1\r\nHost: sandbox\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        .utf8)
    guard send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
      throw ProcessComplaint(description: "\(method) \(path) was not sent")
    }
    var answer = Data()
    while true {
      // The connection stays open, so the length decides where the answer ends.
      if let end = answer.range(of: Data("\r\n\r\n".utf8)),
        let length = String(decoding: answer[..<end.lowerBound], as: UTF8.self)
          .firstMatch(of: #/(?i)content-length: (\d+)/#).flatMap({ Int($0.1) }),
        answer.count - end.upperBound >= length
      {
        guard answer.starts(with: Data("HTTP/1.1 200".utf8)) else {
          throw ProcessComplaint(description: String(decoding: answer, as: UTF8.self))
        }
        return answer[end.upperBound...]
      }
      var ready = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
      var buffer = [UInt8](repeating: 0, count: 1 << 16)
      guard poll(&ready, 1, 10_000) > 0, case let count = recv(socket, &buffer, buffer.count, 0),
        count > 0
      else { throw ProcessComplaint(description: "\(method) \(path) was not answered") }
      answer.append(contentsOf: buffer[..<count])
    }
  }
}

enum Loopback {
  static func connect(to port: UInt16) throws -> Int32 {
    let socket = try socket()
    guard withAddress(port, { Glibc.connect(socket, $0, $1) }) == 0 else {
      close(socket)
      throw ProcessComplaint(description: "nobody listens on port \(port)")
    }
    return socket
  }

  /// A port on which nobody listens.
  static func closedPort() throws -> UInt16 {
    let socket = try socket()
    defer { close(socket) }
    var address = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withAddress(0) { bind(socket, $0, $1) } == 0
    let isNamed =
      withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          getsockname(socket, $0, &length)
        }
      } == 0
    guard isBound, isNamed else { throw ProcessComplaint(description: "no free port") }
    return UInt16(bigEndian: address.sin_port)
  }

  private static func socket() throws -> Int32 {
    let socket = Glibc.socket(
      AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard socket >= 0 else { throw ProcessComplaint(description: "no socket") }
    return socket
  }

  private static func withAddress(
    _ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) -> Int32 {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
  }
}
