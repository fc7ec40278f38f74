import RenewalCore
import TestSupport
import Testing

/// Berlin in 2026: summer time from 29 March 01:00Z to 25 October 01:00Z.
private let berlin = NamedZone(
  name: "Europe/Berlin", firstOffset: .hours(1),
  transitions: [
    .init(at: instant(2026, 3, 29, 1), offset: .hours(2)),
    .init(at: instant(2026, 10, 25, 1), offset: .hours(1)),
  ])

private func instant(_ year: Int, _ month: Int, _ day: Int, _ hour: Int = 0, _ minute: Int = 0)
  -> Instant
{
  Instant(
    Int64(CivilDate(year: year, month: month, day: day).daysSinceEpoch) * 86400
      + Int64(hour * 3600 + minute * 60))
}

private func wall(_ year: Int, _ month: Int, _ day: Int, _ hour: Int, _ minute: Int = 0)
  -> WallTime
{
  WallTime(
    date: CivilDate(year: year, month: month, day: day), second: hour * 3600 + minute * 60)
}

private func hours(_ days: ClosedRange<Int>, _ start: Int, _ end: Int) -> [WeeklyHours] {
  days.map { WeeklyHours(weekday: $0, start: start * 3600, end: end * 3600) }
}

@Suite struct `A named zone` {
  @Test func `moves a time that does not exist to the end of the gap`() {
    #expect(berlin.instants(of: wall(2026, 3, 29, 2, 30)) == [])
    #expect(berlin.first(wall(2026, 3, 29, 2, 30)) == instant(2026, 3, 29, 1))
    #expect(berlin.last(wall(2026, 3, 29, 2, 30)) == instant(2026, 3, 29, 1))
    #expect(berlin.first(wall(2026, 3, 29, 3)) == instant(2026, 3, 29, 1))
    #expect(berlin.first(wall(2026, 3, 29, 1, 59)) == instant(2026, 3, 29, 0, 59))
  }

  @Test func `knows both instants of a time that exists twice`() {
    let twice = wall(2026, 10, 25, 2, 30)
    #expect(
      berlin.instants(of: twice) == [instant(2026, 10, 25, 0, 30), instant(2026, 10, 25, 1, 30)])
    #expect(berlin.first(twice) == instant(2026, 10, 25, 0, 30))
    #expect(berlin.last(twice) == instant(2026, 10, 25, 1, 30))
  }

  /// Havana sets its clock forward at midnight: 8 March 2026 begins at 01:00.
  @Test func `begins a day without a midnight at its first instant`() {
    let havana = NamedZone(
      name: "America/Havana", firstOffset: -.hours(5),
      transitions: [.init(at: instant(2026, 3, 8, 5), offset: -.hours(4))])
    #expect(havana.start(of: CivilDate(year: 2026, month: 3, day: 8)) == instant(2026, 3, 8, 5))
    #expect(havana.start(of: CivilDate(year: 2026, month: 3, day: 9)) == instant(2026, 3, 9, 4))
  }

  @Test func `tells the wall time of every instant and finds it again`() {
    for hour in 0..<(366 * 24) {
      let instant = instant(2026, 1, 1) + .hours(Int64(hour))
      #expect(berlin.instants(of: berlin.wallTime(at: instant)).contains(instant))
    }
  }
}

@Suite struct `Budget periods` {
  private func bounds(_ period: BudgetPeriod, _ at: Instant) -> [Instant?] {
    let bounds = period.bounds(at: at, in: berlin)
    return [bounds.from, bounds.to]
  }

  @Test func `are days and months of the zone, over leap days and set clocks`() {
    // 28 February 2028, 23:30Z is already the leap day in Berlin.
    #expect(
      bounds(.day, instant(2028, 2, 28, 23, 30))
        == [instant(2028, 2, 28, 23), instant(2028, 2, 29, 23)])
    #expect(
      bounds(.month, instant(2028, 2, 29, 12)) == [
        instant(2028, 1, 31, 23), instant(2028, 2, 29, 23),
      ])
    // A day of 23 hours, a day of 25, and the month around it.
    #expect(
      bounds(.day, instant(2026, 3, 29, 12)) == [
        instant(2026, 3, 28, 23), instant(2026, 3, 29, 22),
      ])
    #expect(
      bounds(.day, instant(2026, 10, 25, 0)) == [
        instant(2026, 10, 24, 22), instant(2026, 10, 25, 23),
      ])
    #expect(
      bounds(.month, instant(2026, 3, 31, 21, 59))
        == [instant(2026, 2, 28, 23), instant(2026, 3, 31, 22)])
    #expect(
      bounds(.month, instant(2026, 3, 31, 22)) == [
        instant(2026, 3, 31, 22), instant(2026, 4, 30, 22),
      ])
    #expect(
      bounds(.month, instant(2026, 12, 31, 23)) == [
        instant(2026, 12, 31, 23), instant(2027, 1, 31, 23),
      ])
  }

  @Test func `roll where they are a length of time`() {
    #expect(bounds(.rolling(.days(30)), instant(2026, 3, 31)) == [instant(2026, 3, 1), nil])
  }
}

