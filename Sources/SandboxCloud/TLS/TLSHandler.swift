import CTLS
import NIOCore

/// The server's end of one TLS connection, between the socket and HTTP.
///
/// OpenSSL reads from and writes to memory; this moves the bytes.
final class TLSHandler: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  typealias OutboundIn = IOData
  typealias OutboundOut = IOData

  /// Says that the next close is to come without the alert that tells of it.
  struct Abort: Sendable {}

  /// The most that one TLS record carries (RFC 8446, section 5.1).
  private static let recordLimit = 16384

  private let connection: OpaquePointer?
  /// From the client, still encrypted. Both are freed with the connection.
  private let encryptedInput = BIO_new(BIO_s_mem())
  /// For the client, already encrypted.
  private let encryptedOutput = BIO_new(BIO_s_mem())

  private var isAborted = false

  init(_ context: TLSContext) {
    connection = SSL_new(context.pointer)
    SSL_set_bio(connection, encryptedInput, encryptedOutput)
    SSL_set_accept_state(connection)
  }

  deinit { SSL_free(connection) }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    unwrapInboundIn(data).withUnsafeReadableBytes { bytes in
      _ = BIO_write(encryptedInput, bytes.baseAddress, Int32(bytes.count))
    }
    var plain = [UInt8](repeating: 0, count: Self.recordLimit)
    while true {
      // SSL_get_error looks at what any earlier call of this thread left behind.
      ERR_clear_error()
      let count = SSL_read(connection, &plain, Int32(plain.count))
      guard count > 0 else {
        let isWaiting = SSL_get_error(connection, count) == SSL_ERROR_WANT_READ
        // Parts of the handshake, or the alert that says why there is none.
        writeEncrypted(context, promise: nil)
        context.flush()
        if !isWaiting { context.close(promise: nil) }
        return
      }
      let buffer = context.channel.allocator.buffer(bytes: plain.prefix(Int(count)))
      context.fireChannelRead(wrapInboundOut(buffer))
    }
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    guard case .byteBuffer(let buffer) = unwrapOutboundIn(data) else {
      // HTTP here never sends files.
      promise?.fail(ChannelError.operationUnsupported)
      return
    }
    buffer.withUnsafeReadableBytes { bytes in
      // Writing nothing is an error to OpenSSL.
      guard bytes.count > 0 else { return }
      _ = SSL_write(connection, bytes.baseAddress, Int32(bytes.count))
    }
    writeEncrypted(context, promise: promise)
  }

  func triggerUserOutboundEvent(
    context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?
  ) {
    if event is Abort { isAborted = true }
    promise?.succeed()
  }

  func close(
    context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?
  ) {
    if !isAborted {
      SSL_shutdown(connection)
      writeEncrypted(context, promise: nil)
      context.flush()
    }
    context.close(mode: mode, promise: promise)
  }

  private func writeEncrypted(_ context: ChannelHandlerContext, promise: EventLoopPromise<Void>?) {
    var buffer = context.channel.allocator.buffer(capacity: Self.recordLimit)
    var encrypted = [UInt8](repeating: 0, count: Self.recordLimit)
    while case let count = BIO_read(encryptedOutput, &encrypted, Int32(encrypted.count)), count > 0
    {
      buffer.writeBytes(encrypted.prefix(Int(count)))
    }
    context.write(wrapOutboundOut(.byteBuffer(buffer)), promise: promise)
  }
}
