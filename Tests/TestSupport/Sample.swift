import InventoryStore
import RenewalCore

/// Values that tests begin with, and change what matters to them.
package enum Sample {
  package static let now = Instant(1_800_000_000)
  package static let expiry = now + .days(5)
  package static let subject = GroupKey(account: "main", group: "aig-1")
  package static let key = RenewalKey(subject: subject, expiry: expiry)

  package static func row() -> GroupRow {
    GroupRow(
      record: GroupRecord(
        account: "main", latest: DeliveryGroup(id: "aig-1", name: "studio-1", expiry: expiry),
        maximumExpiry: expiry, firstSeen: now, lastSeen: now))
  }

  package static func intent(
    expiry: Instant = Sample.expiry, attempt: Int, nonce: String? = nil
  ) -> RenewalIntent {
    RenewalIntent(
      key: RenewalKey(subject: subject, expiry: expiry), attempt: attempt, period: .oneMonth,
      quote: Money(minorUnits: 89_900, currency: .cny), date: now,
      nonce: nonce ?? "nonce-\(expiry.seconds)-\(attempt)", requestHash: "hash", rule: "all",
      bootID: "boot")
  }

  package static let refusal = RenewalTransition(
    state: .refused, order: nil, reason: "refused: Throttling.User")
}
