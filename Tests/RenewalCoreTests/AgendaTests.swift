import RenewalCore
import Testing

@Suite struct `An agenda` {
  @Test func `gives what was planned in order of time`() {
    var agenda = Agenda<Int, Int>()
    // Each number below 101 once, far from its order.
    let times = (1...100).map { $0 * 37 % 101 }
    for time in times { agenda.plan(-time, at: time) }
    for time in times.sorted() {
      let next = agenda.next()
      #expect(next?.time == time && next?.event == -time)
    }
    #expect(agenda.next() == nil)
  }

  @Test func `gives what is planned for one time in the order of planning`() {
    var agenda = Agenda<Int, String>()
    for (time, event) in [(2, "c"), (1, "a"), (2, "d"), (1, "b"), (2, "e")] {
      agenda.plan(event, at: time)
    }
    #expect(agenda.planned.map(\.event) == ["a", "b", "c", "d", "e"])
    #expect(agenda.planned.map(\.time) == [1, 1, 2, 2, 2])
    #expect(agenda.next()?.event == "a")
    // After a step the later ones still stand behind the earlier.
    agenda.plan("f", at: 2)
    agenda.plan("z", at: 1)
    var rest: [String] = []
    while let (_, event) = agenda.next() { rest.append(event) }
    #expect(rest == ["b", "z", "c", "d", "e", "f"])
    #expect(agenda.planned.isEmpty)
  }
}
