/// Names, the operations that are counted, and what befalls a disk.

#include "disk.h"

#include <stdlib.h>
#include <string.h>

// MARK: - Names

static size_t directory_length(const char *path) { return strrchr(path, '/') - path; }

static file *entry_visible(const entry *self) {
  return self->since_count ? self->since[self->since_count - 1] : self->durable;
}

static void entry_set(entry *self, file *now) {
  file_retain(now);
  self->since = reserved(
      self->since, &self->since_capacity, self->since_count + 1, sizeof *self->since);
  self->since[self->since_count++] = now;
}

/// Makes the state after the first `kept` changes the durable one.
static void entry_settle(entry *self, size_t kept) {
  if (kept > 0) {
    file_retain(self->since[kept - 1]);
    file_release(self->durable);
    self->durable = self->since[kept - 1];
  }
  for (size_t i = 0; i < self->since_count; i++) file_release(self->since[i]);
  self->since_count = 0;
}

static entry *find_entry(const fault_disk *disk, const char *path) {
  for (size_t i = 0; i < disk->entry_count; i++) {
    if (strcmp(disk->entries[i].path, path) == 0) return &disk->entries[i];
  }
  return NULL;
}

static entry *make_entry(fault_disk *disk, const char *path) {
  entry *known = find_entry(disk, path);
  if (known) return known;
  disk->entries = reserved(
      disk->entries, &disk->entry_capacity, disk->entry_count + 1, sizeof *disk->entries);
  entry *made = &disk->entries[disk->entry_count++];
  *made = (entry){.path = strdup(path)};
  if (made->path == NULL) abort();
  return made;
}

void disk_free_entries(fault_disk *disk) {
  for (size_t i = 0; i < disk->entry_count; i++) {
    entry_settle(&disk->entries[i], 0);
    file_release(disk->entries[i].durable);
    free(disk->entries[i].since);
    free(disk->entries[i].path);
  }
  free(disk->entries);
}

file *disk_lookup(const fault_disk *disk, const char *path) {
  const entry *found = find_entry(disk, path);
  return found ? entry_visible(found) : NULL;
}

// MARK: - Counted operations

static const int io_error[7] = {
    SQLITE_CANTOPEN,       SQLITE_IOERR_READ,  SQLITE_IOERR_WRITE, SQLITE_IOERR_TRUNCATE,
    SQLITE_IOERR_FSYNC,    SQLITE_IOERR_DIR_FSYNC, SQLITE_IOERR_DELETE,
};

/// Counts an operation; its error when it must not happen.
static int begin(fault_disk *disk, fault_disk_operation operation) {
  int index = __builtin_ctz(operation);
  disk->off_after = disk->marked_clean = false;
  if (disk->off) return io_error[index];
  if (disk->before) disk->before(disk->before_context);
  disk->counts[index]++;
  const armed_fault *fired = NULL;
  for (size_t i = 0; i < disk->armed_count; i++) {
    armed_fault *each = &disk->armed[i];
    if (!(each->operations & operation) || each->times == 0) continue;
    if (each->countdown > 1) {
      each->countdown--;
    } else {
      if (each->times > 0) each->times--;
      if (fired == NULL) fired = each;
    }
  }
  if (fired == NULL) return SQLITE_OK;
  switch (fired->fault) {
  case FAULT_DISK_ERROR: break;
  case FAULT_DISK_FULL: return SQLITE_FULL;
  case FAULT_DISK_MARKED_CLEAN: disk->marked_clean = true; break;
  case FAULT_DISK_OFF_BEFORE: disk->off = true; break;
  case FAULT_DISK_OFF_AFTER: disk->off_after = true; return SQLITE_OK;
  }
  return io_error[index];
}

/// Ends an operation that was done.
static int end(fault_disk *disk, fault_disk_operation operation) {
  if (!disk->off_after) return SQLITE_OK;
  disk->off = true;
  return io_error[__builtin_ctz(operation)];
}

int disk_open(fault_disk *disk, const char *path, bool create, file **out) {
  int code = begin(disk, FAULT_DISK_OPEN);
  if (code) return code;
  file *found = disk_lookup(disk, path);
  file_retain(found);
  if (found == NULL && create) {
    found = file_create(disk);
    entry_set(make_entry(disk, path), found);
  }
  code = end(disk, FAULT_DISK_OPEN);
  if (code) {
    file_release(found);
    return code;
  }
  *out = found;
  return found ? SQLITE_OK : SQLITE_CANTOPEN;
}

