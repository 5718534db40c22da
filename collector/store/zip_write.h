/* Writes a ZIP64 archive front to back: never seeks, holds at most the first 128 KiB of an entry. An entry that fits into
   them is written with its sizes in the header; a longer one is streamed with a descriptor behind it. Whether an entry is
   worth deflating is tried on those first bytes. */
#ifndef HK_STORE_ZIP_WRITE_H
#define HK_STORE_ZIP_WRITE_H

#include "base/err.h"
#include "store/sink.h"
#include "store/zip_format.h"

struct zip_writer;

/* The sink stays the caller's. archive_id marks our local headers (zip_format.h). */
hk_err zip_writer_open(struct hk_store_sink *sink, uint64_t archive_id, struct zip_writer **out);
void zip_writer_close(struct zip_writer *w); /* NULL is fine; writes nothing */

/* How an entry ended up. The name is not kept. */
struct zip_written {
  struct zip_head head;
  uint32_t packed_crc32; /* of the packed bytes, so that not even a padding bit may change unseen */
};

/* One entry at a time. Only name and times of `h` are looked at; the name is copied. Failure is sticky: the output is as it
   is and every later call fails alike. What zip_end says is finished is with the operating system. */
hk_err zip_begin(struct zip_writer *w, const struct zip_head *h);
hk_err zip_write(struct zip_writer *w, const void *p, size_t n);
hk_err zip_end(struct zip_writer *w, struct zip_written *out);
/* A directory; the name ends in '/'. */
hk_err zip_directory(struct zip_writer *w, hk_str name, hk_time modified_at);
/* An entry whose packed form exists already: name, times, method, CRC and both sizes of `h` count. Exactly
   h->packed_bytes must follow by zip_write_packed, then zip_end. */
hk_err zip_begin_packed(struct zip_writer *w, const struct zip_head *h);
hk_err zip_write_packed(struct zip_writer *w, const void *p, size_t n);

/* Central directory and end record. The sink is not finished by it. */
hk_err zip_finish(struct zip_writer *w);

uint64_t zip_n_entries(const struct zip_writer *w);
uint64_t zip_n_bytes(const struct zip_writer *w); /* written so far */

#endif
