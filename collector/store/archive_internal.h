/* What verification needs of an open archive beyond store.h: where things stand. */
#ifndef HK_STORE_ARCHIVE_INTERNAL_H
#define HK_STORE_ARCHIVE_INTERNAL_H

#include "store/store.h"
#include "store/zip_format.h"

struct hk_bytes *archive_bytes(struct hk_archive *z);
/* The central header of entry i as it was read; name as in hk_archive_at. */
const struct zip_head *archive_head(const struct hk_archive *z, size_t i);
/* Index of an entry that hk_archive_at or hk_archive_find gave. */
size_t archive_index(const struct hk_archive *z, const struct hk_archive_entry *e);
/* Where the central directory begins and ends. */
uint64_t archive_directory_at(const struct hk_archive *z);
uint64_t archive_directory_bytes(const struct hk_archive *z);
/* Reads the local header: where the data begin, and its id and number when it carries them. */
hk_err archive_local(struct hk_archive *z, const struct hk_archive_entry *e, struct zip_head *local, uint64_t *data_at);
/* CRC-32 of the packed bytes and their count; meaningful once hk_archive_read gave its end. */
uint32_t archive_reader_packed_crc32(const struct hk_archive_reader *r);

#endif
