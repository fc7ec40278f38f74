/// The disk below the VFS and the plain files: names, files, their volatile
/// changes, and the faults that are armed.
#pragma once

#include "fault_disk.h"

#include <sqlite3.h>

/// Bytes that grow. What lies between `count` and `capacity` is zero, so that a
/// write beyond the end leaves a hole of zeros.
typedef struct {
  uint8_t *data;
  size_t count, capacity;
} bytes;

/// A write of `length` bytes, kept at `data` in the file's `unsynced`, or a
/// truncation to `offset`.
typedef struct {
  size_t offset, length, data;
  bool truncation;
} change;

typedef struct handle handle;

typedef struct {
  uint64_t number;
  /// Names in any state, open handles.
  int references;
  bytes visible, durable, unsynced;
  change *changes;
  size_t change_count, change_capacity;
  /// SQLite's file locks: handles at SHARED or above, and the one at RESERVED
  /// or above.
  int readers;
  handle *writer;
} file;

/// A name and the files it stood for: durably, and after each change since the
/// last sync of its directory. NULL stands for no file.
typedef struct {
  char *path;
  file *durable;
  file **since;
  size_t since_count, since_capacity;
} entry;

typedef struct {
  unsigned operations;
  int64_t countdown, times;
  fault_disk_fault fault;
} armed_fault;

struct fault_disk {
  char *root;
  /// The registry and every open handle.
  int references;
  /// Raised when open handles die.
  uint64_t generation;
  bool off, off_after, marked_clean;
  entry *entries;
  size_t entry_count, entry_capacity;
  uint64_t last_number;
  /// The databases that are open, dead ones included.
  handle *databases;
  armed_fault armed[8];
  size_t armed_count;
  int64_t counts[7];
  void (*before)(void *context);
  void *before_context;
};

/// An open file as SQLite holds it.
struct handle {
  sqlite3_file base;
  handle *next;
  fault_disk *disk;
  file *file;
  const char *path;
  /// Of a database: the very string by which its connection names its journal.
  const char *journal;
  uint64_t generation;
  int lock;
  /// A journal that this handle created and whose name is not synced yet.
  bool syncs_directory;
};

// MARK: - registry.c

/// The disk that holds `path`, or NULL when the path is the host's.
fault_disk *disk_holding(const char *path);
void disk_retain(fault_disk *disk);
void disk_release(fault_disk *disk);

// MARK: - file.c

void *grown(void *data, size_t bytes);
/// Makes room for `count` elements of `size` bytes.
void *reserved(void *data, size_t *capacity, size_t count, size_t size);

void bytes_write(bytes *self, size_t offset, const void *data, size_t count);
void bytes_truncate(bytes *self, size_t size);
void bytes_assign(bytes *self, const bytes *other);

/// The next value of a SplitMix64 generator.
uint64_t next_random(uint64_t *state);
bool happens(uint64_t *random, unsigned percent);

file *file_create(fault_disk *disk);
void file_retain(file *self);
void file_release(file *self);
void file_changed(file *self, change added, const void *data);
/// Makes all changes durable.
void file_settle(file *self);
/// Lets all changes stay visible and never become durable.
void file_forget_changes(file *self);
/// Drops what `loss` and `tear` take of the changes, settles the rest, and lets
/// reads show what is durable.
void file_crash(file *self, unsigned loss, unsigned tear, size_t sector, uint64_t *random);

// MARK: - disk.c

void disk_free_entries(fault_disk *disk);
/// The file that `path` names now, or NULL.
file *disk_lookup(const fault_disk *disk, const char *path);

// Counted operations. Each returns SQLITE_OK or the extended code that SQLite's
// unix VFS would give.

/// The file named `path`, created if asked for, retained for the caller.
int disk_open(fault_disk *disk, const char *path, bool create, file **out);
/// A read past the end fills with zeros and gives SQLITE_IOERR_SHORT_READ.
int disk_read(fault_disk *disk, const file *file, size_t offset, void *buffer, size_t count);
int disk_write(fault_disk *disk, file *file, size_t offset, const void *data, size_t count);
int disk_truncate(fault_disk *disk, file *file, size_t size);
int disk_sync(fault_disk *disk, file *file);
int disk_sync_directory(fault_disk *disk, const char *path);
int disk_delete(fault_disk *disk, const char *path);

// MARK: - vfs.c

/// Puts the VFS in front of SQLite's default, once.
void vfs_install(void);
