/* The archive: one ZIP64, written front to back, sealed by a manifest. Layout: design section 6 and
   reference/velociraptor-container. While it is written the file is called <name>.partial; sealing renames it.

   Every finished entry is preceded by its local header with sizes known only afterwards: entries use a data descriptor
   (64-bit), so that nothing is ever sought. A killed run leaves whole entries that hk_store_recover finds again. */
#ifndef HK_STORE_STORE_H
#define HK_STORE_STORE_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/hktime.h"
#include "base/str.h"
#include "store/sink.h"

struct hk_store;

/* Who collected what; goes into the Velociraptor files and the custody part. Strings are borrowed for the store's life. */
struct hk_case {
  hk_str host;         /* of the evidence, "PC01" */
  hk_str host_id;      /* hex without dashes, or "" */
  hk_str case_id, operator_name, reason;
  hk_str command_line;
  hk_str tool_version;
  hk_str tool_sha256;
  hk_time started_at;
  int utc_offset_minutes;
  /* The machine the program ran on, which is the host of the evidence only for a live source. */
  hk_str machine, machine_os;
  hk_time booted_at;
  hk_str time_zone;
  hk_str ntp_server;   /* "" = none was asked */
  hk_str clock_offset; /* seconds, server minus PC: "+5.250"; "" = not known */
  hk_str clock_note;   /* why not, or how far the answer is to be trusted; English */
};

/* Where the archive goes. All zero but dir: a file in that folder. */
struct hk_store_options {
  hk_str dir;    /* may be empty when `open` needs none */
  hk_str suffix; /* of the file's name behind ".zip": ".age"; usually empty */
  /* Opens the output for an archive of that name; the store owns it then. NULL: hk_store_sink_file in dir. HK_USAGE: the name
     is taken, another is tried. */
  hk_err (*open)(void *ctx, hk_str name, struct hk_store_sink **out);
  void *ctx;
  unsigned n_threads;  /* that pack, beside the caller's own; 0: as many as there are cores */
  uint64_t archive_id; /* 0: a random one, as it should be; tests compare bytes */
};
/* Creates HIKESHI_<HOST>_<UTC>.zip; its file is called ….partial until it is sealed. */
hk_err hk_store_create(const struct hk_store_options *o, const struct hk_case *c, struct hk_store **out);
hk_str hk_store_name(const struct hk_store *s);  /* final file name without folder */
hk_str hk_store_path(const struct hk_store *s);  /* the same in dir */

uint64_t hk_store_size(const struct hk_store *s); /* bytes of the archive so far; what is being packed counts in full */

/* One artefact as it will stand in the manifest. Borrowed during the call. */
struct hk_stored {
  hk_str path;       /* evidence path; stored at uploads/auto/C%3A/… */
  const char *method;/* how it was read: "api", "directory", "raw", "shadow", "archive" */
  hk_time born_at, modified_at, accessed_at, changed_at;
  uint32_t attributes;
  hk_str owner_sid;
  hk_str artefact;   /* definition that named it */
  const char *read_from; /* method "shadow" of a path outside shadow copies: the one it was read from; NULL else */
  uint64_t sparse_bytes; /* 0: an ordinary file. Else its size with holes: only its data are stored, and hk_store_at is told
                            where in the file they stand */
};

/* Begins an entry; bytes follow by hk_store_write; hk_store_end finishes it with how reading went (HK_OK or the error that
   cut it short, which the manifest then says; the entry is good as far as it goes). Returns size and digests. Errors of
   these functions are errors of the output and end the run. */
struct hk_digests {
  uint64_t size_bytes;
  uint8_t sha256[HK_SHA256_SIZE];
  uint8_t md5[HK_MD5_SIZE];
};
hk_err hk_store_begin(struct hk_store *s, const struct hk_stored *a);
hk_err hk_store_write(struct hk_store *s, const void *p, size_t n);
/* Evidence only, before it is ended: how it was read in the end, and from which shadow copy when that is not its path (NULL else). Neither is
   copied. */
void hk_store_read_by(struct hk_store *s, const char *method, const char *read_from);
/* Of a sparse file: what is written next stands at `offset` in it, behind what came before; what is jumped over is a hole.
   HK_LIMIT: too many pieces, and nothing was done; the caller ends the entry with it as the read result. */
