/* What the structure of an .evtx file says by itself, without reading a single event: its header, which chunks are
   there, which are damaged, and number and time of each record. libevtx reads the events. */
#ifndef EVENTLOG_CHUNKS_H
#define EVENTLOG_CHUNKS_H

#include "base/err.h"
#include "module.h"

struct chunks_record {
  uint64_t number; /* the log's own, not the one in the event */
  hk_time written_at;
  uint64_t offset;   /* in the file */
  uint64_t chunk_at; /* its chunk, in the file */
  uint32_t size;     /* with header and the size at its end */
};

enum { CHUNK_SIZE = 65536, RECORD_HEADER_SIZE = 24 };

/* One chunk in memory, read again only when another is asked for. */
struct chunk {
  uint8_t *buffer; /* CHUNK_SIZE bytes of the item's arena */
  uint64_t at;
  struct hk_cur bytes;
};

struct chunks {
  uint64_t next_record;    /* by the header; what the live log would give next */
  uint16_t declared;       /* number of chunks by the header */
  uint16_t major, minor;
  bool dirty, full;        /* flags of the header */
  bool header_damaged;     /* its checksum is wrong */
  uint64_t first_chunk_at;
  uint64_t padded_size_bytes; /* with the last chunk made whole; 0 when nothing is cut short */
  struct chunks_record *records; /* of the chunks in use, in file order */
  size_t n_records, capacity;
  struct chunk chunk;
};

/* Reads the structure. Damage inside chunks goes to hk_note with its offset; an error only when it is no event log at
   all or has an unknown version. */
hk_err chunks_read(struct hk_item *item, struct chunks *out);
/* Has the chunk at that offset in c->chunk. */
hk_err chunks_load(struct hk_item *item, struct chunks *c, uint64_t chunk_at);
/* Where the record at that offset in the file lies, by its own header; false when there is none. Loads its chunk. */
bool chunks_find(struct hk_item *item, struct chunks *c, uint64_t offset, struct chunks_record *out);

#endif
