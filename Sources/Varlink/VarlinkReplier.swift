import FoundationEssentials
import Synchronization

/// Takes the answer to one call, now or later, from any queue.
///
/// Exactly one of `reply` and `fail` ends the call; what comes after is
/// ignored, as is everything for a oneway call or a caller who has gone.
package final class VarlinkReplier: Sendable {
  enum Answer: Sendable {
    case message([UInt8], isFinal: Bool)
    /// Nothing can be said any more: the connection has to close.
    case none
  }

  private let wantsMore: Bool
  private let deliver: @Sendable (Answer) -> Void
  private let watch: @Sendable (@escaping @Sendable () -> Void) -> Void
  private let hasEnded = Atomic(false)

  init(
    wantsMore: Bool, deliver: @escaping @Sendable (Answer) -> Void,
    watch: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void
  ) {
    self.wantsMore = wantsMore
    self.deliver = deliver
    self.watch = watch
  }

  /// The last or only answer. The value has to encode as an object.
  package func reply(_ parameters: some Encodable) {
    end { ReplyMessage.bytes(try EncodedParameters(parameters), continues: false) }
  }

  /// The last or only answer of a method that returns nothing.
  package func reply() {
    end { ReplyMessage.empty }
  }

  /// One of several answers; `reply` or `fail` has to follow. A caller who did
  /// not ask for several gets the error `ExpectedMore` instead.
  package func replyContinuing(_ parameters: some Encodable) {
    do {
      replyContinuing(try EncodedParameters(parameters))
    } catch {
      end { throw error }
    }
  }

  /// As `reply`, with an answer that was encoded before.
  package func reply(_ parameters: EncodedParameters) {
    end { ReplyMessage.bytes(parameters, continues: false) }
  }

  /// As `replyContinuing`, with an answer that was encoded before.
  package func replyContinuing(_ parameters: EncodedParameters) {
    guard wantsMore else { return fail(.expectedMore) }
    guard !hasEnded.load(ordering: .relaxed) else { return }
    deliver(.message(ReplyMessage.bytes(parameters, continues: true), isFinal: false))
  }

  package func fail(_ error: VarlinkError) {
    end { ReplyMessage.bytes(error) }
  }

  /// Runs the body once if the caller goes before the call has its final
  /// answer, on the server's queue: the time to forget the replier.
  package func whenCallerLeaves(_ body: @escaping @Sendable () -> Void) {
    watch(body)
  }

  private func end(_ message: () throws -> [UInt8]) {
    guard !hasEnded.exchange(true, ordering: .relaxed) else { return }
    // Only a value without JSON form gets here, such as a number not finite.
    let answer = (try? message()).map { Answer.message($0, isFinal: true) }
    deliver(answer ?? .none)
  }

  deinit {
    if !hasEnded.load(ordering: .relaxed) { deliver(.none) }
  }
}

/// The parameters of an answer in the wire's own form: encoded once, given to
/// as many callers as there are.
package struct EncodedParameters: Sendable {
  fileprivate let bytes: [UInt8]

  /// - Throws: `EncodingError` for a value without JSON form.
  package init(_ parameters: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    bytes = Array(try encoder.encode(parameters))
  }
}

/// Replies in the wire's own form, each with the NUL that ends it.
enum ReplyMessage {
  static let empty = Array("{\"parameters\":{}}\0".utf8)

  static func bytes(_ parameters: EncodedParameters, continues: Bool) -> [UInt8] {
    var bytes = Array(
      continues ? "{\"continues\":true,\"parameters\":".utf8 : "{\"parameters\":".utf8)
    bytes += parameters.bytes
    bytes += "}\0".utf8
    return bytes
  }

  static func bytes(_ parameters: JSON) -> [UInt8] {
    Array("{\"parameters\":\(parameters)}\0".utf8)
  }

  static func bytes(_ error: VarlinkError) -> [UInt8] {
    let message: JSON = ["error": .string(error.name), "parameters": error.parameters]
    return Array("\(message)\0".utf8)
  }
}
