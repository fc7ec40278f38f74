import CCurl
import CloudSigning
import RenewalCore

/// One request on its way, owned by the transport's thread from `prepare` on.
final class CurlTransfer: @unchecked Sendable {
  /// No service here sends a hundredth of it; whoever does wants memory.
  private static let headerLimit = 64 << 10

  private let request: HTTPRequest
  private let completion: @Sendable (Result<HTTPResponse, HTTPFailure>) -> Void

  private(set) var handle: UnsafeMutableRawPointer?
  private var headerList: UnsafeMutablePointer<curl_slist>?
  private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))

  /// How often libcurl was about to write the request.
  private var transmissions = 0
  private var headerBytes = 0
  private var responseHeaders: [Parameter] = []
  private var responseBody: [UInt8] = []
  private var problem: String?

  init(
    _ request: HTTPRequest,
    completion: @escaping @Sendable (Result<HTTPResponse, HTTPFailure>) -> Void
  ) {
    self.request = request
    self.completion = completion
    errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
  }

  deinit {
    if let handle { curl_easy_cleanup(handle) }
    curl_slist_free_all(headerList)
    errorText.deallocate()
  }

  /// `nil` where the request cannot be set up as it has to be: better no call
  /// than one with an option missing.
  func prepare(caFile: String?, proxy: Proxy?) -> UnsafeMutableRawPointer? {
    guard let handle = curl_easy_init() else { return nil }
    self.handle = handle
    var isSet = true
    func set(_ option: CURLoption, _ value: Int) {
      isSet = curl_set_long(handle, option, value) == CURLE_OK && isSet
    }
    func set(_ option: CURLoption, _ value: String?) {
      isSet = curl_set_string(handle, option, value) == CURLE_OK && isSet
    }
    func set(_ option: CURLoption, pointer: UnsafeMutableRawPointer?) {
      isSet = curl_set_pointer(handle, option, pointer) == CURLE_OK && isSet
    }
    let context = Unmanaged.passUnretained(self).toOpaque()

    set(CURLOPT_URL, request.endpoint.description)
    // The signed text itself, which nobody may normalize.
    set(CURLOPT_REQUEST_TARGET, request.target)
    set(CURLOPT_PROTOCOLS_STR, request.endpoint.scheme.rawValue)
    set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
    set(CURLOPT_FOLLOWLOCATION, 0)
    // Plain HTTP stays on this machine or its link. Through TLS a proxy can neither
    // read nor repeat what it passes on, so a payment may take the same way.
    let proxy = request.endpoint.scheme == .https ? proxy : nil
    set(CURLOPT_PROXY, proxy?.description ?? "")
    set(CURLOPT_NOPROXY, proxy == nil ? "*" : "")
    set(CURLOPT_NOSIGNAL, 1)

    set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
    set(CURLOPT_SSL_VERIFYPEER, 1)
    set(CURLOPT_SSL_VERIFYHOST, 2)
    // A directory is searched by hash; the whole bundle would be read at each handshake.
    set(CURLOPT_CAINFO, caFile)
    set(CURLOPT_CAPATH, caFile == nil ? "/etc/ssl/certs" : nil)

    set(CURLOPT_TIMEOUT_MS, milliseconds(request.deadline.seconds))
    set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds(request.connectDeadline.seconds))
    // Else the end of a request would wait for its resolver, and all others with it.
    set(CURLOPT_QUICK_EXIT, 1)
    if request.transmission == .once {
      set(CURLOPT_FRESH_CONNECT, 1)
      set(CURLOPT_FORBID_REUSE, 1)
    }

    switch request.method {
    case .get: set(CURLOPT_HTTPGET, 1)
    case .post, .put:
      set(CURLOPT_POST, 1)
      set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
      set(CURLOPT_POSTFIELDSIZE, request.body.count)
      isSet =
        request.body.withUnsafeBytes { bytes in
          let start = UnsafeMutableRawPointer(mutating: bytes.baseAddress)
          return curl_set_pointer(handle, CURLOPT_COPYPOSTFIELDS, start ?? context) == CURLE_OK
        } && isSet
    }
    setHeaders()
    set(CURLOPT_HTTPHEADER, pointer: headerList)

    set(CURLOPT_ERRORBUFFER, pointer: errorText)
    set(CURLOPT_WRITEDATA, pointer: context)
    set(CURLOPT_HEADERDATA, pointer: context)
    set(CURLOPT_PREREQDATA, pointer: context)
    let callbacks = [
      curl_set_data_callback(handle, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
        transfer(context)?.receive(bytes, size * count) ?? 0
      },
      curl_set_data_callback(handle, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
        transfer(context)?.receiveHeader(bytes, size * count) ?? 0
      },
      curl_set_prereq_callback(handle) { context, _, _, _, _ in
        transfer(context)?.allowTransmission() == true
          ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
      },
    ]
    isSet = callbacks.allSatisfy { $0 == CURLE_OK } && isSet
    return isSet && problem == nil ? handle : nil
  }

  private func setHeaders() {
    var names: Set<String> = []
    for header in request.headers {
      names.insert(header.name.lowercased())
      guard (header.name + header.value).utf8.allSatisfy({ $0 >= 32 && $0 != 127 }) else {
        problem = "the header \(header.name) holds a control character"
        return
      }
      // With a colon and nothing behind it libcurl would drop the header.
      headerList = curl_slist_append(
        headerList, header.value.isEmpty ? "\(header.name);" : "\(header.name): \(header.value)")
    }
    // What libcurl adds by itself and nobody signed. `Expect` would cost a
    // round trip, and a second of waiting where it is not understood.
    for name in ["content-type", "accept", "expect"] where !names.contains(name) {
      headerList = curl_slist_append(headerList, "\(name):")
    }
  }

  /// Asked before each transmission. A request that is to be sent once is
  /// never given to a second connection, whatever became of the first.
  func allowTransmission() -> Bool {
    transmissions += 1
    return request.transmission == .repeatable || transmissions == 1
  }

  private func receive(_ bytes: UnsafeMutablePointer<CChar>?, _ count: Int) -> Int {
    guard responseBody.count + count <= request.bodyLimit else {
      problem = "the answer is longer than \(request.bodyLimit) bytes"
      return 0
    }
    responseBody.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: count))
    return count
  }

  private func receiveHeader(_ bytes: UnsafeMutablePointer<CChar>?, _ count: Int) -> Int {
    headerBytes += count
    guard headerBytes <= Self.headerLimit else {
      problem = "the answer has more than \(Self.headerLimit) bytes of headers"
      return 0
    }
    let line = String(
      decoding: UnsafeRawBufferPointer(start: bytes, count: count), as: UTF8.self)
    if line.hasPrefix("HTTP/") {
      // An interim answer (1xx) came before; only the last one counts.
      responseHeaders = []
    } else if let colon = line.firstIndex(of: ":") {
      let value = line[line.index(after: colon)...].drop { $0.isWhitespace }
      responseHeaders.append(
        Parameter(String(line[..<colon]), String(value.prefix { !$0.isNewline })))
    }
    return count
  }

  /// Tells the caller. Called once, after libcurl let go of the handle.
  func finish(_ code: CURLcode, cancelled: Bool) {
    var requestSize = 0
    var status = 0
    if let handle {
      curl_get_long(handle, CURLINFO_REQUEST_SIZE, &requestSize)
      curl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
    }
    if code == CURLE_OK, status > 0 {
      completion(
        .success(HTTPResponse(status: status, headers: responseHeaders, body: responseBody)))
      return
    }
    let detail = String(cString: errorText)
    let reason = detail.isEmpty ? String(cString: curl_easy_strerror(code)) : detail
    let text = cancelled ? "given up" : problem ?? reason
    // The proof of "not sent" takes both: libcurl was never about to write the
    // request, and has counted no byte of it as written.
    completion(
      .failure(
        transmissions == 0 && requestSize == 0 ? .notSent(text) : .interrupted(text)))
  }
}

private func transfer(_ context: UnsafeMutableRawPointer?) -> CurlTransfer? {
  context.map { Unmanaged<CurlTransfer>.fromOpaque($0).takeUnretainedValue() }
}

/// At least one: zero would mean no limit at all. At most what a C `int` holds.
private func milliseconds(_ seconds: Int64) -> Int {
  Int(min(max(seconds, 0), 2_000_000) * 1000).advanced(by: seconds <= 0 ? 1 : 0)
}
