/// A disk in memory that can lose what was not synced, for SQLite and for
/// plain files. Nothing here calls the operating system, reads a clock or draws
/// a random number of its own: the same calls give the same disk.
///
/// What is modelled, and against which promise of POSIX:
/// - a write or truncation is volatile until its file is synced;
/// - a created, deleted or replaced name is volatile until its directory is
///   synced, whatever was done to the file;
/// - at a power cut each volatile change is kept, lost or (a write) torn at
///   sector borders, independently of all others and in any order;
/// - each name falls back to one of the states it had since the last sync of
///   its directory.
/// When SQLite syncs a directory is copied from its unix VFS: with a new
/// journal's first sync, ignoring a failure, and with a deletion under
/// synchronous=EXTRA, reporting it. WAL and memory mapping are not offered.
///
/// A disk and the connections on it belong to one thread at a time. Different
/// disks are independent. Running out of memory ends the process.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct fault_disk fault_disk;
typedef struct fault_disk_snapshot fault_disk_snapshot;

// MARK: - Life

/// A new, empty disk whose files are the paths below `/fault-disk/NAME/`; no
/// directory has to be made. The first call puts a VFS in front of SQLite's
/// default one, so that any connection to such a path lands here and all other
/// paths reach the host's file system as before. NULL when `name` is in use,
/// empty, or contains a slash.
fault_disk *fault_disk_create(const char *name);

/// Forgets the disk. Connections that are still open keep failing safely.
void fault_disk_destroy(fault_disk *disk);

/// `/fault-disk/NAME/`. Lives as long as the disk.
const char *fault_disk_root(const fault_disk *disk);

/// Makes SQLite itself repeatable, for the whole process: restarts its random
/// numbers from `seed` and lets its clock stand at `unix_milliseconds`. Before
/// the first call both come from the host.
void fault_disk_fix_sqlite(uint64_t seed, int64_t unix_milliseconds);

// MARK: - Faults

#define FAULT_DISK_SWIFT(name) __attribute__((swift_name(#name)))

/// What is counted and can fail. SQLite and the plain files share the counts.
typedef enum __attribute__((flag_enum, enum_extensibility(open))) {
  FAULT_DISK_OPEN FAULT_DISK_SWIFT(open) = 1 << 0,
  FAULT_DISK_READ FAULT_DISK_SWIFT(read) = 1 << 1,
  FAULT_DISK_WRITE FAULT_DISK_SWIFT(write) = 1 << 2,
  FAULT_DISK_TRUNCATE FAULT_DISK_SWIFT(truncate) = 1 << 3,
  FAULT_DISK_SYNC FAULT_DISK_SWIFT(sync) = 1 << 4,
  FAULT_DISK_SYNC_DIRECTORY FAULT_DISK_SWIFT(syncDirectory) = 1 << 5,
  FAULT_DISK_DELETE FAULT_DISK_SWIFT(delete) = 1 << 6,
  FAULT_DISK_EVERY FAULT_DISK_SWIFT(every) = (1 << 7) - 1,
} fault_disk_operation;

typedef enum __attribute__((enum_extensibility(closed))) {
  /// The operation does nothing and reports an I/O error.
  FAULT_DISK_ERROR FAULT_DISK_SWIFT(error),
  /// The operation does nothing and reports that the disk is full.
  FAULT_DISK_FULL FAULT_DISK_SWIFT(full),
  /// A sync reports an I/O error and the kernel marks the pages clean: reads
  /// still show the data, a later sync succeeds, and a power cut loses it.
  /// Any other operation fails as with `FAULT_DISK_ERROR`.
  FAULT_DISK_MARKED_CLEAN FAULT_DISK_SWIFT(markedClean),
  /// The power fails before the operation has done anything.
  FAULT_DISK_OFF_BEFORE FAULT_DISK_SWIFT(offBefore),
  /// The power fails when the operation is done, before its caller hears of it.
  FAULT_DISK_OFF_AFTER FAULT_DISK_SWIFT(offAfter),
} fault_disk_fault;

