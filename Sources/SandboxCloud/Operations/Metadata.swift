extension Cloud {
  /// Answers what has a path of its own: the instance metadata service and the
  /// credentials URI (API reference, section 9.4).
  mutating func answerMetadata(
    _ request: WireRequest, at now: CloudTime, record: inout SandboxRequest,
    fault: inout SandboxFault?
  ) throws(Refusal) -> WireAnswer {
    throw Refusal(404, "InvalidPath.NotFound", "There is nothing at \(request.path).")
  }
}
