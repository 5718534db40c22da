/* Deflate on all cores. Entries are cut into pieces that are packed side by side and come back in the order they were given:
   each is a run of deflate blocks that begins and ends at a byte, packed with the 32 KiB before it as dictionary, so that an
   entry's pieces one behind the other are one deflate stream. What comes out depends on the content alone, not on
   how many threads there are. */
#ifndef HK_STORE_DEFLATERS_H
#define HK_STORE_DEFLATERS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define DEFLATERS_PIECE ((size_t)512 << 10)
#define DEFLATERS_DICTIONARY ((size_t)32 << 10)

struct deflaters;

struct piece {
  void *entry;  /* the caller's */
  bool last;    /* of its entry */
  bool single;  /* of an entry of one piece: `worth` says whether its packed form is used */
  bool stored;  /* of an entry that is stored as it is */
  size_t n_dictionary, n;
  uint8_t *data; /* n bytes; n_dictionary bytes before it */

  /* when it is taken */
  bool worth;
  uint32_t crc32, packed_crc32; /* of data, and of the bytes that go into the archive */
  const uint8_t *packed;        /* those bytes: data itself, or their packed form */
  size_t n_packed;
};

/* n_threads beside the caller's own; with 0 the caller packs when it takes. */
hk_err deflaters_open(unsigned n_threads, struct deflaters **out);
void deflaters_close(struct deflaters *d); /* NULL is fine */
/* The next piece to fill, NULL when all are given and none was taken back. The same one until it is given. At least two
   are there: the one that was just given stays readable while the next is filled. */
struct piece *deflaters_free(struct deflaters *d);
void deflaters_give(struct deflaters *d);
/* The oldest that was given, packed; waits for it, and helps meanwhile. NULL: none is out. It is free again with _done. */
struct piece *deflaters_take(struct deflaters *d);
/* The same, but NULL when it would have to wait. */
struct piece *deflaters_take_ready(struct deflaters *d);
void deflaters_done(struct deflaters *d);

/* Does deflate lose nothing worth its time? Looks at samples. */
bool deflaters_looks_packed(struct deflaters *d, const uint8_t *p, size_t n);

#endif
