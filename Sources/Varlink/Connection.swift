import Dispatch
import Glibc

/// One caller: bytes in, calls in their order, bytes out.
///
/// All state belongs to the server's queue. There is one call at a time; what
/// the caller sends meanwhile waits, first here up to one message's length,
/// then in the socket.
final class Connection: @unchecked Sendable {
  enum End: Hashable, Sendable {
    /// The caller hung up.
    case left
    case malformed(String)
    case messageTooLong
    case messageTooSlow
    case answersUnread
    case idle
    case unanswered
    case refused
    case stopped
    case failed(Int32)
  }

  let caller: VarlinkCall.Caller
  private let descriptor: FileDescriptor
  private let queue: DispatchQueue
  private let limits: VarlinkLimits
  private let service: VarlinkService
  private let whenClosed: (Connection, End) -> Void

  private var input: [UInt8] = []
  /// How much of the input is known to hold no NUL.
  private var scanned = 0
  private var output: [UInt8] = []
  private var call: OpenCall?
  private var callCount: UInt64 = 0
  private var inputEnded = false
  /// Close once all answers are taken. No call is open then, and none begins.
  private var ending: End?
  private(set) var isClosed = false

  private let reader: any DispatchSourceRead
  private var isReading = true
  private let writer: any DispatchSourceWrite
  private var isWriting = false
  private let timer: any DispatchSourceTimer
  /// When the timer fires next.
  private var alarm: UInt64?
  /// Reader and writer: the last to go closes the descriptor, since closing
  /// one that is still watched would let the next connection inherit it.
  private var openSources = 2

  private var partialSince: UInt64?
  private var unreadSince: UInt64?
  private(set) var idleSince: UInt64
  /// The calls that are left wait until all other connections had their turn.
  private var isWaitingForTurn = false

  private struct OpenCall {
    var number: UInt64
    var isOneway: Bool
    var whenCallerLeaves: [@Sendable () -> Void] = []
  }

  init(
    descriptor: FileDescriptor, caller: VarlinkCall.Caller, service: VarlinkService,
    limits: VarlinkLimits, queue: DispatchQueue, whenClosed: @escaping (Connection, End) -> Void
  ) {
    self.descriptor = descriptor
    self.caller = caller
    self.service = service
    self.limits = limits
    self.queue = queue
    self.whenClosed = whenClosed
    idleSince = monotonicNanoseconds()
    reader = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
    writer = DispatchSource.makeWriteSource(fileDescriptor: descriptor, queue: queue)
    timer = DispatchSource.makeTimerSource(queue: queue)
  }

  func start() {
    reader.setEventHandler { [weak self] in self?.read() }
    reader.setCancelHandler { [self] in sourceEnded() }
    writer.setEventHandler { [weak self] in
      self?.flush()
      self?.process()
    }
    writer.setCancelHandler { [self] in sourceEnded() }
    timer.setEventHandler { [weak self] in self?.alarmRang() }
    reader.resume()
    timer.resume()
    setAlarm()
  }

  /// Ends the connection now; answers not yet taken are lost.
  func close(_ end: End) {
    guard !isClosed else { return }
    isClosed = true
    resumeReading()
    reader.cancel()
    if !isWriting { writer.resume() }
    writer.cancel()
    timer.cancel()
    let bodies = call?.whenCallerLeaves ?? []
    call = nil
    bodies.forEach { $0() }
    whenClosed(self, end)
  }

  private func sourceEnded() {
    openSources -= 1
    if openSources == 0 { _ = Glibc.close(descriptor) }
  }

  /// Whether a call waits for its answer.
  var hasOpenCall: Bool { call != nil }

  // MARK: In

  private func read() {
    guard !isClosed, !inputEnded else { return }
    var chunk = [UInt8](repeating: 0, count: 16 * 1024)
    let count = Glibc.read(descriptor, &chunk, chunk.count)
    if count > 0 {
      input.append(contentsOf: chunk[..<count])
    } else if count == 0 {
      // Perhaps only half closed, by a caller who still waits for answers.
      inputEnded = true
      stopReading()
      if hasHungUp { return close(.left) }
    } else if errno != EAGAIN, errno != EINTR {
      return close(errno == ECONNRESET ? .left : .failed(errno))
    }
    process()
  }

  /// Takes calls from the input until one is open, no whole one is left, or
  /// it is the turn of another connection.
  private func process() {
    let now = monotonicNanoseconds()
    var callsLeft = limits.callsPerTurn
    while !isClosed, ending == nil, call == nil, !isWaitingForTurn, let end = endOfMessage() {
      guard callsLeft > 0 else {
        waitForTurn()
        break
      }
      callsLeft -= 1
      let message = input[..<end]
      do throws(ProtocolError) {
        begin(try CallMessage(parsing: message))
      } catch {
        ending = .malformed(error.problem)
      }
      input.removeSubrange(...end)
      scanned = 0
      partialSince = nil
      idleSince = now
    }
    guard !isClosed else { return }

    if ending != nil { input = [] }
    let isPartial = !input.isEmpty && endOfMessage() == nil
    if isPartial, input.count > limits.messageSize { return close(.messageTooLong) }
    partialSince = isPartial ? partialSince ?? now : nil
    if inputEnded, call == nil, input.isEmpty || isPartial { ending = ending ?? .left }
    if let ending, output.isEmpty { return close(ending) }

    // What does not fit here waits in the socket.
    let isFull = !isPartial && input.count > limits.messageSize
    if inputEnded || ending != nil || isFull { stopReading() } else { resumeReading() }
    setAlarm()
  }

