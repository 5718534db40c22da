/*
 * The part of libbfio that our adapters use to hand evidence to libesedb, libregf and libevtx.
 *
 * The archives we build from carry libbfio's sources inside, but not its public header. These are declarations of the
 * functions used, written from the library's documented interface; they must agree with libbfio_handle.h and
 * libbfio_memory_range.h of the archives, which tests/checks/test_libbfio_header.py compares.
 *
 * Return values: 1 = done, 0 = no (for questions), -1 = error; the error object, if any, is freed with the library's
 * own lib*_error_free (one type for all of them). Passing a null pointer for `error` is allowed everywhere.
 *
 * Memory:    libbfio_handle_t *h = NULL;
 *            libbfio_memory_range_initialize(&h, &error);
 *            libbfio_memory_range_set(h, bytes, size, &error);      the bytes stay yours and must outlive the handle
 *            libregf_file_open_file_io_handle(file, h, LIBREGF_OPEN_READ, &error);
 *            ... libregf_file_close, libregf_file_free, then libbfio_handle_free(&h, &error).
 * Callbacks: libbfio_handle_initialize with functions of your own; `io_handle` is your struct, cast to intptr_t *.
 *            With LIBBFIO_FLAG_IO_HANDLE_NON_MANAGED you keep it, with ..._MANAGED libbfio_handle_free calls your
 *            free_io_handle. With LIBBFIO_FLAG_IO_HANDLE_CLONE_BY_REFERENCE clone_io_handle may be null.
 */
#ifndef HK_LIBBFIO_H
#define HK_LIBBFIO_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef uint64_t size64_t;
typedef int64_t off64_t;
typedef intptr_t libbfio_handle_t;
typedef intptr_t libbfio_pool_t;
typedef intptr_t libcerror_error_t;

enum {
  LIBBFIO_FLAG_IO_HANDLE_NON_MANAGED = 0x00,
  LIBBFIO_FLAG_IO_HANDLE_MANAGED = 0x01,
  LIBBFIO_FLAG_IO_HANDLE_CLONE_BY_FUNCTION = 0x00,
  LIBBFIO_FLAG_IO_HANDLE_CLONE_BY_REFERENCE = 0x02
};

enum { LIBBFIO_ACCESS_FLAG_READ = 0x01, LIBBFIO_ACCESS_FLAG_WRITE = 0x02, LIBBFIO_ACCESS_FLAG_TRUNCATE = 0x04 };
#define LIBBFIO_OPEN_READ (LIBBFIO_ACCESS_FLAG_READ)

/* A handle over bytes in memory. */
int libbfio_memory_range_initialize(libbfio_handle_t **handle, libcerror_error_t **error);
int libbfio_memory_range_set(libbfio_handle_t *handle, uint8_t *range_start, size_t range_size,
                             libcerror_error_t **error);
int libbfio_memory_range_get(libbfio_handle_t *handle, uint8_t **range_start, size_t *range_size,
                             libcerror_error_t **error);

/* A handle over callbacks. `read` returns the number of bytes read, 0 at the end, -1 on error; `seek_offset` takes
   SEEK_SET, SEEK_CUR or SEEK_END and returns the new offset or -1; `is_open` and `exists` answer 1 or 0. */
int libbfio_handle_initialize(
    libbfio_handle_t **handle, intptr_t *io_handle,
    int (*free_io_handle)(intptr_t **io_handle, libcerror_error_t **error),
    int (*clone_io_handle)(intptr_t **destination_io_handle, intptr_t *source_io_handle, libcerror_error_t **error),
    int (*open)(intptr_t *io_handle, int access_flags, libcerror_error_t **error),
    int (*close)(intptr_t *io_handle, libcerror_error_t **error),
    ssize_t (*read)(intptr_t *io_handle, uint8_t *buffer, size_t size, libcerror_error_t **error),
    ssize_t (*write)(intptr_t *io_handle, const uint8_t *buffer, size_t size, libcerror_error_t **error),
    off64_t (*seek_offset)(intptr_t *io_handle, off64_t offset, int whence, libcerror_error_t **error),
    int (*exists)(intptr_t *io_handle, libcerror_error_t **error),
    int (*is_open)(intptr_t *io_handle, libcerror_error_t **error),
    int (*get_size)(intptr_t *io_handle, size64_t *size, libcerror_error_t **error), uint8_t flags,
    libcerror_error_t **error);

/* What both kinds share. */
int libbfio_handle_free(libbfio_handle_t **handle, libcerror_error_t **error);
int libbfio_handle_open(libbfio_handle_t *handle, int access_flags, libcerror_error_t **error);
int libbfio_handle_close(libbfio_handle_t *handle, libcerror_error_t **error);
ssize_t libbfio_handle_read_buffer(libbfio_handle_t *handle, uint8_t *buffer, size_t size, libcerror_error_t **error);
off64_t libbfio_handle_seek_offset(libbfio_handle_t *handle, off64_t offset, int whence, libcerror_error_t **error);
int libbfio_handle_get_size(libbfio_handle_t *handle, size64_t *size, libcerror_error_t **error);
int libbfio_handle_set_track_offsets_read(libbfio_handle_t *handle, uint8_t track_offsets_read,
                                          libcerror_error_t **error);

#endif
