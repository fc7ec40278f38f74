import Dispatch
import Exposition
import Glibc

/// One scrape: a request in, an answer out, the end. All of it belongs to the
/// server's queue.
final class MetricsConnection: @unchecked Sendable {
  /// Bytes of a request's head; a scrape has some hundred.
  private static let headLimit = 8 << 10
  /// For all of it. Prometheus gives up after ten seconds.
  private static let patience = DispatchTimeInterval.seconds(30)

  private enum Stage {
    case head
    case body(isChunked: Bool)
    /// The answer is complete, and what is left of it is on its way.
    case ending
  }

  private let descriptor: Int32
  private let queue: DispatchQueue
  private let source: MetricsServer.Source
  private let whenClosed: () -> Void
  private let reader: any DispatchSourceRead
  private let writer: any DispatchSourceWrite
  private let timer: any DispatchSourceTimer
  private var isReading = true
  private var isWriting = false
  private var isClosed = false
  /// The last of both to go closes the descriptor, which the next connection
  /// would else inherit while it is still watched.
  private var openSources = 2
  private var stage = Stage.head
  private var input: [UInt8] = []
  private var output: [UInt8] = []
  private var next: String?
  private var awaitsPage = false

  init(
    _ descriptor: Int32, queue: DispatchQueue, source: @escaping MetricsServer.Source,
    whenClosed: @escaping () -> Void
  ) {
    self.descriptor = descriptor
    self.queue = queue
    self.source = source
    self.whenClosed = whenClosed
    reader = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
    writer = DispatchSource.makeWriteSource(fileDescriptor: descriptor, queue: queue)
    timer = DispatchSource.makeTimerSource(queue: queue)
  }

  func start() {
    reader.setEventHandler { [weak self] in self?.read() }
    reader.setCancelHandler { [self] in sourceEnded() }
    writer.setEventHandler { [weak self] in self?.flush() }
    writer.setCancelHandler { [self] in sourceEnded() }
    timer.setEventHandler { [weak self] in self?.close() }
    timer.schedule(deadline: .now() + Self.patience)
    reader.resume()
    timer.resume()
  }

  func close() {
    guard !isClosed else { return }
    isClosed = true
    if !isReading { reader.resume() }
    reader.cancel()
    if !isWriting { writer.resume() }
    writer.cancel()
    timer.cancel()
    whenClosed()
  }

  private func sourceEnded() {
    openSources -= 1
    if openSources == 0 { _ = Glibc.close(descriptor) }
  }

  // MARK: In

  private func read() {
    var chunk = [UInt8](repeating: 0, count: 4096)
    let count = Glibc.read(descriptor, &chunk, chunk.count)
    guard count > 0 else {
      if count < 0, errno == EAGAIN || errno == EINTR { return }
      // Half closed by a caller who still waits for the answer, perhaps.
      if count == 0, case .body = stage { return stopReading() }
      return close()
    }
    // What comes behind the request is nobody's business.
    guard case .head = stage else { return }
    input += chunk[..<count]
    if let end = input.firstRange(of: Array("\r\n\r\n".utf8)) {
      answer(String(decoding: input[..<end.lowerBound], as: UTF8.self))
    } else if input.count > Self.headLimit {
      refuse("431 Request Header Fields Too Large")
    }
  }

  private func stopReading() {
    isReading = false
    reader.suspend()
  }

  private func answer(_ head: String) {
    let line = head.split(separator: "\r\n", maxSplits: 1).first ?? ""
    let words = line.split(separator: " ", omittingEmptySubsequences: false)
    guard words.count == 3, words[2] == "HTTP/1.1" || words[2] == "HTTP/1.0" else {
      return refuse("400 Bad Request")
    }
    guard words[0] == "GET" else { return refuse("405 Method Not Allowed", "Allow: GET\r\n") }
    guard words[1].prefix(while: { $0 != "?" }) == "/metrics" else {
      return refuse("404 Not Found")
    }
    stage = .body(isChunked: words[2] == "HTTP/1.1")
    askForPage(nil)
  }

  // MARK: Out

  private func refuse(_ status: String, _ headers: String = "") {
    stage = .ending
    output += "HTTP/1.1 \(status)\r\n\(headers)Content-Length: 0\r\nConnection: close\r\n\r\n".utf8
    flush()
  }

  private func askForPage(_ cursor: String?) {
    awaitsPage = true
    source(cursor) { [self] page in queue.async { [self] in take(page, isFirst: cursor == nil) } }
  }

  private func take(_ page: MetricsServer.Page?, isFirst: Bool) {
    guard !isClosed, case .body(let isChunked) = stage else { return }
    awaitsPage = false
    guard let page else {
      // In the middle only a missing end can still say that something is missing.
      return isFirst ? refuse("503 Service Unavailable") : close()
    }
    if isFirst {
      output +=
        "HTTP/1.\(isChunked ? 1 : 0) 200 OK\r\nContent-Type: \(Exposition.contentType)\r\n".utf8
      output += (isChunked ? "Transfer-Encoding: chunked\r\n" : "").utf8
      output += "Connection: close\r\n\r\n".utf8
    }
    if isChunked, !page.text.isEmpty {
      output += "\(String(page.text.utf8.count, radix: 16))\r\n\(page.text)\r\n".utf8
    } else {
      output += page.text.utf8
    }
    next = page.next
    if next == nil {
      if isChunked { output += "0\r\n\r\n".utf8 }
      stage = .ending
    }
    flush()
  }

  private func flush() {
    while !isClosed, !output.isEmpty {
      let count = output.withUnsafeBytes {
        send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count > 0 {
        output.removeSubrange(..<count)
      } else if errno == EAGAIN {
        break
      } else if errno != EINTR {
        return close()
      }
    }
    guard !isClosed else { return }
    if output.isEmpty == isWriting {
      isWriting.toggle()
      if isWriting { writer.resume() } else { writer.suspend() }
    }
    guard output.isEmpty, !awaitsPage else { return }
    if case .ending = stage {
      // Closing before the caller has is taken for an error where something of his
      // was not read.
      shutdown(descriptor, Int32(SHUT_WR))
      if !isReading { close() }
    } else if let next {
      self.next = nil
      askForPage(next)
    }
  }
}
