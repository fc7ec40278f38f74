import InventoryStore
import RenewalCore

/// The one line of `systemctl status`.
enum StatusLine {
  static func text(_ engine: RenewalEngine, at now: Instant) -> String {
    var parts: [String] = []
    let counts = (try? engine.store.read { try $0.standings() }) ?? [:]
    parts.append("\(counts.values.reduce(0, +)) groups")
    if let next = try? engine.store.read({ try $0.nextDue() }), let dueAt = next.dueAt {
      parts.append("next due \(dueAt) \(next.record.latest.id)")
    }
    let doubtful = counts[.unknown] ?? 0
    if doubtful > 0 { parts.append("\(doubtful) in doubt") }
    let pages = engine.alerts.pages
    if pages > 0 { parts.append("\(pages) pages") }
    parts.append("mode \(engine.settings.mode.rawValue)")
    if let reason = engine.pauseReason { parts.append("paused: \(reason)") }
    if let fuse = engine.blownFuse { parts.append("fuse blown: \(fuse.name.rawValue)") }
    if let fault = engine.storageFault { parts.append("payments off: \(fault)") }
    return parts.joined(separator: ", ")
  }
}
