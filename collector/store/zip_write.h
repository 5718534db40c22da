/* Writes a ZIP64 archive front to back: never seeks. An entry of one piece (deflaters.h) is written with its sizes in the header; a
   longer one is streamed with a descriptor behind it. Whether a longer one is worth deflating is tried on samples of its
   first piece.

   Entries are packed on several threads and written in their order; that of one is done some time after zip_end. What is
   written is the same for the same calls, whatever the number of threads. */
#ifndef HK_STORE_ZIP_WRITE_H
#define HK_STORE_ZIP_WRITE_H

#include "base/err.h"
#include "store/sink.h"
#include "store/zip_format.h"

struct zip_writer;

/* How an entry ended up. The name lives during the call. */
struct zip_written {
  struct zip_head head;
  uint32_t packed_crc32; /* of the packed bytes, so that not even a padding bit may change unseen */
};

/* Told of each entry that is with the sink, in their order, from within calls to the writer; `tag` is zip_end's. An error ends
   the archive. */
struct zip_events {
  void *ctx;
  hk_err (*on_written)(void *ctx, void *tag, const struct zip_written *w);
};
/* The sink stays the caller's. archive_id marks our local headers (zip_format.h). n_threads: see deflaters.h. */
hk_err zip_writer_open(struct hk_store_sink *sink, uint64_t archive_id, unsigned n_threads, const struct zip_events *events,
                       struct zip_writer **out);
void zip_writer_close(struct zip_writer *w); /* NULL is fine; writes nothing */

/* One entry at a time. Only name and times of `h` are looked at; the name is copied. Failure is sticky: the output is as it
   is and every later call fails alike. */
hk_err zip_begin(struct zip_writer *w, const struct zip_head *h);
hk_err zip_write(struct zip_writer *w, const void *p, size_t n);
hk_err zip_end(struct zip_writer *w, void *tag);
/* Waits until every entry is written; what on_written was told of is with the operating system. */
hk_err zip_settle(struct zip_writer *w);
/* A directory; the name ends in '/'. on_written is told with tag NULL. */
hk_err zip_directory(struct zip_writer *w, hk_str name, hk_time modified_at);
/* An entry whose packed form exists already: name, times, method, CRC and both sizes of `h` count. Exactly
   h->packed_bytes must follow by zip_write_packed, then zip_end. Waits for those before it. */
hk_err zip_begin_packed(struct zip_writer *w, const struct zip_head *h);
hk_err zip_write_packed(struct zip_writer *w, const void *p, size_t n);

/* Central directory and end record. The sink is not finished by it. */
hk_err zip_finish(struct zip_writer *w);

uint64_t zip_n_bytes(const struct zip_writer *w); /* written so far, and what is on its way as if it did not shrink */

#endif