@Suite struct `Payment hours` {
  private let office = PaymentHours(zone: berlin, windows: hours(0...4, 9, 18))
  private let far = instant(2027, 1, 1)

  @Test func `open with the window's clock, in winter and in summer`() {
    // Friday, 27 March, 18:00 to Monday, 30 March, 09:00: an hour less than usual.
    #expect(office.closure(at: instant(2026, 3, 27, 16, 59)) == nil)
    #expect(office.closure(at: instant(2026, 3, 27, 17)) == .windows)
    #expect(office.opening(from: instant(2026, 3, 27, 17), limit: far) == instant(2026, 3, 30, 7))
    #expect(office.longestClosure == .hours(63))
  }

  @Test func `need people as well as a window`() {
    let both = PaymentHours(
      zone: .utc, windows: hours(0...6, 6, 12), staffed: hours(0...4, 9, 18))
    #expect(both.closure(at: instant(2026, 3, 27, 8)) == .staffedHours)
    #expect(both.closure(at: instant(2026, 3, 27, 13)) == .windows)
    #expect(both.opening(from: instant(2026, 3, 27, 12), limit: far) == instant(2026, 3, 30, 9))
    #expect(both.longestClosure == .hours(69))
    let never = PaymentHours(zone: .utc, windows: hours(5...5, 9, 18), staffed: hours(0...4, 9, 18))
    #expect(never.longestClosure == .days(7))
    // On Monday the one ends where the other begins: that is no opening.
    let touching = PaymentHours(
      zone: .utc, windows: hours(0...1, 10, 12),
      staffed: hours(0...0, 12, 14) + hours(1...1, 10, 12))
    #expect(touching.longestClosure == .days(7) - .hours(2))
    #expect(never.opening(from: instant(2026, 3, 27), limit: far) == far)
  }

  @Test func `stay closed in a blackout, and no longer than the limit`() {
    var hours = office
    hours.blackouts = [Blackout(from: instant(2026, 12, 23, 23), until: instant(2027, 1, 1, 23))]
    // 2 January 2027 is a Saturday.
    let limit = instant(2027, 2, 1)
    #expect(hours.opening(from: instant(2026, 12, 24), limit: limit) == instant(2027, 1, 4, 8))
    #expect(hours.opening(from: instant(2026, 12, 24), limit: far) == far)
    #expect(
      hours.opening(from: instant(2026, 12, 23, 22, 30), limit: limit) == instant(2027, 1, 4, 8))
  }

  @Test func `of a day that no week has never open, and are looked for no longer`() {
    let none = PaymentHours(zone: berlin, windows: hours(7...7, 9, 18))
    #expect(none.opening(from: instant(2026, 3, 27), limit: far) == far)
  }

  @Test func `open twice where the hour exists twice, and never in a gap`() {
    let night = PaymentHours(
      zone: berlin, windows: [WeeklyHours(weekday: 6, start: 7200, end: 9000)])
    // 25 October 2026 is a Sunday: 02:00 to 02:30 comes twice.
    #expect(night.closure(at: instant(2026, 10, 25, 0, 10)) == nil)
    #expect(night.closure(at: instant(2026, 10, 25, 0, 40)) == .windows)
    #expect(
      night.opening(from: instant(2026, 10, 25, 0, 40), limit: far) == instant(2026, 10, 25, 1))
    // 29 March 2026 is one too: it does not come at all.
    #expect(
      night.opening(from: instant(2026, 3, 28, 12), limit: far) == instant(2026, 4, 5, 0))
  }

  @Test func `find the same opening as a walk over every minute`() {
    let hours = PaymentHours(
      zone: berlin,
      windows: [
        WeeklyHours(weekday: 6, start: 9000, end: 12600),
        WeeklyHours(weekday: 2, start: 0, end: 60),
      ])
    for offset in stride(from: Int64(0), to: 366 * 24 * 60, by: 23_777) {
      let start = instant(2026, 1, 1) + .minutes(offset)
      var walked = start
      while hours.closure(at: walked) != nil { walked = walked + .minutes(1) }
      #expect(hours.opening(from: start, limit: instant(2030, 1, 1)) == walked)
    }
  }
}

