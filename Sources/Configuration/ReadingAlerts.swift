import RenewalCore

extension ExpiryLadder {
  /// `expiry_ladder` of `[alerts]`; `nil` where it is missing or was reported.
  init?(reading table: inout TableReader) {
    let diagnosis = table.diagnosis
    let steps = table.strings("expiry_ladder").compactMap { written -> Span? in
      do throws(Misread) {
        let span = try DurationText.parse(written.value)
        guard span >= .hours(1), span <= .days(366) else {
          throw Misread("a step of 'expiry_ladder' is from \"1h\" to \"366d\"")
        }
        return span
      } catch {
        diagnosis.report(written.position, error.message)
        return nil
      }
    }
    guard !steps.isEmpty else { return nil }
    self.init(steps)
  }
}
