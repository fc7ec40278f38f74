import Testing

@testable import Exposition

@Suite struct `The text format` {
  @Test func `a label may hold any text`() {
    let family = MetricFamily(
      "group_info", .gauge, labels: ["name", "rule"], help: "A\\B\nC \"D\"")
    var page = Exposition()
    page.begin(family)
    page.sample(family, ["a \"b\" \\ c\nd", "组"], .whole(1))
    #expect(
      page.text == """
        # HELP group_info A\\\\B\\nC "D"
        # TYPE group_info gauge
        group_info{name="a \\"b\\" \\\\ c\\nd",rule="组"} 1

        """)
  }

  @Test func `numbers are written as they are`() {
    let family = MetricFamily("x", .gauge, help: "X.")
    var page = Exposition()
    for value: MetricValue in [
      .whole(.min), .real(0.25), .decimal("1234.50"), MetricValue(true), MetricValue(7),
    ] {
      page.sample(family, value)
    }
    #expect(page.text == "x -9223372036854775808\nx 0.25\nx 1234.50\nx 1\nx 7\n")
  }

  @Test func `a histogram counts what is not longer than each bound`() {
    let family = MetricFamily("t_seconds", .histogram, labels: ["api"], help: "T.")
    var histogram = Histogram()
    for seconds in [0.1, 0.2, 400] { histogram.observe(seconds: seconds) }
    var page = Exposition()
    page.samples(family, ["a"], histogram)
    let lines = page.text.split(separator: "\n")
    #expect(lines.count == Histogram.bounds.count + 3)
    #expect(lines.first == "t_seconds_bucket{api=\"a\",le=\"0.1\"} 1")
    #expect(lines.contains("t_seconds_bucket{api=\"a\",le=\"0.25\"} 2"))
    #expect(lines.contains("t_seconds_bucket{api=\"a\",le=\"300.0\"} 2"))
    #expect(lines.contains("t_seconds_bucket{api=\"a\",le=\"+Inf\"} 3"))
    #expect(lines.contains("t_seconds_sum{api=\"a\"} 400.3"))
    #expect(lines.contains("t_seconds_count{api=\"a\"} 3"))
  }
}
