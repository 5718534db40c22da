/* An hk_bytes behind a libbfio handle, which is how libevtx, libregf and libesedb read. Reads go through one window of
   64 KiB, so that a library that reads in small pieces does not cost one request a piece. */
#ifndef HK_LIB_BFIO_H
#define HK_LIB_BFIO_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"

/* libbfio_handle_t, which the libraries' own headers spell this way. */
#include <libbfio.h>

struct hk_bfio {
  libbfio_handle_t *handle; /* give this to the library */
  struct hk_bytes *bytes;
  uint64_t size_bytes;   /* what the library is told */
  uint64_t pos;
  bool is_open;
  hk_err failed;         /* the first failure of bytes->read_at, HK_OK if none: the true cause of a library's error */
  uint8_t *window;       /* of the arena */
  uint64_t window_at;
  size_t window_size;    /* bytes that are valid */
};

/* The struct and the bytes must outlive the handle. `padded_size_bytes` > bytes->size_bytes makes the library see zeros
   behind the end, up to that size (a last chunk that was cut short); 0 for the true size. */
hk_err hk_bfio_open(struct hk_bfio *b, struct hk_arena *a, struct hk_bytes *bytes, uint64_t padded_size_bytes);
/* After the library has closed and freed its file. Harmless on a struct that was never opened but zeroed. */
void hk_bfio_close(struct hk_bfio *b);

#endif
