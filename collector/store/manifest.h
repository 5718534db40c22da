/* The manifest: one line of JSON per artefact, each holding the SHA-256 of the line before. Written as entries finish;
   the lines since the last journal entry travel in the archive as hikeshi/journal/NNNNNN.jsonl, so that a cut-off archive
   alone is enough to recover it. README.md has the keys. */
#ifndef HK_STORE_MANIFEST_H
#define HK_STORE_MANIFEST_H

#include "base/buf.h"
#include "base/hash.h"
#include "store/store.h"
#include "store/zip_write.h"

#define MANIFEST_NAME "hikeshi/manifest.jsonl"
#define SEAL_NAME "hikeshi/seal.json"
#define JOURNAL_PREFIX "hikeshi/journal/"
#define MANIFEST_FORMAT "hikeshi-manifest-1"

struct manifest;

hk_err manifest_open(struct manifest **out);
void manifest_close(struct manifest *m); /* NULL is fine */

/* The first line. recovered_from: file name of the archive that was cut off, or empty. */
hk_err manifest_case(struct manifest *m, const struct hk_case *c, uint64_t archive_id, hk_str recovered_from);

/* What a line says beyond hk_stored. */
struct manifest_entry {
  hk_str same_as;                 /* role "same": the entry with its bytes */
  const char *role;               /* "evidence", "same", "index", "missed", "product", "journal" */
  const struct hk_stored *stored; /* NULL for what is ours */
  hk_str name;                    /* in the archive; empty for "missed" */
  bool renamed;
  bool sparse;
  uint64_t logical_bytes, data_from; /* of a sparse file */
  const struct zip_written *zip;    /* NULL for "missed" */
  const struct hk_digests *digests; /* NULL for "missed" */
  hk_err outcome;
  const char *recovered; /* NULL; "listed", "unlisted": how a recovered entry was known */
};
hk_err manifest_add(struct manifest *m, const struct manifest_entry *e);
hk_err manifest_end(struct manifest *m, hk_time finished_at);

uint64_t manifest_n_lines(const struct manifest *m);
/* Lines not yet handed out for a journal entry. */
hk_str manifest_pending(const struct manifest *m);
void manifest_pending_done(struct manifest *m);
/* The whole text, piece by piece; nothing can be added afterwards. */
hk_err manifest_read(struct manifest *m, hk_err (*on)(void *ctx, const void *p, size_t n), void *ctx);
/* The body of hikeshi/seal.json. */
void manifest_seal(struct hk_buf *out, const uint8_t sha256[HK_SHA256_SIZE], uint32_t packed_crc32, uint64_t n_lines);

/* ---- reading ---- */

/* Takes text in any pieces and gives parsed lines; checks the chain as it goes. */
struct manifest_reader;
typedef hk_err (*manifest_on_line)(void *ctx, const struct hk_manifest_line *line);
/* check_chain: HK_DAMAGED at the first line whose `previous` or number is wrong. Journals of a cut-off archive are read
   with it too, in their order. */
hk_err manifest_reader_open(manifest_on_line on, void *ctx, bool check_chain, struct manifest_reader **out);
hk_err manifest_reader_add(struct manifest_reader *r, const void *p, size_t n);
/* HK_TRUNCATED when text is left without its newline. */
hk_err manifest_reader_end(struct manifest_reader *r);
void manifest_reader_close(struct manifest_reader *r);

#endif
