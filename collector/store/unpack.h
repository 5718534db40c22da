/* The packed bytes of one entry, read front to back and unpacked: stored or deflated. Used by the reader, by recovery
   (where the length is not known before) and by verification. */
#ifndef HK_STORE_UNPACK_H
#define HK_STORE_UNPACK_H

#include "base/bytes.h"
#include "base/err.h"
#include "os/os.h"

struct unpack;

/* packed_bytes: at most so many are taken; size_bytes: more than that coming out is HK_DAMAGED. HK_UNSUPPORTED method. */
hk_err unpack_open(struct hk_bytes *in, uint64_t at, uint64_t packed_bytes, uint16_t method, uint64_t size_bytes,
                   struct unpack **out);
void unpack_close(struct unpack *u); /* NULL is fine */
/* *got 0 at the end of the data: the deflate stream's own end, or all stored bytes taken. HK_TRUNCATED, HK_DAMAGED, HK_IO. */
hk_err unpack_read(struct unpack *u, void *out, size_t n, size_t *got);

uint64_t unpack_size(const struct unpack *u);   /* came out so far */
uint64_t unpack_packed(const struct unpack *u); /* was taken so far */
uint32_t unpack_crc32(const struct unpack *u);
uint32_t unpack_packed_crc32(const struct unpack *u); /* right at the end only */

/* A file as random access. */
struct file_bytes {
  struct hk_bytes bytes;
  struct os_file *file;
};
hk_err file_bytes_open(hk_str path, struct file_bytes *out);
void file_bytes_close(struct file_bytes *f);

#endif