hk_err hk_store_at(struct hk_store *s, uint64_t offset);
/* Where reading a sparse file was cut short its holes are known as far as it was read: so far its size is told. */
hk_err hk_store_end(struct hk_store *s, hk_err read_result, struct hk_digests *out);
/* Digests of bytes before anybody knows whether they will be stored. Between entries only, else HK_USAGE. */
hk_err hk_store_digest_begin(struct hk_store *s);
void hk_store_digest_add(struct hk_store *s, const void *p, size_t n);
void hk_store_digest_end(struct hk_store *s, struct hk_digests *out);
/* Files of the same bytes are stored once: the entry that holds such bytes whole, {NULL, 0} when there is none yet, and a manifest line
   (role "same") for one more file of them. HK_USAGE: no such entry. */
hk_str hk_store_find(const struct hk_store *s, const struct hk_digests *d);
hk_err hk_store_same(struct hk_store *s, const struct hk_stored *a, const struct hk_digests *d, hk_str entry_name);
/* Entries are packed side by side and written in their order, some time after they are ended. This waits: all that was ended is
   with the operating system then. An error of an entry may come with a later call. */
hk_err hk_store_settle(struct hk_store *s);
/* A manifest line for an artefact that could not be stored at all (absent, denied, skipped, too large). */
hk_err hk_store_miss(struct hk_store *s, const struct hk_stored *a, hk_err why);

/* A file of ours: "hikeshi/report.html", "results/Hikeshi.Prefetch.json". Bytes come through write/end_own. In the manifest too,
   with role "product". */
hk_err hk_store_begin_own(struct hk_store *s, hk_str name, hk_time modified);
hk_err hk_store_end_own(struct hk_store *s, struct hk_digests *out);
/* The whole of a work file, streamed. */
hk_err hk_store_add_own_file(struct hk_store *s, hk_str name, hk_str os_path, hk_time modified);
hk_err hk_store_add_own(struct hk_store *s, hk_str name, const void *p, size_t n, hk_time modified);

/* Artifact names with their record counts, for collection_context.json: "Prefetch" or "Hikeshi.Prefetch" for
   results/Hikeshi.Prefetch.json; call once per results file before sealing. */
hk_err hk_store_result(struct hk_store *s, const char *artifact, uint64_t n_rows);

/* Writes uploads.json, collection_context.json, client_info.json, log.json, the manifest and the central directory, renames
   and closes. seal = SHA-256 of hikeshi/manifest.jsonl, whose lines are chained: the number to write down; it is written
   beside the archive too, with the archive's own SHA-256 (<name>.sha256, for sha256sum -c). `log` is the run log's JSONL
   body for log.json (may be empty). The store is freed whatever happens; after a failure the file is still called
   .partial and hk_store_recover reads it, but for HK_… with step "write digest file": then the archive is good. */
hk_err hk_store_seal(struct hk_store *s, hk_str log, hk_time finished_at, char seal[2 * HK_SHA256_SIZE + 1]);
/* Gives up: closes the file as it is (recoverable) and frees. */
void hk_store_abandon(struct hk_store *s);

/* ---- reading an archive ------------------------------------------------------------------------------------------------- */

struct hk_archive;
struct hk_archive_entry {
  hk_str name;      /* as in the zip */
  uint64_t size_bytes, packed_bytes;
  uint64_t at;      /* offset of the local header */
  hk_time born_at, modified_at, accessed_at;
  uint16_t method;  /* 0 stored, 8 deflate */
  uint32_t crc32;
};
hk_err hk_archive_open(hk_str os_path, struct hk_archive **out);
/* Over bytes that stay the caller's and outlive the archive. */
hk_err hk_archive_open_bytes(struct hk_bytes *bytes, struct hk_archive **out);
void hk_archive_close(struct hk_archive *z);
size_t hk_archive_count(const struct hk_archive *z);
const struct hk_archive_entry *hk_archive_at(const struct hk_archive *z, size_t i);
/* Where an entry of this archive stands, for hk_archive_at. */
size_t hk_archive_index(const struct hk_archive *z, const struct hk_archive_entry *e);
/* NULL when absent. */
const struct hk_archive_entry *hk_archive_find(const struct hk_archive *z, hk_str name);
struct hk_archive_reader;
hk_err hk_archive_read_open(struct hk_archive *z, const struct hk_archive_entry *e, struct hk_archive_reader **out);
/* Checks CRC-32 and size at the end: HK_DAMAGED. */
hk_err hk_archive_read(struct hk_archive_reader *r, void *out, size_t n, size_t *got);
void hk_archive_read_close(struct hk_archive_reader *r);
/* "uploads/auto/C%3A/Users/…" to "C:\Users\…"; {NULL,0} when it is not an upload. An entry that was renamed (two names that
   differ in case only, over-long ones) has its true path in the manifest: hk_archive_manifest. */
