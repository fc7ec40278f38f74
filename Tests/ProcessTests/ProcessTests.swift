import Glibc
import Testing

/// The real programs, one set at a time: they take their time by waiting, and all of
/// them at once would wait for each other.
@Suite(.serialized, .timeLimit(.minutes(getenv("RENEWALD_SOAK") == nil ? 10 : 600)))
enum `The real programs` {}
