import RenewalCommands

@main struct Main {
  static func main() {
    RenewalCommand.start()
  }
}