  private func waitForTurn() {
    isWaitingForTurn = true
    queue.async { [self] in
      isWaitingForTurn = false
      if !isClosed { process() }
    }
  }

  /// The index of the first NUL.
  private func endOfMessage() -> Int? {
    if let end = input[scanned...].firstIndex(of: 0) {
      scanned = end
      return end <= limits.messageSize ? end : nil
    }
    scanned = input.count
    return nil
  }

  private func begin(_ message: CallMessage) {
    switch service.dispose(of: message, from: caller) {
    case .answer(let parameters):
      if !message.oneway { send(ReplyMessage.bytes(parameters)) }
    case .fail(let error):
      if !message.oneway { send(ReplyMessage.bytes(error)) }
    case .hand(let request, let interface):
      callCount += 1
      let number = callCount
      // A oneway call is open like any other: though nobody waits for it, a
      // caller has no more than one call at a time under way.
      call = OpenCall(number: number, isOneway: message.oneway)
      let replier = VarlinkReplier(
        wantsMore: message.more,
        deliver: { [self] answer in queue.async { [self] in deliver(answer, for: number) } },
        watch: { [self] body in queue.async { [self] in watch(number, body) } })
      interface.handler(request, replier)
    }
  }

  private func deliver(_ answer: VarlinkReplier.Answer, for number: UInt64) {
    guard !isClosed, let open = call, open.number == number else { return }
    switch answer {
    case .message(let bytes, let isFinal):
      if isFinal {
        call = nil
        idleSince = monotonicNanoseconds()
      }
      if !open.isOneway { send(bytes) }
    case .none:
      call = nil
      if !open.isOneway { ending = .unanswered }
    }
    process()
  }

  private func watch(_ number: UInt64, _ body: @escaping @Sendable () -> Void) {
    if isClosed {
      body()
    } else if call?.number == number {
      call?.whenCallerLeaves.append(body)
    }
  }

  // MARK: Out

  private func send(_ bytes: [UInt8]) {
    guard !isClosed else { return }
    output.append(contentsOf: bytes)
    flush()
  }

  private func flush() {
    while !output.isEmpty {
      let count = output.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count > 0 {
        output.removeSubrange(..<count)
      } else if errno == EAGAIN {
        break
      } else if errno != EINTR {
        return close(errno == EPIPE || errno == ECONNRESET ? .left : .failed(errno))
      }
    }
    guard output.count <= limits.unreadOutput else { return close(.answersUnread) }
    unreadSince = output.isEmpty ? nil : unreadSince ?? monotonicNanoseconds()
    if output.isEmpty == isWriting {
      isWriting.toggle()
      if isWriting { writer.resume() } else { writer.suspend() }
    }
  }

  private func stopReading() {
    guard isReading else { return }
    isReading = false
    reader.suspend()
  }

  private func resumeReading() {
    guard !isReading else { return }
    isReading = true
    reader.resume()
  }

  /// Whether the caller has closed both directions, so that nobody reads what
  /// is still to be answered.
  private var hasHungUp: Bool {
    var poll = pollfd(fd: descriptor, events: 0, revents: 0)
    return Glibc.poll(&poll, 1, 0) == 1 && poll.revents & Int16(POLLHUP | POLLERR) != 0
  }

  // MARK: Time

  private enum Deadline {
    case close(End)
    /// Nothing limits how long an answer takes; whether somebody still waits
    /// for it is looked at now and then.
    case presence
  }

  private var nextDeadline: (at: UInt64, Deadline) {
    var next: (at: UInt64, Deadline)
    if call != nil {
      next = (after(idleSince, limits.idle), .presence)
    } else {
      next = (after(idleSince, limits.idle), .close(.idle))
    }
    if let partialSince {
      let deadline = after(partialSince, limits.partialMessage)
      if deadline < next.at { next = (deadline, .close(.messageTooSlow)) }
    }
    if let unreadSince {
      let deadline = after(unreadSince, limits.unread)
      if deadline < next.at { next = (deadline, .close(.answersUnread)) }
    }
    return next
  }

  /// Deadlines mostly move away. The timer stays where it is then and finds
  /// out when it fires, which saves a system call on every message.
  private func setAlarm() {
    let deadline = nextDeadline.at
    guard !isClosed, deadline < alarm ?? .max else { return }
    alarm = deadline
    timer.schedule(deadline: DispatchTime(uptimeNanoseconds: deadline))
  }

  private func alarmRang() {
    guard !isClosed else { return }
    alarm = nil
    let (deadline, what) = nextDeadline
    let now = monotonicNanoseconds()
    guard deadline <= now else { return setAlarm() }
    switch what {
    case .close(let end): close(end)
    case .presence:
      if hasHungUp { return close(.left) }
      idleSince = now
      setAlarm()
    }
  }
}
