/// Why a read brought nothing. Whoever reads one must be able to tell three
/// things: may it be repeated, whose fault it is, what to do.
package enum CloudFault: Error, Hashable, Sendable {
  /// The cloud answered, and said no.
  case refused(CloudRefusal)
  /// No complete answer: name resolution, connection, TLS, deadline.
  case unreachable(String)
  /// An answer that is not what the reference describes: the environment
  /// changed, and nothing may be paid on it.
  case unreadable(String)
  /// No usable credentials: nothing was sent.
  case noCredentials(String)
}

/// A refusal in the cloud's own words. An unknown code is a value like any other.
package struct CloudRefusal: Error, Hashable, Sendable {
  /// `Throttling.User`, `Forbidden.RAM` ...; empty where the answer named none.
  package var code: String
  package var message: String
  package var httpStatus: Int
  package var requestID: String
  /// From `x-acs-retry-after`, which counts milliseconds; rounded up.
  package var retryAfter: Span?

  package init(
    code: String, message: String = "", httpStatus: Int, requestID: String = "",
    retryAfter: Span? = nil
  ) {
    self.code = code
    self.message = message
    self.httpStatus = httpStatus
    self.requestID = requestID
    self.retryAfter = retryAfter
  }
}