@Suite struct `The timing of a renewal` {
  private let parameters = ProtocolParameters.withBilling
  /// CAP * Q + H = 3 * 135 min + 48 h.
  private let least = Span.minutes(54 * 60 + 45)

  private func rule(notice: Span = .zero, spread: Span = .zero, _ hours: PaymentHours = .always)
    -> RenewalRule
  {
    RenewalRule(
      name: "all", action: .renew, period: .oneMonth, leadTime: .days(7), notice: notice,
      hours: hours, spread: spread)
  }

  @Test func `is none where nothing is bought`() {
    var situation = GroupSituation(record: Sample.row().record, rule: rule())
    #expect(situation.timing(parameters)?.dueAt == situation.dueAt)
    situation.rule?.action = .lapse
    #expect(situation.dueAt == nil && situation.timing(parameters) == nil)
  }

  @Test func `is the lead time alone where nothing else is asked for`() {
    let expiry = instant(2028, 3, 7, 16)
    let timing = rule().timing(of: "aig-1", expiry: expiry, parameters: parameters)
    #expect(timing.dueAt == instant(2028, 2, 29, 16))
    #expect(timing.turnAt == timing.dueAt)
    #expect(timing.payableAt == timing.dueAt)
    #expect(timing.givesWayAt == expiry - least)
  }

  @Test func `waits for hours after a notice, by the clock of the zone`() {
    let office = PaymentHours(zone: berlin, windows: hours(0...4, 9, 18))
    // Due on Thursday, 26 March 2026, 16:00Z; the notice ends on Saturday; the
    // window opens on Monday at 09:00 in summer time; the bound is at 09:15Z.
    let timing = rule(notice: .hours(48), office)
      .timing(of: "aig-1", expiry: instant(2026, 4, 2, 16), parameters: parameters)
    #expect(timing.noticeEndsAt == instant(2026, 3, 28, 16))
    #expect(timing.payableAt == instant(2026, 3, 30, 7))
    #expect(timing.givesWayAt == instant(2026, 3, 31, 9, 15))
  }

  @Test func `gives way while every attempt and a person's time still fit`() {
    let closed = PaymentHours(
      blackouts: [Blackout(from: instant(2026, 12, 24), until: instant(2027, 1, 2))])
    let expiry = instant(2026, 12, 31, 16)
    let timing = rule(closed).timing(of: "aig-1", expiry: expiry, parameters: parameters)
    #expect(timing.payableAt == expiry - least)
    let late = rule(notice: .hours(48)).timing(
      of: "aig-1", expiry: expiry, noticedAt: expiry - .hours(60), parameters: parameters)
    #expect(late.payableAt == expiry - least)
    let latest = rule(notice: .hours(48)).timing(
      of: "aig-1", expiry: expiry, noticedAt: expiry - .hours(20), parameters: parameters)
    #expect(latest.noticeEndsAt == expiry - .hours(20))
  }

  @Test func `spreads groups that expire at one instant, the same way each time`() {
    let expiry = instant(2026, 6, 30, 16)
    let turns = (0..<1000).map { number in
      rule(spread: .hours(12)).timing(
        of: GroupID("aig-\(number)"), expiry: expiry, parameters: parameters
      ).turnAt - (expiry - .days(7))
    }
    #expect(turns.allSatisfy { $0 >= .zero && $0 < .hours(12) })
    for hour in 0..<12 {
      let share = turns.filter { $0 >= .hours(Int64(hour)) && $0 < .hours(Int64(hour + 1)) }.count
      #expect((50...120).contains(share))
    }
    // Of this version and of every later one.
    #expect(GroupID("aig-1").share(of: .hours(12)) == .seconds(13960))
    #expect(GroupID("aig-9ciijz60n4xsv").share(of: .days(1)) == .seconds(50905))
  }
}

@Suite struct `Money limits` {
  private func cny(_ units: Int64) -> Money { Money(minorUnits: units, currency: .cny) }

