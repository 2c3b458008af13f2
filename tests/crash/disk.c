/* A disk that is watched or that fails: loaded before the C library, it stands between a process and its files.
 *
 * Nothing happens until disk_log() or disk_fail() names a folder; a process that this one starts is left alone.
 *
 * disk_log(folder, fd) writes to fd a record of every change below the folder, in the order of the calls:
 *   kind (1 byte), handle (4), offset (8), length (4), payload
 *   'o' open: offset 1 if it made the file, 2 if it emptied it, 4 for a folder; payload the path
 *   'w' write   't' truncate   's' sync   'r' rename: payload from NUL to   'u' unlink   'a' what disk_note() was told
 * disk_fail(folder, n, error, run) lets the n-th open, read, write, sync, truncate, rename or unlink below the
 * folder fail with the error, and those that follow, run in all; with ENOSPC a write first takes half.
 * disk_calls() returns how many there were, disk_last() the kind of the one that failed.
 *
 * Files that end in -shm are memory, not disk, and are passed by.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define MOST 4096
static char folder[PATH_MAX];
static size_t folder_length;
static int log_fd = -1, handles[MOST], next_handle = 1;
static long fail_at = 0, fail_run = 1, calls = 0;
static int fail_error = 0, failed_kind = 0, half_taken = 0;

#define REAL(type, name, ...) \
  static type (*real)(__VA_ARGS__); \
  if (!real) real = (type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

static int watched(const char *path) {
  size_t length = path ? strlen(path) : 0;
  if (!folder_length || strncmp(path ? path : "", folder, folder_length)) return 0;
  return length < 4 || strcmp(path + length - 4, "-shm");
}

static int handle_of(int fd) { return fd >= 0 && fd < MOST ? handles[fd] : 0; }

static void note(char kind, uint32_t handle, uint64_t offset, const void *data, uint32_t length) {
  unsigned char head[17];
  struct iovec parts[2] = {{head, sizeof head}, {(void *)data, length}};
  if (log_fd < 0) return;
  head[0] = (unsigned char)kind;
  memcpy(head + 1, &handle, 4);
  memcpy(head + 5, &offset, 8);
  memcpy(head + 13, &length, 4);
  if (writev(log_fd, parts, 2) != (ssize_t)(sizeof head + length)) abort();
}

/* A full disk goes on giving what it holds: after the first, only what needs room fails. */
static int needs_room(char kind) { return kind == 'c' || kind == 'w' || kind == 's' || kind == 't'; }

static int fails(char kind) {
  if (!fail_error) return 0;
  calls++;
  if (calls == fail_at || (calls > fail_at && calls - fail_at < fail_run && (fail_error != ENOSPC || needs_room(kind)))) {
    if (!failed_kind) failed_kind = kind;
    errno = fail_error;
    return 1;
  }
  return 0;
}

void disk_log(const char *where, int fd) {
  strncpy(folder, where, sizeof folder - 1);
  folder_length = strlen(folder);
  log_fd = fd;
}

void disk_note(const char *data, int length) { note('a', 0, 0, data, (uint32_t)length); }

void disk_fail(const char *where, long n, int error, long run) {
  strncpy(folder, where, sizeof folder - 1);
  folder_length = strlen(folder);
  fail_at = n, fail_error = error, fail_run = run, calls = 0, failed_kind = 0, half_taken = 0;
}

long disk_calls(void) { return calls; }
int disk_last(void) { return failed_kind; }

static void opened(int fd, const char *path, int flags, int was_there) {
  struct stat64 s;
  uint64_t how = (was_there ? 0 : 1) | (flags & O_TRUNC ? 2 : 0);
  if (fd < 0 || fd >= MOST) return;
  if (!fstat64(fd, &s) && S_ISDIR(s.st_mode)) how |= 4;
  handles[fd] = next_handle++;
  note('o', (uint32_t)handles[fd], how, path, (uint32_t)strlen(path));
}

static int opening(int (*real)(const char *, int, ...), const char *path, int flags, mode_t mode) {
  int there, fd;
  if (!watched(path)) return real(path, flags, mode);
  there = !access(path, F_OK);
  if (fails(there ? 'o' : 'c')) return -1;
  fd = real(path, flags, mode);
  opened(fd, path, flags, there);
  return fd;
}

