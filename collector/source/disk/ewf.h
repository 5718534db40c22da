/* Expert Witness images, as EnCase, FTK Imager, Guymager, ewfacquire (.E01) and SMART (.s01) write them: a series of segment files, each a
   chain of sections; sections with the disk's chunks, packed or not; tables of where each chunk lies. Format: "Expert Witness Compression
   Format (EWF)", libewf documentation. */
#ifndef HK_SOURCE_DISK_EWF_H
#define HK_SOURCE_DISK_EWF_H

#include "base/cur.h"
#include "source/disk/disk.h"

/* Signature, a byte, the segment's number, two bytes. */
#define HK_EWF_HEAD_BYTES ((size_t)13)

/* ---- segment files ------------------------------------------------------------------------------------------------------ */

/* The files of an image, numbered from 1. They are opened when they are read; only some are open at a time. */
struct hk_ewf_series;

/* The first one is borrowed. `path` is its name; the others' are made from it. */
hk_err hk_ewf_series_open(struct hk_bytes *first, hk_str path, struct hk_ewf_series **out);
void hk_ewf_series_close(struct hk_ewf_series *s);
/* Exactly n bytes. HK_ABSENT: there is no such file; HK_TRUNCATED: it ends before. Safe to call from several threads. */
hk_err hk_ewf_series_read(struct hk_ewf_series *s, uint32_t number, uint64_t at, void *out, size_t n);
/* The image is incomplete without that file. Not HK_ABSENT: to who reads the disk nothing may look absent that only its segment is. */
hk_err hk_ewf_missing(uint32_t number);
/* The last three letters of segment `number` of a series whose first file ends in `first` and "01": 02 … 99, AA … ZZ, then the next
   letter with AA. False behind the last. */
bool hk_ewf_suffix(char first, uint32_t number, char out[3]);

/* ---- chunks ------------------------------------------------------------------------------------------------------------- */

struct hk_ewf_media {
  bool known;
  uint64_t size_bytes;
  uint32_t chunk_bytes;
  uint64_t n_chunks;   /* of that size */
  uint64_t n_declared; /* as the image counts them */
  uint8_t set_id[16];  /* the same in all segments; zeroes in old images */
};

struct hk_ewf_copy {
  uint64_t at;   /* of the first entry; 0 = there is none */
  uint64_t base; /* what its entries are counted from */
};

/* A table says where some chunks in a row lie. Its entries stay in the file: those of a large disk would be half a gigabyte. */
struct hk_ewf_table {
  uint64_t first_chunk;
  uint64_t data_end; /* of the section with the chunks */
  struct hk_ewf_copy copies[2];
  uint32_t segment;
  uint32_t n;
  uint32_t long_from; /* first entry whose highest bit is part of the offset; n = none */
  enum { HK_EWF_UNCHECKED, HK_EWF_GOOD, HK_EWF_BAD } state;
  unsigned use; /* which copy */
};

struct hk_ewf_map {
  struct hk_ewf_series *series; /* borrowed */
  struct hk_ewf_media media;
  bool has_footers; /* a checksum behind the entries of a table */
  struct hk_ewf_table *v; /* by first_chunk */
  size_t n, capacity;
  hk_err lost; /* why chunks are in no table; code 0 = all are */
  uint8_t *piece; /* entries read last */
  size_t piece_table, piece_n;
  uint32_t piece_first;
};

/* Where a chunk lies: `size` bytes there are its own, or more where nothing says where it ends. */
struct hk_ewf_place {
  uint32_t segment;
  uint64_t at;
  uint64_t size;
  bool packed;
};

/* Walks all sections of all segment files. */
hk_err hk_ewf_map_open(struct hk_ewf_series *s, struct hk_ewf_map *m);
void hk_ewf_map_done(struct hk_ewf_map *m);
/* One thread at a time. HK_DAMAGED: the table that knows it is damaged; otherwise what is in `lost`. */
hk_err hk_ewf_map_find(struct hk_ewf_map *m, uint64_t chunk, struct hk_ewf_place *out);

#endif