  @Test func `measure drift exactly`() {
    let ten = Percentage(hundredths: 1_000)
    #expect(!cny(98_890).exceeds(cny(89_900), by: ten))
    #expect(cny(98_891).exceeds(cny(89_900), by: ten))
    #expect(!cny(1).exceeds(cny(89_900), by: ten))
    #expect(Money(minorUnits: 1, currency: .usd).exceeds(cny(89_900), by: ten))
    #expect(!cny(.max).exceeds(cny(.max), by: Percentage(hundredths: 0)))
    #expect(cny(.max).exceeds(cny(.max - 1), by: Percentage(hundredths: 0)))
    // What costs nothing costs no more than anything.
    #expect(!cny(0).exceeds(cny(0), by: ten) && !cny(-1).exceeds(cny(89_900), by: ten))
    #expect(
      "\(ten) \(Percentage(hundredths: 250)) \(Percentage(hundredths: 5))" == "10% 2.5% 0.05%")
  }

  @Test func `take a share of a count rounded up, and never more than can be counted`() {
    #expect([0, 1, 40, 41].map(Percentage(hundredths: 250).roundedUp(of:)) == [0, 1, 1, 2])
    #expect(Percentage(hundredths: 10_000).roundedUp(of: 7) == 7)
    #expect(Percentage(hundredths: 10_000).roundedUp(of: .max) == .max)
    #expect(Percentage(hundredths: 250).roundedUp(of: -40) == 0)
  }

  @Test func `of a budget hold spent, reserved and the price together`() {
    let budget = Budget(name: "m", per: .month, limit: cny(100))
    func allows(_ price: Money, _ spent: Int64, _ reserved: Int64) -> Bool {
      budget.allows(price, beside: BudgetUse(spent: cny(spent), reserved: cny(reserved)))
    }
    #expect(allows(cny(30), 50, 20))
    #expect(!allows(cny(31), 50, 20))
    #expect(!allows(Money(minorUnits: 1, currency: .usd), 0, 0))
    #expect(!allows(cny(1), .max, 1))
    #expect(
      !Budget(name: "z", per: .day, limit: cny(0)).allows(
        cny(1), beside: BudgetUse(spent: cny(0), reserved: cny(0))))
    #expect(
      Budget(name: "u", per: .day, limit: nil).allows(
        cny(.max), beside: BudgetUse(spent: cny(.max), reserved: cny(0))))
  }

  @Test func `of fuses name the first that one more renewal would blow`() {
    var limits = FuseLimits(groupsPerSweep: 2, stormMargin: nil)
    #expect(limits.blown(by: cny(1), beside: FuseCounts(paidInSweep: 1)) == nil)
    #expect(limits.blown(by: cny(1), beside: FuseCounts(paidInSweep: 2))?.name == .groupsPerSweep)
    limits = FuseLimits(sharePerSweep: Percentage(hundredths: 2_500), stormMargin: nil)
    #expect(limits.blown(by: cny(1), beside: FuseCounts(paidInSweep: 0, fleet: 3)) == nil)
    #expect(limits.blown(by: cny(1), beside: FuseCounts(paidInSweep: 2, fleet: 9)) == nil)
    #expect(
      limits.blown(by: cny(1), beside: FuseCounts(paidInSweep: 3, fleet: 9))?.name == .sharePerSweep
    )
    limits = FuseLimits(moneyPerSweep: [cny(100)], stormMargin: nil)
    let spent = FuseCounts(spentInSweep: [cny(60)])
    #expect(limits.blown(by: cny(40), beside: spent) == nil)
    #expect(limits.blown(by: cny(41), beside: spent)?.name == .moneyPerSweep)
    #expect(limits.lacksLimit(for: Money(minorUnits: 1, currency: .usd)))
    // A sum that cannot be counted is above any amount.
    let countless = FuseLimits(moneyPerSweep: [cny(.max)], stormMargin: nil)
      .blown(by: cny(1), beside: FuseCounts(spentInSweep: [cny(.max)]))
    #expect(countless?.name == .moneyPerSweep)
    #expect(countless?.reason.hasPrefix("this would be too much ") == true)
    limits = FuseLimits(stormMargin: Percentage(hundredths: 5_000))
    // 10 + 5 + 5.
    let hour = FuseCounts(hour: .init(paid: 19, foreseen: 10))
    #expect(limits.blown(by: cny(1), beside: hour) == nil)
    let day = FuseCounts(hour: hour.hour, day: .init(paid: 20, foreseen: 10))
    #expect(limits.blown(by: cny(1), beside: day)?.name == .stormPerDay)
  }
}
