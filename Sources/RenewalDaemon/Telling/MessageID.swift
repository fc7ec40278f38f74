import RenewalCore

/// The MESSAGE_ID of every class of event: 128 random bits, never reused, by
/// which the journal's catalog explains a line (systemd-id128(1)).
enum MessageID {
  static let sweepEnded = "7cef5972e6134cd9b4bb217d806ac9ca"
  static let runEnded = "814a0ad216424ceea7ec4fdd2c517d8e"
  static let storageFailed = "722cba6e63c84b1da0832a74f05a4b4a"
  static let startFailed = "676896d5d7434b81a600bd0205b6d090"
  static let payerMissing = "d4fd134f366c4b6192cb32ab15a6ccab"
  static let credentialsReloaded = "f78adf1efaaa4341bf016d188b326938"
  static let ledgerCopied = "8f1174c41067421981d8a9c58c63b0e6"
  static let metricsUnavailable = "2f594916ed5943fab2be1c32ded6f973"

  /// Of the events that are told without a row of the ledger.
  static let ofNoRow = [
    sweepEnded, runEnded, storageFailed, startFailed, payerMissing, credentialsReloaded,
    ledgerCopied, metricsUnavailable,
  ]

  static func of(_ kind: LedgerKind) -> String {
    switch kind {
    case .started: "e9b8bdf7b33f464c880b0951b55e041c"
    case .stopped: "e1fa4db0ce8648818ed1bd8691d2d708"
    case .expiryObserved: "66a942d093fc404ba3a852fb5fb7faba"
    case .renewalIntended: "5f171ba980864d42998ae92dbe52b585"
    case .creationIntended: "b12e07815b6cfd317fdba592c50dd296"
    case .creationChanged: "d9e5b4a957c87b9b6ad0920bfdb16654"
    case .alertCleared: "b3b59247e3284cca84dd9d8f91b945b2"
    case .alertAcknowledged: "0a3c9653608248d5917f7d33fbe394a0"
    case .groupHeld: "6d154ce8343c40fb8e307b3c6559d817"
    case .groupReleased: "09e41bb7690c4a80a2e1609ac7bdc93a"
    case .expiryAccepted: "84be0680deec45c9b8a1fe43428fdf3e"
    case .renewalRequested: "60b641be09c7423c8326e24a55250855"
    case .renewalNoticed: "31833eb26bed4f83a2893ed23832fdbc"
    case .approvalAsked: "0cc9cadec7ac4c25818532152100da06"
    case .renewalApproved: "27ee92b2530d40e8b700a6340c3600db"
    case .renewalVetoed: "c8e0809ea2b64b8fa2c22fa217e52a96"
    case .fuseBlown: "6f82086e535d470aa5bc002f2a6a585c"
    case .fuseLifted: "110b03ada8fe49d693f5dbd2c97f2c1d"
    case .paymentsPaused: "c63f57a647f54720be04e00249b78106"
    case .paymentsResumed: "86ce189c704646ca954dd9ed018b7f99"
    case .configurationLoaded: "d48bf49d56e5412cb83ad737c42c565e"
    // Told under the id of what they are about.
    case .renewalChanged, .alertRaised, .alertRepeated: "cceb5ac5ffb543ed95bee75f2b037a7c"
    }
  }

  static func of(_ state: RenewalState) -> String {
    switch state {
    case .submitted: "22eb908863cb409da799917d078c60af"
    case .accepted: "1240d164af6244d09e0451529bdc44c4"
    case .unknown: "1c0f6f0f68b84a11b1d204f250b6eafb"
    case .unpaid: "adb16c449db4414599afef0059a087bf"
    case .stuck: "90e8c2f3fe1a454a8bd8ec7f85cf4d47"
    case .settled: "3dc24f1e40fe4ca5b86a6eb05988496c"
    case .foreign: "2124213294f040e5a90dcb78787cae1c"
    case .notEffected: "328e6e0750ae49d1b0abc1db76796fae"
    case .refused: "feb4cd09489547b5958ecf274217b3cc"
    case .notSent: "f524ac48d1324179943df9010b0b6f3b"
    }
  }

