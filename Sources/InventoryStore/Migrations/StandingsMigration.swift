extension Migrations {
  /// Counted as they change: counting a million of them takes a quarter of a second, and
  /// each status and each status line wants to know. A count that was wrong would refuse
  /// no change of a group: nothing is decided by it.
  static let standings = """
    CREATE TABLE standings (
      standing TEXT PRIMARY KEY,
      groups   INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    INSERT INTO standings SELECT standing, count(*) FROM groups GROUP BY standing;

    CREATE TRIGGER groups_are_counted AFTER INSERT ON groups
      BEGIN
        INSERT INTO standings VALUES (NEW.standing, 1)
          ON CONFLICT (standing) DO UPDATE SET groups = groups + 1;
      END;
    CREATE TRIGGER groups_are_counted_anew AFTER UPDATE OF standing ON groups
      WHEN OLD.standing <> NEW.standing
      BEGIN
        UPDATE standings SET groups = max(groups - 1, 0) WHERE standing = OLD.standing;
        INSERT INTO standings VALUES (NEW.standing, 1)
          ON CONFLICT (standing) DO UPDATE SET groups = groups + 1;
      END;
    CREATE TRIGGER groups_are_counted_no_more AFTER DELETE ON groups
      BEGIN
        UPDATE standings SET groups = max(groups - 1, 0) WHERE standing = OLD.standing;
      END;
    """
}