int disk_read(fault_disk *disk, const file *file, size_t offset, void *buffer, size_t count) {
  int code = begin(disk, FAULT_DISK_READ);
  if (code) return code;
  size_t there = offset < file->visible.count ? file->visible.count - offset : 0;
  if (there > count) there = count;
  if (there) memcpy(buffer, file->visible.data + offset, there);
  memset((uint8_t *)buffer + there, 0, count - there);
  code = end(disk, FAULT_DISK_READ);
  return code == SQLITE_OK && there < count ? SQLITE_IOERR_SHORT_READ : code;
}

int disk_write(fault_disk *disk, file *file, size_t offset, const void *data, size_t count) {
  int code = begin(disk, FAULT_DISK_WRITE);
  if (code) return code;
  bytes_write(&file->visible, offset, data, count);
  file_changed(file, (change){.offset = offset, .length = count}, data);
  return end(disk, FAULT_DISK_WRITE);
}

int disk_truncate(fault_disk *disk, file *file, size_t size) {
  int code = begin(disk, FAULT_DISK_TRUNCATE);
  if (code) return code;
  bytes_truncate(&file->visible, size);
  file_changed(file, (change){.offset = size, .truncation = true}, NULL);
  return end(disk, FAULT_DISK_TRUNCATE);
}

int disk_sync(fault_disk *disk, file *file) {
  int code = begin(disk, FAULT_DISK_SYNC);
  if (code) {
    if (disk->marked_clean) file_forget_changes(file);
    return code;
  }
  file_settle(file);
  return end(disk, FAULT_DISK_SYNC);
}

int disk_sync_directory(fault_disk *disk, const char *path) {
  int code = begin(disk, FAULT_DISK_SYNC_DIRECTORY);
  if (code) return code;
  size_t length = directory_length(path);
  for (size_t i = 0; i < disk->entry_count; i++) {
    entry *each = &disk->entries[i];
    if (directory_length(each->path) == length && memcmp(each->path, path, length) == 0) {
      entry_settle(each, each->since_count);
    }
  }
  return end(disk, FAULT_DISK_SYNC_DIRECTORY);
}

int disk_delete(fault_disk *disk, const char *path) {
  int code = begin(disk, FAULT_DISK_DELETE);
  if (code) return code;
  entry *found = find_entry(disk, path);
  bool missing = found == NULL || entry_visible(found) == NULL;
  if (!missing) entry_set(found, NULL);
  code = end(disk, FAULT_DISK_DELETE);
  return code == SQLITE_OK && missing ? SQLITE_IOERR_DELETE_NOENT : code;
}

// MARK: - Faults

bool fault_disk_arm(
    fault_disk *disk, fault_disk_operation operations, int64_t nth, int64_t times,
    fault_disk_fault fault) {
  size_t room = sizeof disk->armed / sizeof *disk->armed;
  if (disk->armed_count == room) return false;
  disk->armed[disk->armed_count++] = (armed_fault){
      .operations = operations, .countdown = nth, .times = times, .fault = fault};
  return true;
}

void fault_disk_disarm(fault_disk *disk) { disk->armed_count = 0; }

int64_t fault_disk_count(const fault_disk *disk, fault_disk_operation operations) {
  int64_t sum = 0;
  for (int i = 0; i < 7; i++) {
    if (operations & (1u << i)) sum += disk->counts[i];
  }
  return sum;
}

void fault_disk_watch(fault_disk *disk, void (*before)(void *context), void *context) {
  disk->before = before;
  disk->before_context = context;
}

bool fault_disk_is_off(const fault_disk *disk) { return disk->off; }

// MARK: - Crashes

void fault_disk_kill_process(fault_disk *disk) {
  disk->generation++;
  disk->off = false;
  for (size_t i = 0; i < disk->entry_count; i++) {
    file *each = entry_visible(&disk->entries[i]);
    if (each) {
      each->readers = 0;
      each->writer = NULL;
    }
  }
}

void fault_disk_cut_power(
    fault_disk *disk, unsigned loss, unsigned tear, size_t sector_bytes, uint64_t seed) {
  disk->generation++;
  disk->off = false;
  disk->armed_count = 0;
  if (sector_bytes == 0) sector_bytes = 1;
  for (size_t i = 0; i < disk->entry_count; i++) {
    entry *each = &disk->entries[i];
    size_t kept = each->since_count;
    while (kept > 0 && happens(&seed, loss)) kept--;
    entry_settle(each, kept);
    // A file has one name here, so that none is visited twice.
    if (each->durable) file_crash(each->durable, loss, tear, sector_bytes, &seed);
  }
}