  static func of(_ alert: AlertKind) -> String {
    switch alert {
    case .outcomeUnknown: "9b4bf4bc7662466a8ff0745c9486f401"
    case .stuckOrder: "16c23bd5826b44cd93429076730b972a"
    case .unpaidOrder: "89ac665581954b9b8c7541e69d5e78fe"
    case .attemptsExhausted: "f1aa68f06d224a9794d5f8471faa05a7"
    case .expiryNear: "677c3af3e4e44676996c47fc9971dbc8"
    case .renewalHeld: "27a6fa9134704c8f912116a763cfe867"
    case .lapsed: "b4c46dc39aa845a399300cc513ac2d7f"
    case .gone: "08a4df76a83240cdbd5bdab6086f1269"
    case .converted: "03319f4860b54881b3b6aacf95d264df"
    case .doubleExtension: "ed778a3d8f98449688781f886325db90"
    case .orderMismatch: "1aaead87da3b4d649a85bce2efec5e80"
    case .priceRefused: "381fbc3d42c244ea99626d633c33d645"
    case .schemaDrift: "231dad6eb8f84a1eb1550eabee00b111"
    case .expiryRegressed: "2e222315f81243e289a562a25e6943ab"
    case .foreignRenewal: "621f09ebcc3f432b8de87ae87ac828be"
    case .nativeAutoRenew: "de1eb156f744436a843fb613cb111f4e"
    case .unmanagedExpiring: "51a0658ee9274e4da72ed18b39afc39a"
    case .lapsing: "88f60726ab8e4f95ba8f4f1bc004571a"
    case .renewalNoticed: "a027a6563c9542fe8441264673b42584"
    case .approvalNeeded: "60062395ee0a4cb6987480df69845c01"
    case .approvalOverdue: "76e7865d49874f11860a87d0064c2709"
    case .hoursGaveWay: "eb507ec8f0364aa2a0af581179391188"
    case .budgetExhausted: "b0d5d03673214eb4a480233f1c00c485"
    case .balanceLow: "e8b10dfb1b804256909f50c100d77752"
    case .amountMismatch: "4994cb4ceea74182bd0fe8d84943c515"
    case .authentication: "1b375bfb3ea342dbb6482de9dbfb8f5d"
    case .permission: "04ebef734df54090b2e9ef2bb5a80bc2"
    case .clock: "4c86d2b7e0744c4784d683e8644ebd50"
    case .sweepFailing: "566e6a27241348299d074cbd78ba7bb5"
    case .accountChanged: "6f0c4a3be1d94d5f9a7c28b05e43d1f6"
    case .balanceEnding: "07d716786a9049e7929f556863feb94f"
    case .visibilitySlow: "161ea6e82079486db1059577f842f456"
    case .creationUnknown: "0f4eba549934da53f67dd6f16e9762dc"
    case .creationStuck: "b522d0e6b483f4899ee288c339390fdf"
    case .createdTwice: "d97deec32d2c46cf0942354895bd2c0e"
    case .rollback: "82bdc7e9c7bd4bf48f47460fb7be1b34"
    case .ledgerTamper: "5b0f59dba4e34271a0309d81d9d990ae"
    case .machineChanged: "217c748e64d34ba89880e4401a2b78d9"
    case .storageFault: "f91bc3119521461ea4ed80850a8b3702"
    case .fuse: "cd4298bac11e4329a6a3d719fed293bb"
    case .backupFailed: "c182730bc5df4817a95e26286dc51cf2"
    case .configurationRejected: "d316c41c7aa74275a1ec03c79c86aedc"
    case .heartbeatFailing: "7d095da9114c4de1acb79efebea4c7af"
    case .notifierFailing: "dbfdebce749d4de38638a64d2ae47d85"
    }
  }
}