#define OPEN(name) \
  int name(const char *path, int flags, ...) { \
    mode_t mode = 0; \
    REAL(int, name, const char *, int, ...); \
    if (flags & (O_CREAT | O_TMPFILE)) { va_list more; va_start(more, flags); mode = va_arg(more, mode_t); va_end(more); } \
    return opening(real, path, flags, mode); \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(name) \
  int name(int at, const char *path, int flags, ...) { \
    mode_t mode = 0; int there, fd; \
    REAL(int, name, int, const char *, int, ...); \
    if (flags & (O_CREAT | O_TMPFILE)) { va_list more; va_start(more, flags); mode = va_arg(more, mode_t); va_end(more); } \
    if (at != AT_FDCWD || !watched(path)) return real(at, path, flags, mode); \
    there = !access(path, F_OK); \
    if (fails(there ? 'o' : 'c')) return -1; \
    fd = real(at, path, flags, mode); \
    opened(fd, path, flags, there); \
    return fd; \
  }
OPENAT(openat)
OPENAT(openat64)

int close(int fd) {
  REAL(int, close, int);
  if (fd >= 0 && fd < MOST) handles[fd] = 0;
  return real(fd);
}

ssize_t read(int fd, void *data, size_t length) {
  REAL(ssize_t, read, int, void *, size_t);
  if (handle_of(fd) && fails('r')) return -1;
  return real(fd, data, length);
}

#define PREAD(name, offset_type) \
  ssize_t name(int fd, void *data, size_t length, offset_type offset) { \
    REAL(ssize_t, name, int, void *, size_t, offset_type); \
    if (handle_of(fd) && fails('r')) return -1; \
    return real(fd, data, length, offset); \
  }
PREAD(pread, off_t)
PREAD(pread64, off64_t)

/* Returns how much of a write to take; 0 for none. */
static size_t taken(size_t length) {
  if (half_taken) { half_taken = 0; calls++; return 0; }
  if (!fails('w')) return length;
  if (fail_error != ENOSPC || calls != fail_at || length < 2) return 0;
  half_taken = 1;
  return length / 2;
}

ssize_t write(int fd, const void *data, size_t length) {
  ssize_t done;
  off64_t at;
  REAL(ssize_t, write, int, const void *, size_t);
  if (!handle_of(fd)) return real(fd, data, length);
  if (length && !(length = taken(length))) { errno = fail_error; return -1; }
  if (fcntl(fd, F_GETFL) & O_APPEND) { struct stat64 s; fstat64(fd, &s); at = s.st_size; }
  else at = lseek64(fd, 0, SEEK_CUR);
  done = real(fd, data, length);
  if (done > 0) note('w', (uint32_t)handles[fd], (uint64_t)at, data, (uint32_t)done);
  return done;
}

#define PWRITE(name, offset_type) \
  ssize_t name(int fd, const void *data, size_t length, offset_type offset) { \
    ssize_t done; \
    REAL(ssize_t, name, int, const void *, size_t, offset_type); \
    if (!handle_of(fd)) return real(fd, data, length, offset); \
    if (length && !(length = taken(length))) { errno = fail_error; return -1; } \
    done = real(fd, data, length, offset); \
    if (done > 0) note('w', (uint32_t)handles[fd], (uint64_t)offset, data, (uint32_t)done); \
    return done; \
  }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

#define SYNC(name) \
  int name(int fd) { \
    int done; \
    REAL(int, name, int); \
    if (handle_of(fd) && fails('s')) return -1; \
    done = real(fd); \
    if (!done && handle_of(fd)) note('s', (uint32_t)handles[fd], 0, "", 0); \
    return done; \
  }
SYNC(fsync)
SYNC(fdatasync)

#define TRUNCATE(name, offset_type) \
  int name(int fd, offset_type length) { \
    int done; \
    REAL(int, name, int, offset_type); \
    if (handle_of(fd) && fails('t')) return -1; \
    done = real(fd, length); \
    if (!done && handle_of(fd)) note('t', (uint32_t)handles[fd], (uint64_t)length, "", 0); \
    return done; \
  }
TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)

int rename(const char *from, const char *to) {
  int done;
  char both[2 * PATH_MAX];
  REAL(int, rename, const char *, const char *);
  if (!watched(from)) return real(from, to);
  if (fails('n')) return -1;
  done = real(from, to);
  if (!done) {
    int length = snprintf(both, sizeof both, "%s%c%s", from, 0, to);
    note('r', 0, 0, both, (uint32_t)length);
  }
  return done;
}

int unlink(const char *path) {
  int done;
  REAL(int, unlink, const char *);
  if (!watched(path)) return real(path);
  if (fails('u')) return -1;
  done = real(path);
  if (!done) note('u', 0, 0, path, (uint32_t)strlen(path));
  return done;
}
