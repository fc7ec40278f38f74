import CCurl
import Glibc
import RenewalCore
import Synchronization

/// HTTP by libcurl, on one thread of its own that sleeps until there is
/// something to do: a new request, a cancellation, a byte, a deadline.
///
/// No redirect is followed, no proxy is used but one that was configured, whatever
/// the environment says, and TLS is 1.2 or newer and verified.
package final class CurlTransport: HTTPTransport {
  private let loop: CurlLoop

  /// - Parameters:
  ///   - caFile: certificates to trust in place of the system's, in PEM.
  ///   - proxy: what requests by TLS go through.
  /// - Throws: `TransportUnavailable` where libcurl or the machine refuses.
  package init(caFile: String? = nil, proxy: Proxy? = nil) throws(TransportUnavailable) {
    guard curlIsReady, let multi = curl_multi_init() else { throw TransportUnavailable() }
    loop = CurlLoop(multi: multi, caFile: caFile, proxy: proxy)
    guard loop.startThread() else { throw TransportUnavailable() }
  }

  /// Gives up whatever is still open; each completion is called with a failure.
  deinit { loop.stop() }

  @discardableResult
  package func start(
    _ request: HTTPRequest,
    completion: @escaping @Sendable (Result<HTTPResponse, HTTPFailure>) -> Void
  ) -> HTTPCancellation {
    let transfer = CurlTransfer(request, completion: completion)
    loop.add(transfer)
    return HTTPCancellation { [loop] in loop.cancel(transfer) }
  }
}

/// There is no libcurl of 7.87 or newer, or no thread or memory for it.
package struct TransportUnavailable: Error, Hashable, Sendable, CustomStringConvertible {
  package var description: String { "libcurl 7.87 or newer cannot be started on this machine" }
}

/// Once for the process. 7.80 brought the pre-request callback, on which the
/// proof of "not sent" stands; 7.87 deadlines that do not wait for a name
/// server.
private let curlIsReady: Bool =
  curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK
  && (curl_version_info(CURLVERSION_FIRST)?.pointee.version_num ?? 0) >= 0x075700

/// The thread and what it owns. Others leave messages in `inbox` and wake it.
private final class CurlLoop: Sendable {
  private struct Inbox {
    var arrivals: [CurlTransfer] = []
    var cancellations: [CurlTransfer] = []
    var isStopping = false
  }

  private nonisolated(unsafe) let multi: UnsafeMutableRawPointer
  private let caFile: String?
  private let proxy: Proxy?
  private let inbox = Mutex(Inbox())

  init(multi: UnsafeMutableRawPointer, caFile: String?, proxy: Proxy?) {
    self.multi = multi
    self.caFile = caFile
    self.proxy = proxy
  }

  deinit { curl_multi_cleanup(multi) }

  func add(_ transfer: CurlTransfer) { leave { $0.arrivals.append(transfer) } }
  func cancel(_ transfer: CurlTransfer) { leave { $0.cancellations.append(transfer) } }
  func stop() { leave { $0.isStopping = true } }

  private func leave(_ message: (inout sending Inbox) -> Void) {
    inbox.withLock { message(&$0) }
    curl_multi_wakeup(multi)
  }

  func startThread() -> Bool {
    // No signal is delivered to this thread: they belong to the daemon's
    // sources, and a broken pipe has to be an error code, not an end.
    var all = sigset_t()
    var previous = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_SETMASK, &all, &previous)
    defer { pthread_sigmask(SIG_SETMASK, &previous, nil) }
    var thread = pthread_t()
    let context = Unmanaged.passRetained(self)
    let code = pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        Unmanaged<CurlLoop>.fromOpaque(context).takeRetainedValue().run()
        return nil
      }, context.toOpaque())
    guard code == 0 else {
      context.release()
      return false
    }
    pthread_detach(thread)
    return true
  }

  private func run() {
    var active: [UnsafeMutableRawPointer: CurlTransfer] = [:]

    func end(_ transfer: CurlTransfer, _ code: CURLcode, cancelled: Bool = false) {
      if let handle = transfer.handle {
        curl_multi_remove_handle(multi, handle)
        active[handle] = nil
      }
      transfer.finish(code, cancelled: cancelled)
    }

    while true {
      let messages = inbox.withLock { inbox in
        let taken = inbox
        inbox.arrivals = []
        inbox.cancellations = []
        return taken
      }
      for transfer in messages.arrivals {
        guard let handle = transfer.prepare(caFile: caFile, proxy: proxy),
          curl_multi_add_handle(multi, handle) == CURLM_OK
        else {
          transfer.finish(CURLE_FAILED_INIT, cancelled: false)
          continue
        }
        active[handle] = transfer
      }
      for transfer in messages.cancellations {
        guard let handle = transfer.handle, active[handle] != nil else { continue }
        end(transfer, CURLE_ABORTED_BY_CALLBACK, cancelled: true)
      }
      if messages.isStopping {
        for transfer in active.values { end(transfer, CURLE_ABORTED_BY_CALLBACK, cancelled: true) }
        return
      }

      var running: Int32 = 0
      curl_multi_perform(multi, &running)
      var left: Int32 = 0
      while let message = curl_multi_info_read(multi, &left) {
        guard message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle,
          let transfer = active[handle]
        else { continue }
        end(transfer, message.pointee.data.result)
      }
      // libcurl shortens the wait to its own next deadline.
      if curl_multi_poll(multi, nil, 0, .max, nil) != CURLM_OK {
        // Out of memory or descriptors: try again, but do not spin.
        usleep(100_000)
      }
    }
  }
}