/// Lets the `nth` (from 1) of the coming `operations` fail, and the following
/// ones until `times` have failed; a negative `times` is for ever. Several may
/// be armed; the first that fires wins. False when 8 are armed already.
bool fault_disk_arm(
    fault_disk *disk, fault_disk_operation operations, int64_t nth, int64_t times,
    fault_disk_fault fault);

void fault_disk_disarm(fault_disk *disk);

/// How many `operations` were attempted since the disk was made, failed ones
/// included, those after the power failed not.
int64_t fault_disk_count(const fault_disk *disk, fault_disk_operation operations);

/// Lets `before` be called ahead of each operation that is counted; NULL ends that.
/// It may look at the disk and must not change it.
void fault_disk_watch(fault_disk *disk, void (*before)(void *context), void *context);

/// Every operation fails and changes nothing until `fault_disk_cut_power`, or
/// until `fault_disk_kill_process` where it was the process that ended there.
bool fault_disk_is_off(const fault_disk *disk);

// MARK: - Crashes

/// The process dies and the machine lives: open files are dead and their locks
/// gone, while unsynced data stays in the cache, visible and volatile.
void fault_disk_kill_process(fault_disk *disk);

/// The machine dies and starts again. Of the volatile changes each is lost with
/// `loss` percent; a surviving write is torn with `tear` percent, each of its
/// sectors of `sector_bytes` then being kept or not by a coin: 512 and 4096 are
/// disks, 1 tears a line of a log anywhere. 100 loses everything, 0 and 0
/// nothing. Open files are dead, armed faults gone.
void fault_disk_cut_power(
    fault_disk *disk, unsigned loss, unsigned tear, size_t sector_bytes, uint64_t seed);

// MARK: - Copies

/// The files as they read now, to be freed with `fault_disk_snapshot_free`.
fault_disk_snapshot *fault_disk_take_snapshot(const fault_disk *disk);
void fault_disk_snapshot_free(fault_disk_snapshot *snapshot);

/// Puts a snapshot's file `path`, or with NULL all of them, back in place,
/// durably, as new files: a connection that is open keeps the file it had, as
/// it would under `mv`. What the snapshot does not have is removed.
void fault_disk_restore(fault_disk *disk, const fault_disk_snapshot *snapshot, const char *path);

/// Changes bytes behind everybody's back, durably: rot, or a meddling hand.
/// False when the file is missing or shorter.
bool fault_disk_overwrite(
    fault_disk *disk, const char *path, int64_t offset, const void *bytes, size_t count);

/// A digest of all files, by name, as they read now and as they are durable.
uint64_t fault_disk_digest(const fault_disk *disk);

/// A digest of all files, by name, as they would be after a power cut that lost all
/// that is volatile.
uint64_t fault_disk_durable_digest(const fault_disk *disk);

/// A number that no other file of this disk ever has, as an inode number; 0
/// when there is no such file.
uint64_t fault_disk_file_number(const fault_disk *disk, const char *path);

// MARK: - Plain files

// For logs beside the database. Each returns a count of bytes or 0, or -ENOENT,
// -EIO, -ENOSPC. Paths are whole, below the disk's root; sizes and offsets are
// not negative.

/// Writes at the end, creating the file when it is missing.
int64_t fault_disk_append(fault_disk *disk, const char *path, const void *bytes, size_t count);
int64_t fault_disk_read(
    fault_disk *disk, const char *path, int64_t offset, void *buffer, size_t count);
int64_t fault_disk_size(fault_disk *disk, const char *path);
int64_t fault_disk_truncate(fault_disk *disk, const char *path, int64_t size);
int64_t fault_disk_sync(fault_disk *disk, const char *path);
/// Syncs the names in the directory that holds `path`.
int64_t fault_disk_sync_directory(fault_disk *disk, const char *path);
int64_t fault_disk_delete(fault_disk *disk, const char *path);