// MARK: - Copies

struct fault_disk_snapshot {
  size_t count;
  struct {
    char *path;
    bytes content;
  } files[];
};

fault_disk_snapshot *fault_disk_take_snapshot(const fault_disk *disk) {
  fault_disk_snapshot *taken = calloc(
      1, sizeof *taken + disk->entry_count * sizeof taken->files[0]);
  if (taken == NULL) abort();
  for (size_t i = 0; i < disk->entry_count; i++) {
    const file *each = entry_visible(&disk->entries[i]);
    if (each == NULL) continue;
    taken->files[taken->count].path = strdup(disk->entries[i].path);
    bytes_assign(&taken->files[taken->count].content, &each->visible);
    if (taken->files[taken->count++].path == NULL) abort();
  }
  return taken;
}

void fault_disk_snapshot_free(fault_disk_snapshot *snapshot) {
  if (snapshot == NULL) return;
  for (size_t i = 0; i < snapshot->count; i++) {
    free(snapshot->files[i].path);
    free(snapshot->files[i].content.data);
  }
  free(snapshot);
}

/// Lets `path` durably name `now`, whose reference it takes over.
static void put_durably(fault_disk *disk, const char *path, file *now) {
  entry *target = make_entry(disk, path);
  entry_settle(target, 0);
  file_release(target->durable);
  target->durable = now;
}

void fault_disk_restore(fault_disk *disk, const fault_disk_snapshot *snapshot, const char *path) {
  for (size_t i = 0; i < disk->entry_count; i++) {
    const char *each = disk->entries[i].path;
    if (path == NULL || strcmp(each, path) == 0) put_durably(disk, each, NULL);
  }
  for (size_t i = 0; i < snapshot->count; i++) {
    if (path != NULL && strcmp(snapshot->files[i].path, path) != 0) continue;
    file *copy = file_create(disk);
    bytes_assign(&copy->visible, &snapshot->files[i].content);
    bytes_assign(&copy->durable, &snapshot->files[i].content);
    put_durably(disk, snapshot->files[i].path, copy);
  }
}

bool fault_disk_overwrite(
    fault_disk *disk, const char *path, int64_t offset, const void *data, size_t count) {
  file *found = disk_lookup(disk, path);
  if (found == NULL || offset < 0 || (size_t)offset + count > found->visible.count) return false;
  bytes_write(&found->visible, offset, data, count);
  bytes_write(&found->durable, offset, data, count);
  return true;
}

/// FNV-1a, eight bytes at a time.
static uint64_t digest(uint64_t sum, const void *data, size_t count) {
  const uint8_t *bytes = data;
  while (count > 0) {
    uint64_t word = 0;
    size_t part = count < sizeof word ? count : sizeof word;
    memcpy(&word, bytes, part);
    sum = (sum ^ word) * 0x100000001b3;
    sum ^= sum >> 29;
    bytes += part;
    count -= part;
  }
  return sum;
}

static uint64_t digest_file(uint64_t sum, const file *each) {
  if (each == NULL) return digest(sum, "none", 4);
  sum = digest(sum, &each->visible.count, sizeof each->visible.count);
  sum = digest(sum, each->visible.data, each->visible.count);
  sum = digest(sum, &each->durable.count, sizeof each->durable.count);
  return digest(sum, each->durable.data, each->durable.count);
}

uint64_t fault_disk_digest(const fault_disk *disk) {
  uint64_t sum = 0xcbf29ce484222325;
  // Names are never forgotten, so that they stay in the order of their making.
  for (size_t i = 0; i < disk->entry_count; i++) {
    const entry *each = &disk->entries[i];
    sum = digest(sum, each->path, strlen(each->path));
    sum = digest_file(sum, entry_visible(each));
    if (entry_visible(each) != each->durable) sum = digest_file(sum, each->durable);
  }
  return sum;
}

uint64_t fault_disk_durable_digest(const fault_disk *disk) {
  uint64_t sum = 0xcbf29ce484222325;
  for (size_t i = 0; i < disk->entry_count; i++) {
    const entry *each = &disk->entries[i];
    if (each->durable == NULL) continue;
    const bytes *content = &each->durable->durable;
    sum = digest(sum, each->path, strlen(each->path));
    sum = digest(sum, &content->count, sizeof content->count);
    sum = digest(sum, content->data, content->count);
  }
  return sum;
}

uint64_t fault_disk_file_number(const fault_disk *disk, const char *path) {
  const file *found = disk_lookup(disk, path);
  return found ? found->number : 0;
}