hk_str hk_archive_evidence_path(struct hk_arena *a, hk_str entry_name);

/* An entry as random access: stored ones straight from the file, deflated ones unpacked into memory up to
   HK_ARCHIVE_BYTES_LIMIT. Larger ones are unpacked as they are read: forwards at the speed of unpacking, backwards from the
   beginning again (HK_LIMIT when that is asked for too often). Content is checked when it is unpacked to its end; a stored
   entry's is not. */
#define HK_ARCHIVE_BYTES_LIMIT (UINT64_C(256) << 20)
hk_err hk_archive_bytes_open(struct hk_archive *z, const struct hk_archive_entry *e, struct hk_bytes **out);
void hk_archive_bytes_close(struct hk_bytes *b); /* NULL is fine */

/* A sparse file stands in the archive as its data back to back; this is where they belong. */
struct hk_range {
  uint64_t offset, size_bytes; /* in the file */
  uint64_t at;                 /* in the entry */
};
struct hk_ranges {
  const struct hk_range *v; /* data only, in order */
  size_t n;
  uint64_t size_bytes;      /* of the file, with its holes */
};
/* Ranges of an entry that has <name>.idx beside it, in the arena. HK_ABSENT: it has none; HK_DAMAGED: that is no index of it, and
   in an archive of others it may be a file of its own. Of ours the manifest says which files are sparse. */
hk_err hk_archive_ranges(struct hk_archive *z, const struct hk_archive_entry *e, struct hk_arena *a, struct hk_ranges *out);

/* One line of the manifest. Strings are empty where the line has no such key. */
struct hk_manifest_line {
  uint64_t n;
  hk_str role;       /* "case", "evidence", "same", "index", "missed", "product", "journal", "end" */
  hk_str path;       /* raw bytes, as the source gave it */
  hk_str name;       /* in the archive */
  hk_str same_as;    /* role "same": the entry that has its bytes */
  hk_str method, owner_sid, artefact, recovered;
  hk_time born_at, modified_at, accessed_at, changed_at;
  uint32_t attributes;
  bool renamed;      /* decoding the name does not give the path */
  uint64_t size_bytes, packed_bytes;
  bool sparse;       /* size_bytes are its data; the line behind it is of its index */
  uint64_t logical_bytes, data_from;
  uint16_t zip_method;
  uint32_t crc32, packed_crc32;
  bool has_digests;
  uint8_t sha256[HK_SHA256_SIZE];
  uint8_t md5[HK_MD5_SIZE];
  int outcome, os;   /* enum hk_code; -1 when the line has none */
  int64_t offset;
  hk_str step;
  struct hk_case of_case; /* role "case" */
  uint64_t archive_id;
};
/* Calls `on` for each line of hikeshi/manifest.jsonl in order; false stops. HK_ABSENT when the archive has none, HK_DAMAGED
   at a line that is no such line or does not follow from the one before (those before it were told). */
hk_err hk_archive_manifest(struct hk_archive *z, bool (*on)(void *ctx, const struct hk_manifest_line *line), void *ctx);

/* ---- verify and recover -------------------------------------------------------------------------------------------------- */

struct hk_verdict {
  /* Files in the archive; bad: wrong in header, content or digest; missing: listed and not there; unlisted: there and not
     listed (bad too). With a manifest that cannot be read, or of a cut-off archive, good means by CRC-32 alone. */
  uint64_t n_entries, n_good, n_bad, n_missing, n_unlisted;
  bool sealed;           /* manifest chain complete and intact, and the seal is its digest */
  char seal[2 * HK_SHA256_SIZE + 1];
  char first_bad[512];   /* name of the first broken entry, "" = none */
  char why[192];
};
/* Reads everything once and checks CRC, SHA-256, the manifest's chain and that nothing is there that it does not list.
   `on` (may be NULL) is told of every entry that is not good. HK_OK means "the check was done"; read the verdict. */
hk_err hk_store_verify(hk_str os_path, void (*on)(void *ctx, hk_str name, hk_err e), void *ctx, struct hk_verdict *out);
hk_err hk_store_verify_bytes(struct hk_bytes *in, void (*on)(void *ctx, hk_str name, hk_err e), void *ctx, struct hk_verdict *out);
/* Copies every finished entry of a cut-off archive into a new one, with a manifest that says so (and names `from`). */
hk_err hk_store_recover(hk_str os_path, hk_str out_path, struct hk_verdict *out);
hk_err hk_store_recover_bytes(struct hk_bytes *in, hk_str from, hk_str out_path, struct hk_verdict *out);

#endif
