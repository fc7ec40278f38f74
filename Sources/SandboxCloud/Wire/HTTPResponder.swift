import NIOCore
import NIOHTTP1
import NIOPosix

/// Collects one request at a time, asks for its answer and puts that on the wire,
/// faults of the wire included.
final class HTTPResponder: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  /// Far more than any call of these services needs.
  private static let bodyLimit = 1 << 20

  private let answer: @Sendable (WireRequest) -> WireAnswer
  private var head: HTTPRequestHead?
  private var body: [UInt8] = []

  init(answer: @escaping @Sendable (WireRequest) -> WireAnswer) { self.answer = answer }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      self.head = head
      body = []
    case .body(let part):
      guard body.count + part.readableBytes <= Self.bodyLimit else {
        context.close(promise: nil)
        return
      }
      body += part.readableBytesView
    case .end:
      guard let head else { return }
      self.head = nil
      let request = WireRequest(
        method: head.method.rawValue, target: head.uri,
        headers: head.headers.map { ($0.name, $0.value) }, body: body)
      send(answer(request), to: head, context: context)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }

  private func send(
    _ answer: WireAnswer, to request: HTTPRequestHead, context: ChannelHandlerContext
  ) {
    guard answer.delayMilliseconds == 0 else {
      var prompt = answer
      prompt.delayMilliseconds = 0
      after(answer.delayMilliseconds, context) { self.send(prompt, to: request, context: $0) }
      return
    }
    switch answer.manner {
    case .hang:
      break
    case .cut:
      context.close(promise: nil)
    case .reset:
      reset(context)
    case .whole:
      writeHead(of: answer, to: request, context)
      write(answer.body[...], context)
      end(request, context)
    case .short:
      writeHead(of: answer, to: request, context)
      let half = context.channel.allocator.buffer(
        bytes: answer.body.prefix(answer.body.count / 2))
      closeAfter(context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(half)))), context)
    case .drip(let milliseconds):
      writeHead(of: answer, to: request, context)
      context.flush()
      drip(answer.body[...], pause: milliseconds, request, context)
    }
  }

  private func writeHead(
    of answer: WireAnswer, to request: HTTPRequestHead, _ context: ChannelHandlerContext
  ) {
    var headers = HTTPHeaders(answer.headers.map { ($0.name, $0.value) })
    headers.add(name: "content-length", value: String(answer.body.count))
    if !request.isKeepAlive { headers.add(name: "connection", value: "close") }
    let head = HTTPResponseHead(
      version: request.version, status: HTTPResponseStatus(statusCode: answer.status),
      headers: headers)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
  }

  private func write(_ bytes: ArraySlice<UInt8>, _ context: ChannelHandlerContext) {
    guard !bytes.isEmpty else { return }
    let buffer = context.channel.allocator.buffer(bytes: bytes)
    context.write(wrapOutboundOut(.body(.byteBuffer(buffer))), promise: nil)
  }

  private func end(_ request: HTTPRequestHead, _ context: ChannelHandlerContext) {
    let written = context.writeAndFlush(wrapOutboundOut(.end(nil)))
    if !request.isKeepAlive { closeAfter(written, context) }
  }

  /// Closing at once would throw away what the socket has not taken yet.
  private func closeAfter(_ written: EventLoopFuture<Void>, _ context: ChannelHandlerContext) {
    let channel = context.channel
    written.whenComplete { _ in channel.close(promise: nil) }
  }

  private func drip(
    _ bytes: ArraySlice<UInt8>, pause: Int, _ request: HTTPRequestHead,
    _ context: ChannelHandlerContext
  ) {
    guard !bytes.isEmpty else {
      end(request, context)
      return
    }
    write(bytes.prefix(1), context)
    context.flush()
    after(pause, context) { self.drip(bytes.dropFirst(), pause: pause, request, $0) }
  }

  private func after(
    _ milliseconds: Int, _ context: ChannelHandlerContext,
    _ body: @escaping (ChannelHandlerContext) -> Void
  ) {
    context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(Int64(milliseconds))) {
      // The client may have gone meanwhile.
      if context.channel.isActive { body(context) }
    }
  }

  /// Lingering for no time turns the close into a reset.
  private func reset(_ context: ChannelHandlerContext) {
    guard let options = context.channel as? any SocketOptionProvider else {
      context.close(promise: nil)
      return
    }
    let channel = context.channel
    context.triggerUserOutboundEvent(TLSHandler.Abort(), promise: nil)
    options.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in
      channel.close(promise: nil)
    }
  }
}
